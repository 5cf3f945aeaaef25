import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AttributeValue, DeleteTableCommand, DynamoDBClient, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { startDynoxide } from '../dev/servers/dynamodb.ts';
import { readStackFile } from '../dev/stack-file.ts';
import { fileCheckpoint } from '../dev/stream/checkpoint.ts';
import { StreamPoller, type StreamPollerOptions } from '../dev/stream/poller.ts';
import { lambdaRecord } from '../dev/stream/records.ts';
import { ensureTable } from '../dev/table.ts';
import { realLogger } from '../src/logger.ts';
import { realClock } from '../src/runtime.ts';
import { dynamoOptions } from '../src/services.ts';
import { until } from './fixtures/processes.ts';
import { recordLog } from './support/log.ts';

const isLocal = process.env['ROSTER_TEST_DYNAMODB'] === 'local';
const stack = await readStackFile();

let dir: string;
let cleanUps: (() => unknown)[];
let seen: DynamoDBRecord[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'roster-stream-'));
  cleanUps = [];
  seen = [];
});

afterEach(async () => {
  for (const cleanUp of cleanUps.toReversed()) await cleanUp();
  await rm(dir, { recursive: true, force: true });
});

/** A table with a stream on a real server, and the means to poll it. */
async function openTable(endpoint = inject('dynamodb')) {
  const options = dynamoOptions({ dynamodbEndpoint: endpoint });
  const [client, streams] = [new DynamoDBClient(options), new DynamoDBStreamsClient(options)];
  const document = DynamoDBDocumentClient.from(client);
  const name = `test-${randomUUID()}`;
  const streamArn = await ensureTable(client, name, stack, realClock());
  cleanUps.push(() => client.send(new DeleteTableCommand({ TableName: name })));
  return {
    client,
    name,
    write: async (...ids: readonly string[]) => {
      for (const id of ids) await document.send(new PutCommand({ TableName: name, Item: { pk: id, sk: id } }));
    },
    put: (Item: Record<string, unknown>) => document.send(new PutCommand({ TableName: name, Item })),
    poller(changes: Partial<StreamPollerOptions> = {}): StreamPoller {
      const poller = new StreamPoller({
        client: streams,
        streamArn,
        mapping: { ...stack.eventSource, batchSize: 3, filterPatterns: [] },
        invoke: async ({ Records }) => void seen.push(...Records),
        checkpoint: fileCheckpoint(join(dir, 'checkpoint.json')),
        onDiscarded: async () => undefined,
        clock: realClock(),
        log: realLogger({ level: 'silent' }),
        ...changes,
      });
      cleanUps.push(() => poller.stop());
      poller.start();
      return poller;
    },
  };
}

const ids = () => seen.map(({ dynamodb }) => dynamodb?.Keys?.['pk']?.S);

it('goes on behind the last record that was accepted, over restarts', async () => {
  const table = await openTable();
  await table.write('a', 'b', 'c', 'd');
  const first = table.poller();
  await first.caughtUp();
  await first.stop();
  expect([ids(), first.delivered]).toEqual([['a', 'b', 'c', 'd'], 4]);
  await table.write('e');
  await table.poller().caughtUp();
  expect(ids()).toEqual(['a', 'b', 'c', 'd', 'e']);
});

it('delivers again what was under way when it stopped', async () => {
  const table = await openTable();
  await table.write('a', 'b', 'c', 'd', 'e');
  const reached = Promise.withResolvers<void>();
  const first = table.poller({
    invoke: async ({ Records }) => {
      const failed = Records.find(({ dynamodb }) => dynamodb?.Keys?.['pk']?.S === 'e');
      if (failed) reached.resolve();
      return { batchItemFailures: failed ? [{ itemIdentifier: failed.dynamodb?.SequenceNumber ?? '' }] : [] };
    },
  });
  await reached.promise;
  await first.stop();
  await table.poller().caughtUp();
  expect(ids()).toEqual(['e']);
});

it('hands the checkpoint of another stream to nobody', async () => {
  const table = await openTable();
  await table.write('a');
  await table.poller().caughtUp();
  const other = await openTable();
  await other.write('b');
  await other.poller().caughtUp();
  expect(ids()).toEqual(['a', 'b']);
});

it('says what to do about a checkpoint that can not be read, and goes on once that is done', async () => {
  const table = await openTable();
  await table.write('a');
  await writeFile(join(dir, 'checkpoint.json'), '{"streamArn":');
  const log = recordLog();
  const poller = table.poller({ log, clock: { ...realClock(), backOff: () => realClock().sleep(1) } });
  const warning = () => log.entries.find(({ level }) => level === 'warn');
  await until(() => warning() !== undefined);
  expect(String(warning()?.['err'])).toMatch(/checkpoint.json can't be read.*delete it, and it is made anew/);
  await rm(join(dir, 'checkpoint.json'));
  await poller.caughtUp();
  expect(ids()).toEqual(['a']);
});

it.runIf(isLocal)('finishes a shard that is closed', async () => {
  const table = await openTable();
  await table.write('a', 'b');
  await table.client.send(
    new UpdateTableCommand({ TableName: table.name, StreamSpecification: { StreamEnabled: false } }),
  );
  const first = table.poller();
  await first.caughtUp();
  await first.stop();
  await table.poller().caughtUp();
  expect(ids()).toEqual(['a', 'b']);
});

it('loses nothing when the database is killed', { timeout: 60_000 }, async () => {
  const log = realLogger({ level: 'silent' });
  const files = { dataFile: join(dir, 'table.db'), logFile: join(dir, 'dynoxide.log') };
  const { endpoint, process: server } = await startDynoxide({ ...files, restart: true, log });
  cleanUps.push(() => server.stop());
  const table = await openTable(endpoint);
  const poller = table.poller();
  await table.write('a', 'b');
  await poller.caughtUp();
  for (const round of [1, 2]) {
    process.kill(server.pid, 'SIGKILL');
    await vi.waitUntil(() => server.restarts === round, { timeout: 20_000 });
    await table.write(`c${round}`, `d${round}`);
    await poller.caughtUp();
  }
  expect(ids()).toEqual(['a', 'b', 'c1', 'd1', 'c2', 'd2']);
});

describe('a record in the shape of Lambda', () => {
  it('holds every type of attribute, binary as base64, and times in seconds', async () => {
    const table = await openTable();
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    await table.put({
      pk: 'a',
      sk: 'b',
      text: 'Grüße 😀',
      empty: '',
      number: 1.5,
      truth: false,
      nothing: null,
      bytes,
      noBytes: new Uint8Array(),
      texts: new Set(['x']),
      numbers: new Set([1]),
      binaries: new Set([bytes.slice(0, 3)]),
      list: [bytes.slice(0, 2), ['deep', { bytes: bytes.slice(2, 4) }], []],
      map: { list: [null], map: { bytes: bytes.slice(250) }, empty: {} },
    });
    await table.write('a2');
    await table.poller().caughtUp();
    const base64 = (from: number, to: number) => Buffer.from(bytes.slice(from, to)).toString('base64');
    const [record] = seen;
    expect(record?.dynamodb?.NewImage).toEqual({
      pk: { S: 'a' },
      sk: { S: 'b' },
      text: { S: 'Grüße 😀' },
      empty: { S: '' },
      number: { N: '1.5' },
      truth: { BOOL: false },
      nothing: { NULL: true },
      bytes: { B: base64(0, 256) },
      noBytes: { B: '' },
      texts: { SS: ['x'] },
      numbers: { NS: ['1'] },
      binaries: { BS: [base64(0, 3)] },
      list: { L: [{ B: base64(0, 2) }, { L: [{ S: 'deep' }, { M: { bytes: { B: base64(2, 4) } } }] }, { L: [] }] },
      map: { M: { list: { L: [{ NULL: true }] }, map: { M: { bytes: { B: base64(250, 256) } } }, empty: { M: {} } } },
    });
    expect(record).toMatchObject({
      eventID: expect.any(String),
      eventName: 'INSERT',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: expect.any(String),
      eventSourceARN: expect.stringContaining(table.name),
      dynamodb: {
        Keys: { pk: { S: 'a' }, sk: { S: 'b' } },
        SequenceNumber: expect.stringMatching(/^\d+$/),
        SizeBytes: expect.any(Number),
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
    });
    // DynamoDB Local rounds to the minute.
    const age = Date.now() / 1_000 - (record?.dynamodb?.ApproximateCreationDateTime ?? 0);
    expect(age).toBeGreaterThan(-2);
    expect(age).toBeLessThan(300);
    expect(record?.dynamodb?.ApproximateCreationDateTime).toSatisfy(Number.isInteger);
    // Lambda's events are JSON: what does not survive it would differ in production.
    expect(JSON.parse(JSON.stringify(seen))).toEqual(seen);
  });

  it('tells changes and removals', async () => {
    const table = await openTable();
    await table.put({ pk: 'a', sk: 'a', version: 1 });
    await table.put({ pk: 'a', sk: 'a', version: 2 });
    await table.poller().caughtUp();
    expect(seen.map(({ eventName, dynamodb }) => [eventName, dynamodb?.OldImage?.['version']?.N])).toEqual([
      ['INSERT', undefined],
      ['MODIFY', '1'],
    ]);
    expect(seen[0]?.dynamodb).not.toHaveProperty('OldImage');
  });

  it('tells expiry by its userIdentity, in the letters that Lambda uses', () => {
    const Keys: Record<string, AttributeValue> = { pk: { S: 'a' } };
    const time = new Date('2026-06-30T09:00:00.999Z');
    const record = lambdaRecord(
      {
        eventName: 'REMOVE',
        userIdentity: { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' },
        dynamodb: { Keys, ApproximateCreationDateTime: time },
      },
      'arn',
    );
    expect(record).toEqual({
      eventName: 'REMOVE',
      userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' },
      eventSourceARN: 'arn',
      dynamodb: { Keys, ApproximateCreationDateTime: 1_782_810_000 },
    });
  });
});
