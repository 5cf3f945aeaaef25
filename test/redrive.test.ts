import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  ListStreamsCommand,
} from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { fileDeadLetters } from '../dev/search/dead-letters/file.ts';
import { rangeIn, type StreamRange } from '../dev/search/dead-letters/message.ts';
import { type Queue, queueDeadLetters } from '../dev/search/dead-letters/queue.ts';
import { redriveLetters } from '../dev/search/dead-letters/redrive.ts';
import { keysInRange } from '../dev/search/dead-letters/stream-range.ts';
import { createItem } from '../src/entities/core/write.ts';
import { Office } from '../src/entities/index.ts';
import { realClock } from '../src/runtime.ts';
import { officeSearch } from '../src/search/index.ts';
import { apply } from '../src/search/indexer/apply.ts';
import { dynamoOptions } from '../src/services.ts';
import { SearchCommand, startSearch } from './fixtures/search-command.ts';
import { type FakeQueue, startFakeQueue } from './support/fake-queue.ts';
import { documentsIn } from './support/index-equality.ts';
import { startRoster, type TestRoster } from './support/roster.ts';
import { recordOf } from './support/stream-events.ts';

const org = 'acme';
const place = { zip: '1', city: 'Graz', state: 'Steiermark', country: 'AT', location: { lat: 47, lng: 15 } };
let roster: TestRoster;
let streams: DynamoDBStreamsClient;
let streamArn: string;
let shardId: string;

beforeAll(async () => {
  roster = await startRoster();
  streams = new DynamoDBStreamsClient(dynamoOptions(roster.services.config));
  const { Streams } = await streams.send(new ListStreamsCommand({ TableName: roster.env['TABLE_NAME'] }));
  streamArn = Streams?.[0]?.StreamArn ?? '';
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn: streamArn }));
  shardId = StreamDescription?.Shards?.[0]?.ShardId ?? '';
  return () => roster.stop();
});

const office = async (name: string) => (await createItem(roster.services, Office, org, { ...place, name })).office;
const isIndexed = async (id: string) => `${org}_${id}` in (await documentsIn(roster, officeSearch.open));

/** The records of the offices with these ids, which are not indexed. */
async function recordsOf(ids: readonly string[]): Promise<DynamoDBRecord[]> {
  const records: DynamoDBRecord[] = [];
  const poller = roster.poller(async ({ Records }) => {
    records.push(...Records);
    return { batchItemFailures: [] };
  });
  poller.start();
  await poller.caughtUp();
  return records.filter(({ dynamodb }) => ids.some((id) => dynamodb?.Keys?.['pk']?.S?.endsWith(id)));
}

/** What Lambda sends to an on-failure destination. */
const messageOf = (records: readonly DynamoDBRecord[], over: object = {}) => ({
  requestContext: {
    requestId: '1',
    functionArn: 'arn:aws:lambda:…',
    condition: 'RetryAttemptsExhausted',
    approximateInvokeCount: 3,
  },
  responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: null },
  version: '1.0',
  timestamp: '2026-06-30T09:00:00.000Z',
  DDBStreamBatchInfo: {
    shardId,
    startSequenceNumber: records[0]?.dynamodb?.SequenceNumber ?? '',
    endSequenceNumber: records.at(-1)?.dynamodb?.SequenceNumber ?? '',
    approximateArrivalOfFirstRecord: '2026-06-30T08:59:00.000Z',
    approximateArrivalOfLastRecord: '2026-06-30T08:59:00.000Z',
    batchSize: records.length,
    streamArn,
    ...over,
  },
});

const rangeOf = (records: readonly DynamoDBRecord[], over: object = {}) => {
  const range = rangeIn(JSON.stringify(messageOf(records, over)));
  if (!range) throw new Error('that is no message');
  return range;
};

describe('a range of the stream', () => {
  let records: DynamoDBRecord[];
  beforeEach(async () => {
    records = await recordsOf([await office('a'), await office('b'), await office('c')]);
  });
  const keysIn = (range: StreamRange) => keysInRange({ streams, clock: { sleep: async () => undefined } }, range);
  const keysOf = (some: readonly DynamoDBRecord[]) =>
    some.map(({ dynamodb }) => ({ pk: dynamodb?.Keys?.['pk']?.S, sk: dynamodb?.Keys?.['sk']?.S }));

  it.each([
    [0, 3],
    [1, 2],
    [2, 3],
  ])('is read from its first record to its last: %i to %i', async (from, to) => {
    const some = records.slice(from, to);
    expect(await keysIn(rangeOf(some))).toEqual({ keys: keysOf(some), isWhole: true });
  });

  it('is not whole when there are fewer records than there were, or none', async () => {
    expect(await keysIn(rangeOf(records, { batchSize: 4 }))).toEqual({
      keys: keysOf(records),
      isWhole: false,
    });
    const gone = { shardId: 'shardId-00000000000000000000-00000000', batchSize: 3 };
    expect(await keysIn(rangeOf(records, gone))).toEqual({ keys: [], isWhole: false });
  });

  /** A shard of these pages, closed or with empty ones without end behind them, and how often its reader paused. */
  const shardOf = (pages: readonly (readonly DynamoDBRecord[])[], { isClosed = false } = {}) => {
    let [read, pauses] = [0, 0];
    const send = async (command: unknown) => {
      if (!(command instanceof GetRecordsCommand)) return { ShardIterator: 'first' };
      const Records = pages[read++] ?? [];
      return { Records, ...(isClosed && read >= pages.length ? {} : { NextShardIterator: 'next' }) };
    };
    return {
      // These are the two commands that it is read by.
      streams: { send } as Pick<DynamoDBStreamsClient, 'send'>,
      clock: { sleep: async () => void pauses++ },
      pauses: () => pauses,
    };
  };

  it('is read beyond parts of the shard that have no records', async () => {
    const [a, b, c] = records.map((record) => [record]);
    if (!a || !b || !c) throw new Error('there are three');
    const many = Array.from({ length: 49 }, () => []);
    const shard = shardOf([[], [], a, ...many, b, ...many, c]);
    expect(await keysInRange(shard, rangeOf(records))).toEqual({ keys: keysOf(records), isWhole: true });
    expect(shard.pauses()).toBe(100);
  });

  it('ends with its shard, or where an open one has nothing for long', async () => {
    const some = records.slice(0, 2);
    const closed = shardOf([[], some, []], { isClosed: true });
    expect(await keysInRange(closed, rangeOf(records))).toEqual({ keys: keysOf(some), isWhole: false });
    expect(closed.pauses()).toBe(1);
    const open = shardOf([some]);
    expect(await keysInRange(open, rangeOf(records))).toEqual({ keys: keysOf(some), isWhole: false });
    expect(open.pauses()).toBe(50);
  });

  it("is in no message but Lambda's", () => {
    for (const body of ['', 'half {', '{}', '{"DDBStreamBatchInfo":{"shardId":1}}'])
      expect(rangeIn(body)).toBeUndefined();
  });
});

describe('the queue of a stage', () => {
  let queue: FakeQueue;
  beforeEach(async () => {
    queue = await startFakeQueue('roster-test-index-dead-letters');
    onTestFinished(() => queue.stop());
  });
  const sqsEnv = () => ({
    ...roster.env,
    AWS_ENDPOINT_URL_SQS: queue.endpoint,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
  const redrive = (over: object = {}) => startSearch(['redrive', '--stage', 'test'], { ...sqsEnv(), ...over });

  it('is emptied once everything is indexed', async () => {
    const ids = await Promise.all(Array.from({ length: 12 }, (_, i) => office(`office ${i}`)));
    for (const record of await recordsOf(ids)) queue.send(messageOf([record]));
    expect(await isIndexed(ids[0] ?? '')).toBe(false);
    expect(await redrive()).toMatchObject({
      code: 0,
      out: '12 dead letters done: 12 items indexed, 0 in quarantine.\n',
    });
    expect(queue.bodies()).toEqual([]);
    for (const id of ids) expect(await isIndexed(id)).toBe(true);
    expect((await redrive()).out).toMatch(/^There are no dead letters in http\S+roster-test-index-dead-letters\.\n$/);
  });

  it("keeps what can not be indexed now, what the stream has lost, and what is not Lambda's", async () => {
    const id = await office('kept');
    const [record] = await recordsOf([id]);
    if (!record) throw new Error('there is no record');
    queue.send(messageOf([record]));
    queue.send(messageOf([record], { shardId: 'shardId-00000000000000000000-00000000' }));
    queue.send({ hello: 'world' });
    const away = await redrive({ MEILI_HOST: 'http://127.0.0.1:9' });
    expect([away.code, away.out]).toEqual([
      1,
      expect.stringMatching(/^0 dead letters done[\s\S]*Could not be indexed now, and stays: 1 records of 2026/),
    ]);
    expect([queue.bodies().length, queue.visible()]).toEqual([3, 3]);
    const { code, output } = await redrive();
    expect([code, output]).toEqual([
      1,
      expect.stringMatching(
        /1 dead letters done: 1 items[\s\S]*Not in the stream any more, and stays: 1 records[\s\S]*message message-3, which is not from Lambda[\s\S]*doctor --repair/,
      ),
    ]);
    expect([queue.bodies().length, queue.visible(), await isIndexed(id)]).toEqual([2, 2, true]);
  });

  it('is not waited for after Ctrl-C, and what was received and is not done is put back', async () => {
    queue.send({ hello: 'world' });
    queue.holdLongPolls();
    const running = new SearchCommand(['redrive', '--stage', 'test'], sqsEnv());
    await vi.waitUntil(() => queue.held() > 0, { timeout: 30_000 });
    running.child.kill('SIGINT');
    const { code, out } = await running.ended;
    expect([code, out]).toEqual([130, expect.stringMatching(/^Stopped\. 0 dead letters done[\s\S]*not from Lambda/)]);
    expect(queue.visible()).toBe(1);
  });

  it('must be there', async () => {
    expect(await startSearch(['redrive', '--stage', 'other'], sqsEnv())).toMatchObject({
      code: 2,
      output: expect.stringContaining('there is no queue roster-other-index-dead-letters; set DEAD_LETTERS_URL'),
    });
  });
});

describe('receiving', () => {
  /** A queue that answers with these ids, one answer after the other, and records what becomes of its messages. */
  const queueOf = (answers: string[][]) => {
    const deleted: string[] = [];
    const back: string[] = [];
    let receptions = 0;
    const queue: Queue = {
      url: 'answers',
      receive: async () => (answers.shift() ?? []).map((id) => ({ id, body: '', receipt: `${id}/${++receptions}` })),
      delete: async (messages) => void deleted.push(...messages.map(({ receipt }) => receipt)),
      putBack: async (messages) => void back.push(...messages.map(({ receipt }) => receipt)),
    };
    return { letters: queueDeadLetters(queue, { streams, clock: realClock() }), deleted, back };
  };

  it('goes on behind what comes a second time, deleted or not, until there is nothing', async () => {
    const { letters, deleted, back } = queueOf([['a', 'b'], ['a'], ['b'], ['c'], []]);
    const [a, b] = await letters.receive();
    if (!a || !b) throw new Error('there are two');
    await letters.remove([a]);
    expect(await letters.receive()).toHaveLength(1);
    expect(await letters.receive()).toEqual([]);
    await letters.close();
    expect(deleted).toEqual(['a/1', 'a/3']);
    // By the newest receipt: an older one is good for nothing once the message has come again.
    expect(back).toEqual(['b/4', 'c/5']);
  });
});

describe('the file of the local stack', () => {
  const keep = async () => {
    const dir = await mkdtemp(join(tmpdir(), 'roster-letters-'));
    onTestFinished(() => rm(dir, { recursive: true }));
    return join(dir, 'dead-letters.jsonl');
  };
  const lineOf = (id: string) => `${JSON.stringify(recordOf(Office.key(org, id)))}\n`;
  const redrive = (file: string, services = roster.services) =>
    redriveLetters(fileDeadLetters(file), (keys) => apply(services, keys));

  it('is not there when nothing was given up', async () => {
    expect(await redrive(await keep())).toEqual({ removed: 0, applied: 0, quarantined: 0, failed: [], gone: [] });
  });

  it('keeps what is left, and what is written meanwhile', async () => {
    const file = await keep();
    const [first, second] = [await office('first'), await office('second')];
    const [line, another] = [lineOf(first), lineOf(second)];
    // Half a line, and what a killed call has set aside.
    await writeFile(`${file}.redrive`, line);
    await writeFile(file, `${another}{"dynamodb":{"Ke\n`);
    const done = await redriveLetters(fileDeadLetters(file), async (keys) => {
      await appendFile(file, line);
      return apply(roster.services, keys);
    });
    expect(done).toMatchObject({ removed: 2, applied: 2, failed: [], gone: [expect.stringContaining('{"dynamodb"')] });
    expect((await readFile(file, 'utf8')).split('\n')).toEqual([line.trim(), '{"dynamodb":{"Ke', '']);
    expect([await isIndexed(first), await isIndexed(second)]).toEqual([true, true]);
  });
});
