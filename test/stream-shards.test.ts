import { ExpiredIteratorException } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBBatchResponse, DynamoDBRecord } from 'aws-lambda';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { readStackFile } from '../dev/stack-file.ts';
import { type Checkpoint, memoryCheckpoint } from '../dev/stream/checkpoint.ts';
import { StreamPoller, type StreamPollerOptions } from '../dev/stream/poller.ts';
import { realClock } from '../src/runtime.ts';
import { type FakeStream, fakeStream } from './support/fake-stream.ts';
import { recordLog } from './support/log.ts';

const { eventSource } = await readStackFile();

let stream: FakeStream;
let checkpoint: Checkpoint;
let log: ReturnType<typeof recordLog>;
let batches: string[];
let discarded: string[];

beforeEach(() => {
  stream = fakeStream();
  checkpoint = memoryCheckpoint();
  log = recordLog();
  batches = [];
  discarded = [];
});

const names = (records: readonly DynamoDBRecord[]) => records.map(({ eventID }) => eventID).join(' ');
const failing = (itemIdentifier: string): DynamoDBBatchResponse => ({ batchItemFailures: [{ itemIdentifier }] });

function poller(options: Partial<StreamPollerOptions> = {}): StreamPoller {
  const made = new StreamPoller({
    client: stream.client,
    streamArn: 'arn:stream',
    mapping: { ...eventSource, batchSize: 3, filterPatterns: [] },
    invoke: async ({ Records }) => void batches.push(names(Records)),
    checkpoint,
    onDiscarded: async (records) => void discarded.push(names(records)),
    // As fast as it goes, but never without giving way.
    clock: { ...realClock(), sleep: () => realClock().sleep(1), backOff: () => realClock().sleep(1) },
    log,
    ...options,
  });
  onTestFinished(() => made.stop());
  made.start();
  return made;
}

const shard = (id: string, records: number[], isClosed: boolean, parent?: string) => {
  stream.shards.push({ id, records, isClosed, ...(parent ? { parent } : {}) });
};

it('a shard is delivered in batches of the size that the mapping says, in order', async () => {
  shard('a', [1, 2, 3, 4, 5, 6, 7], false);
  await poller().caughtUp();
  expect(batches).toEqual(['a-1 a-2 a-3', 'a-4 a-5 a-6', 'a-7']);
});

describe('children wait for their parents', () => {
  it('wherever they are listed, through generations', async () => {
    shard('grandchild', [30], false, 'child');
    shard('child', [20, 21], true, 'parent');
    shard('parent', [1, 2, 3, 4], true);
    shard('sibling', [22], false, 'parent');
    await poller().caughtUp();
    const order = batches.join(' ').split(' ');
    expect([...order].sort()).toEqual(
      ['child-20', 'child-21', 'grandchild-30', 'parent-1', 'parent-2', 'parent-3', 'parent-4', 'sibling-22'].sort(),
    );
    const inOrder = (first: string, second: string) => expect(order.indexOf(first)).toBeLessThan(order.indexOf(second));
    inOrder('parent-4', 'child-20');
    inOrder('parent-4', 'sibling-22');
    inOrder('child-21', 'grandchild-30');
  });

  it('that are empty, or split while they are read', async () => {
    shard('grandchild', [5], false, 'child');
    shard('child', [], true, 'parent');
    shard('parent', [], true);
    const made = poller();
    await made.caughtUp();
    expect(batches).toEqual(['grandchild-5']);
    const [open] = stream.shards;
    open?.records.push(6);
    if (open) open.isClosed = true;
    shard('youngest', [7], false, 'grandchild');
    await made.caughtUp();
    expect(batches).toEqual(['grandchild-5', 'grandchild-6', 'youngest-7']);
  });

  it('as long as a record of the parent is not accepted', async () => {
    shard('parent', [1, 2], true);
    shard('child', [3], false, 'parent');
    let refusals = 5;
    const made = poller({
      invoke: async ({ Records }) => {
        batches.push(names(Records));
        refusals--;
        return Records.some(({ eventID }) => eventID === 'parent-2') && refusals > 0 ? failing('2') : undefined;
      },
    });
    await made.caughtUp();
    expect(batches).toEqual(['parent-1 parent-2', ...Array(4).fill('parent-2'), 'child-3']);
    expect(made.delivered).toBe(3);
  });

  it('unless the parent is gone from the stream: 24 hours have passed', async () => {
    shard('child', [3], false, 'parent');
    await poller().caughtUp();
    expect(batches).toEqual(['child-3']);
  });
});

it('one shard does not starve another', async () => {
  shard(
    'busy',
    Array.from({ length: 30 }, (_, i) => i + 1),
    false,
  );
  shard('calm', [1], false);
  await poller().caughtUp();
  expect(batches.findIndex((batch) => batch.startsWith('calm'))).toBe(1);
});

it('what is given up is reported once, and the stream goes on', async () => {
  shard('a', [1, 2, 3, 4], false);
  const mapping = { ...eventSource, batchSize: 3, filterPatterns: [], maximumRetryAttempts: 2 };
  const invoke = async ({ Records }: { readonly Records: DynamoDBRecord[] }) => {
    batches.push(names(Records));
    return names(Records).includes('a-2') ? failing('2') : undefined;
  };
  const made = poller({ mapping, invoke });
  await made.caughtUp();
  expect([batches, discarded]).toEqual([['a-1 a-2 a-3', 'a-2 a-3', 'a-2 a-3', 'a-4'], ['a-2 a-3']]);
  expect(made.delivered).toBe(4);
});

describe('a restart', () => {
  it('goes on where the checkpoint says, also behind closed shards', async () => {
    shard('parent', [1, 2], true);
    shard('child', [3, 4], false, 'parent');
    const first = poller();
    await first.caughtUp();
    await first.stop();
    stream.shards.at(-1)?.records.push(5);
    await poller().caughtUp();
    expect(batches).toEqual(['parent-1 parent-2', 'child-3 child-4', 'child-5']);
  });

  it('delivers again what was not accepted, and nothing else', async () => {
    shard('a', [1, 2, 3], false);
    const refused = Promise.withResolvers<void>();
    const first = poller({
      invoke: async () => {
        refused.resolve();
        return failing('2');
      },
    });
    await refused.promise;
    await first.stop();
    await poller().caughtUp();
    expect(batches).toEqual(['a-2 a-3']);
  });

  it('after 24 hours begins with what there is left, and says so', async () => {
    shard('a', [1, 2], false);
    const first = poller();
    await first.caughtUp();
    await first.stop();
    const [trimmed] = stream.shards;
    trimmed?.records.push(3, 4, 5);
    if (trimmed) trimmed.trimmedTo = 4;
    await poller().caughtUp();
    expect(batches).toEqual(['a-1 a-2', 'a-5']);
    expect(log.entries.filter(({ level }) => level === 'error')).toMatchObject([{ shard: 'a', after: '2' }]);
  });
});

describe('a stream that can not be read', () => {
  it('is read again from the checkpoint: nothing is lost or delivered twice', async () => {
    shard('a', [1, 2, 3, 4], false);
    const made = poller();
    await made.caughtUp();
    stream.errors.push(
      new ExpiredIteratorException({ message: 'after 15 minutes', $metadata: {} }),
      ...Array.from({ length: 8 }, () => new Error('connection refused')),
    );
    stream.shards[0]?.records.push(5);
    await made.caughtUp();
    expect(batches).toEqual(['a-1 a-2 a-3', 'a-4', 'a-5']);
    // A restart of the emulator is nothing to speak of; what lasts is.
    expect(log.entries.map(({ level }) => level)).toEqual([...Array(4).fill('debug'), ...Array(5).fill('warn')]);
  });

  it('or whose checkpoint can not be written is delivered again', async () => {
    shard('a', [1, 2], false);
    const memory = memoryCheckpoint();
    let writes = 0;
    const full: Checkpoint = {
      read: memory.read,
      write: async (arn, positions) => {
        writes++;
        if (writes <= 2) throw new Error('disk full');
        await memory.write(arn, positions);
      },
    };
    await poller({ checkpoint: full }).caughtUp();
    expect(new Set(batches)).toEqual(new Set(['a-1 a-2']));
    expect((await memory.read('arn:stream')).get('a')).toEqual({ after: '2' });
  });
});

it('whoever waits for a poller that is stopped is told', async () => {
  const invoke = async () => failing('1');
  shard('a', [1], false);
  const made = poller({ invoke });
  const waiting = expect(made.caughtUp()).rejects.toThrow(/was stopped/);
  await made.stop();
  await waiting;
  await expect(made.caughtUp()).rejects.toThrow(/was stopped/);
});
