import type { DynamoDBBatchResponse, DynamoDBRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { type DeliveryOptions, deliver, type StreamFunction } from '../dev/stream/deliver.ts';
import { realLogger } from '../src/logger.ts';
import { random } from './support/random.ts';

const NOW = Date.parse('2026-06-30T09:00:00Z') / 1_000;

/** A record of a sequence number, written `age` seconds ago. */
const record = (sequence: number | string, age = 0): DynamoDBRecord => ({
  eventID: `event-${sequence}`,
  dynamodb: { SequenceNumber: String(sequence), ApproximateCreationDateTime: NOW - age },
});
const records = (count: number) => Array.from({ length: count }, (_, i) => record(i + 1));
const sequences = (batch: readonly DynamoDBRecord[]) => batch.map(({ dynamodb }) => Number(dynamodb?.SequenceNumber));

/** An answer of the function to its n-th call, from 1; what it returns is what Lambda would get. */
type Answer = (batch: readonly number[], call: number) => unknown;

const failing = (...ids: unknown[]) => ({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });
const throwing: Answer = () => {
  throw new Error('out of memory');
};
/** The answers in turn, then success. */
const inTurn =
  (...answers: readonly Answer[]): Answer =>
  (batch, call) =>
    answers[call - 1]?.(batch, call) ?? {};

type Mapping = DeliveryOptions['mapping'];
const mapping: Mapping = {
  bisectBatchOnFunctionError: true,
  maximumRetryAttempts: 3,
  maximumRecordAgeInSeconds: 3_600,
};

interface Run {
  /** Sequence numbers by call. */
  readonly calls: number[][];
  readonly settled: number[][];
  readonly discarded: number[][];
  /** What happened, in order. */
  readonly events: string[];
  readonly backOffs: number[];
  readonly rejection: unknown;
}

async function run(
  answer: Answer,
  {
    batch = records(5),
    ...options
  }: Partial<Omit<DeliveryOptions, 'mapping'> & Mapping> & { batch?: DynamoDBRecord[] } = {},
): Promise<Run> {
  const result = { calls: [], settled: [], discarded: [], events: [], backOffs: [] } as Omit<Run, 'rejection'>;
  const note = (name: 'calls' | 'settled' | 'discarded', batch: readonly DynamoDBRecord[]) => {
    result[name].push(sequences(batch));
    result.events.push(`${name} ${sequences(batch)}`);
  };
  const invoke: StreamFunction = async ({ Records }) => {
    note('calls', Records);
    // Lambda gets JSON, whatever the function's type says.
    return answer(sequences(Records), result.calls.length) as DynamoDBBatchResponse;
  };
  const rejection = await deliver(batch, {
    mapping: { ...mapping, ...options },
    invoke,
    onSettled: async (settled) => note('settled', settled),
    onDiscarded: async (discarded) => note('discarded', discarded),
    clock: {
      now: () => new Date(NOW * 1_000),
      monotonicMs: () => NOW * 1_000,
      sleep: async () => undefined,
      backOff: async (attempt) => void result.backOffs.push(attempt),
    },
    log: realLogger({ level: 'silent' }),
    signal: AbortSignal.any([]),
    ...options,
  }).catch((error: unknown) => error);
  return { ...result, rejection };
}

describe('success is', () => {
  it.each<[string, unknown]>([
    ['null', null],
    ['undefined', undefined],
    ['an empty object', {}],
    ['an empty list', { batchItemFailures: [] }],
    ['a null list', { batchItemFailures: null }],
  ])('%s', async (_case, response) => {
    expect(await run(() => response)).toMatchObject({
      calls: [[1, 2, 3, 4, 5]],
      settled: [[1, 2, 3, 4, 5]],
      discarded: [],
    });
  });

  it('also that of an empty batch, for which nothing is called', async () => {
    expect(await run(throwing, { batch: [] })).toMatchObject({ calls: [], settled: [] });
  });
});

describe('the lowest failure counts, and nothing before it is delivered again', () => {
  it.each<[string, unknown, number[][], number[][]]>([
    ['the first', failing('1'), [[1, 2, 3, 4, 5]], [[1, 2, 3, 4, 5]]],
    [
      'one in the middle',
      failing('3'),
      [[3, 4, 5]],
      [
        [1, 2],
        [3, 4, 5],
      ],
    ],
    ['the last', failing('5'), [[5]], [[1, 2, 3, 4], [5]]],
    ['several, in any order', failing('4', '2', '5'), [[2, 3, 4, 5]], [[1], [2, 3, 4, 5]]],
    [
      'one several times',
      failing('3', '3'),
      [[3, 4, 5]],
      [
        [1, 2],
        [3, 4, 5],
      ],
    ],
    ['all', failing('1', '2', '3', '4', '5'), [[1, 2, 3, 4, 5]], [[1, 2, 3, 4, 5]]],
  ])('%s', async (_case, response, again, settled) => {
    const { calls, ...rest } = await run(inTurn(() => response));
    expect(calls.slice(1)).toEqual(again);
    expect(rest).toMatchObject({ settled, discarded: [] });
  });
});

describe('the whole batch fails and is halved for', () => {
  it.each<[string, Answer]>([
    ['an error', throwing],
    ['an unknown identifier', () => failing('6')],
    ['an empty identifier', () => failing('')],
    ['a null identifier', () => failing(null)],
    ['a misspelt key', () => ({ batchItemFailures: [{ itemIdentifer: '3' }] })],
    ['an unknown identifier among known ones', () => failing('3', 'six')],
  ])('%s', async (_case, answer) => {
    expect(await run(inTurn(answer))).toMatchObject({
      calls: [
        [1, 2, 3, 4, 5],
        [1, 2, 3],
        [4, 5],
      ],
      settled: [
        [1, 2, 3],
        [4, 5],
      ],
      discarded: [],
    });
    // Where halving is off, it is tried as it is.
    expect(await run(inTurn(answer), { bisectBatchOnFunctionError: false })).toMatchObject({
      calls: [
        [1, 2, 3, 4, 5],
        [1, 2, 3, 4, 5],
      ],
      settled: [[1, 2, 3, 4, 5]],
    });
  });

  it('a record without a number that fails', async () => {
    const batch = [record(1), { eventID: 'unnumbered', dynamodb: {} }, record(3)];
    expect(
      await run(
        inTurn(() => failing('')),
        { batch, bisectBatchOnFunctionError: false },
      ),
    ).toMatchObject({
      calls: [
        [1, Number.NaN, 3],
        [1, Number.NaN, 3],
      ],
    });
  });
});

describe('records are given up', () => {
  it.each([0, 1, 5])('after %i retries', async (maximumRetryAttempts) => {
    const { calls, settled, discarded, backOffs } = await run(() => failing('2'), { maximumRetryAttempts });
    expect(calls).toEqual([[1, 2, 3, 4, 5], ...Array(maximumRetryAttempts).fill([2, 3, 4, 5])]);
    expect([settled, discarded]).toEqual([[[1], [2, 3, 4, 5]], [[2, 3, 4, 5]]]);
    // Ever later.
    expect(backOffs).toEqual(Array.from({ length: maximumRetryAttempts }, (_, i) => i + 1));
  });

  it('never, when there is no limit', async () => {
    const stop = new AbortController();
    const answer: Answer = (_batch, call) => {
      if (call === 500) stop.abort();
      return failing('1');
    };
    const limits = { maximumRetryAttempts: -1, maximumRecordAgeInSeconds: -1 };
    const batch = [record(1, 10_000_000)];
    expect(await run(answer, { ...limits, batch, signal: stop.signal })).toMatchObject({ settled: [], discarded: [] });
  });

  it('and the count begins anew behind every success', async () => {
    const answer: Answer = (batch) => (batch.length > 1 ? failing(String(batch[1])) : {});
    expect(await run(answer, { maximumRetryAttempts: 1 })).toMatchObject({
      discarded: [],
      settled: [[1], [2], [3], [4], [5]],
    });
  });

  it('alone, when halving finds the one that throws', async () => {
    const { discarded, settled, calls } = await run((batch) => (batch.includes(4) ? throwing(batch, 0) : {}));
    expect(discarded).toEqual([[4]]);
    expect(settled.flat()).toEqual([1, 2, 3, 4, 5]);
    expect(calls).toEqual([[1, 2, 3, 4, 5], [1, 2, 3], [4, 5], ...Array(4).fill([4]), [5]]);
  });

  it('even all of them, when everything throws: in the end the stream goes on', async () => {
    const { discarded, settled, calls } = await run(throwing, { batch: records(100), maximumRetryAttempts: 2 });
    expect(discarded).toEqual(records(100).map((each) => sequences([each])));
    expect(settled).toEqual(discarded);
    // Every record alone three times, and 99 halvings.
    expect(calls.length).toBe(3 * 100 + 99);
  });

  it('when they are too old, but not before they were delivered once, and not with younger ones', async () => {
    const batch = [record(1, 3_700), record(2, 3_601), record(3, 3_600), record(4, 0)];
    expect(await run(() => ({}), { batch })).toMatchObject({ calls: [[1, 2, 3, 4]], discarded: [] });
    expect(
      await run(
        inTurn(() => failing('1')),
        { batch },
      ),
    ).toMatchObject({
      calls: [
        [1, 2, 3, 4],
        [3, 4],
      ],
      discarded: [[1, 2]],
      settled: [
        [1, 2],
        [3, 4],
      ],
    });
    expect(await run(inTurn(throwing), { batch: [record(1, 3_700)] })).toMatchObject({
      calls: [[1]],
      discarded: [[1]],
    });
  });

  it('once, and before they are settled, so that a crash in between reports them twice rather than never', async () => {
    const { events } = await run(() => failing('2'), { maximumRetryAttempts: 0 });
    expect(events).toEqual(['calls 1,2,3,4,5', 'settled 1', 'discarded 2,3,4,5', 'settled 2,3,4,5']);
    const full = new Error('disk full');
    const onDiscarded = () => Promise.reject(full);
    expect(await run(() => failing('2'), { maximumRetryAttempts: 0, onDiscarded })).toMatchObject({
      rejection: full,
      settled: [[1]],
    });
  });
});

it('nothing is called or given up once it is to stop, and what was not accepted stays unsettled', async () => {
  for (const answer of [() => failing('3'), throwing]) {
    const stop = new AbortController();
    const last: Answer = (batch, call) => {
      if (call === 2) stop.abort();
      return call === 2 ? answer(batch, call) : failing('2');
    };
    const { calls, settled, discarded } = await run(last, { signal: stop.signal, maximumRetryAttempts: 1 });
    expect(calls).toEqual([
      [1, 2, 3, 4, 5],
      [2, 3, 4, 5],
    ]);
    expect([settled, discarded]).toEqual([answer === throwing ? [[1]] : [[1], [2]], []]);
  }
  expect(await run(() => ({}), { signal: AbortSignal.abort() })).toMatchObject({ calls: [], settled: [] });
});

it('whatever the function answers, every record is settled once, in order, and never seen again', async () => {
  for (let seed = 1; seed <= 300; seed++) {
    const next = random(seed);
    const answer: Answer = (batch) => {
      const ids = batch.filter(() => next() < 0.2).map(String);
      if (next() < 0.2) return throwing(batch, 0);
      return next() < 0.1 ? failing(...ids, 'unknown') : failing(...ids);
    };
    const batch = Array.from({ length: 1 + Math.floor(next() * 20) }, (_, i) => record(i + 1, next() * 4_000));
    const { calls, settled, discarded, events, rejection } = await run(answer, { batch });
    const all = sequences(batch);
    expect([rejection, settled.flat()], `seed ${seed}`).toEqual([undefined, all]);
    expect(discarded.flat(), `seed ${seed}`).toEqual([...new Set(discarded.flat())]);
    let done = 0;
    for (const event of events) {
      const [what, list = ''] = event.split(' ');
      const numbers = list.split(',').map(Number);
      // Always a run that begins right behind what is settled.
      expect(numbers, `seed ${seed}: ${events}`).toEqual(all.slice(done, done + numbers.length));
      if (what === 'settled') done += numbers.length;
    }
    expect(calls.length).toBeLessThan(200);
  }
});
