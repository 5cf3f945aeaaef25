import type { DynamoDBBatchResponse } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { createFaults, type FaultRates } from './simulation/faults.ts';
import { createLambdaModel, type LambdaOptions, type StreamFunction } from './simulation/lambda-model.ts';
import { createTableModel } from './simulation/table-model.ts';
import { createWorld, type World } from './simulation/world.ts';

/** A table whose stream a function follows. */
function followed(
  handler: (world: World) => StreamFunction,
  options: Partial<LambdaOptions> = {},
  rates: FaultRates = {},
) {
  const world = createWorld(4);
  const table = createTableModel(world, { shards: 1 });
  const faults = createFaults(world, rates);
  const lambda = createLambdaModel(world, table, { start: () => handler(world), faults, ...options });
  const write = (pk: string) => table.writeAlways({ Put: { Item: { pk, sk: 's', at: world.nowMs } } });
  return { world, table, faults, lambda, write };
}

/** Keeps what it was given, and answers what it is told to. */
function recorder(answer: (batch: readonly string[]) => DynamoDBBatchResponse | null = () => null) {
  const batches: string[][] = [];
  const handler = (): StreamFunction => async (event) => {
    const batch = event.Records.map(({ dynamodb }) => dynamodb?.Keys?.['pk']?.S ?? '');
    batches.push(batch);
    return answer(event.Records.map(({ dynamodb }) => dynamodb?.SequenceNumber ?? ''));
  };
  return { batches, handler };
}

const failing = (...sequences: readonly (string | undefined)[]): DynamoDBBatchResponse => ({
  batchItemFailures: sequences.map((itemIdentifier = '') => ({ itemIdentifier })),
});

describe('the stream is delivered', () => {
  it('in order, every record once, in batches', async () => {
    const { batches, handler } = recorder();
    const { world, write, lambda } = followed(handler, { batchSize: 10 });
    const keys = Array.from({ length: 35 }, (_, i) => `k${i}`);
    keys.forEach(write);
    await world.run();
    expect(batches.flat()).toEqual(keys);
    expect(batches.length).toBeGreaterThan(3);
    expect(lambda.isIdle).toBe(true);
  });

  it('again from the lowest failed record on', async () => {
    let attempts = 0;
    const { batches, handler } = recorder((sequences) =>
      attempts++ === 0 ? failing(...sequences.slice(-2).reverse()) : null,
    );
    const { world, write } = followed(handler, { batchSize: 20 });
    const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
    keys.forEach(write);
    await world.run();
    const [first = [], second] = batches;
    expect(first.length).toBeGreaterThan(2);
    expect(second).toEqual(first.slice(-2));
    expect(batches.flat()).toEqual([...first, ...first.slice(-2), ...keys.slice(first.length)]);
  });

  it('whole again for an identifier that is unknown, halved', async () => {
    let attempts = 0;
    const { batches, handler } = recorder(() => (attempts++ === 0 ? failing('nobody') : null));
    const { world, write } = followed(handler, { batchSize: 4 });
    ['a', 'b', 'c', 'd'].forEach(write);
    await world.run();
    const [first = [], second = []] = batches;
    expect(second).toEqual(first.slice(0, Math.ceil(first.length / 2)));
    expect(batches.slice(1).flat()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('in parallel by partition key, each key in order', async () => {
    const { batches, handler } = recorder();
    const { world, write, lambda } = followed(handler, { parallelizationFactor: 3 });
    for (let round = 0; round < 20; round++) {
      for (const key of ['a', 'b', 'c', 'd']) write(key);
      await world.advance(3);
    }
    await world.run();
    expect(batches.flat().filter((key) => key === 'a')).toHaveLength(20);
    expect(lambda.isIdle).toBe(true);
  });

  it('no more than so often, and then told to the dead-letter queue', async () => {
    const { batches, handler } = recorder((sequences) => failing(sequences[0]));
    const { world, write, lambda } = followed(handler, { maximumRetryAttempts: 2 });
    write('a');
    await world.run();
    expect(batches).toEqual([['a'], ['a'], ['a']]);
    expect(lambda.discarded).toMatchObject([
      {
        shardId: 'shardId-00000000000000000000',
        batchSize: 1,
        approximateArrivalOfFirstRecord: '2026-06-30T09:00:00.000Z',
      },
    ]);
    expect(lambda.discarded[0]?.startSequenceNumber).toBe(lambda.discarded[0]?.endSequenceNumber);
  });

  it('no longer than so long, and only what is young enough goes on', async () => {
    const { batches, handler } = recorder((sequences) => failing(sequences[0]));
    const { world, write, lambda } = followed(handler, { maximumRecordAgeInSeconds: 60 });
    write('a');
    world.schedule(100_000, () => write('b'));
    await world.run();
    expect(new Set(batches.flat())).toEqual(new Set(['a', 'b']));
    expect(lambda.discarded.flatMap(({ entries }) => entries.map(({ key }) => key.pk))).toEqual(['a', 'b']);
    expect(world.nowMs).toBeGreaterThan(160_000);
  });

  it('again when the environment hangs or crashes, and never to that one', async () => {
    let starts = 0;
    const start = (): StreamFunction => {
      starts++;
      return starts === 1 ? () => new Promise(() => undefined) : async () => null;
    };
    const { world, write, lambda } = followed(start, { timeoutMs: 5_000 });
    write('a');
    await world.run();
    expect(starts).toBe(2);
    expect(world.nowMs).toBeGreaterThan(5_000);
    expect(lambda.isIdle).toBe(true);
  });

  it('to an environment that was frozen since its last invocation, with what that left to be done', async () => {
    const steps: string[] = [];
    const world = createWorld(4);
    const table = createTableModel(world, { shards: 1 });
    createLambdaModel(world, table, {
      start: ({ clock }) => {
        return async () => {
          steps.push(`invoked at ${Math.floor(world.nowMs / 1_000)} s`);
          void clock.sleep(1_000).then(() => steps.push(`woken at ${Math.floor(world.nowMs / 1_000)} s`));
          return null;
        };
      },
    });
    const write = () => table.writeAlways({ Put: { Item: { pk: 'a', sk: 's', at: world.nowMs } } });
    write();
    world.schedule(60_000, write);
    await world.run();
    expect(steps).toEqual(['invoked at 0 s', 'invoked at 60 s', 'woken at 60 s']);
  });

  it('again although it was accepted, with all that came after', async () => {
    const { batches, handler } = recorder();
    const { world, write, faults } = followed(handler, {}, { 'lambda.rewind': 0.5 });
    ['a', 'b', 'c', 'd'].forEach(write);
    world.schedule(60_000, () => faults.calm());
    await world.run();
    expect(faults.counts.get('lambda.rewind')).toBeGreaterThan(0);
    expect(batches.flat().length).toBeGreaterThan(4);
    expect(batches.flat().at(-1)).toBe('d');
  });

  it('again while the first invocation still runs', async () => {
    let running = 0;
    let most = 0;
    const handler =
      (world: World): StreamFunction =>
      async () => {
        most = Math.max(most, ++running);
        await world.sleep(10_000);
        running--;
        return null;
      };
    const { world, write, faults } = followed(handler, {}, { 'lambda.overlap': 1 });
    write('a');
    world.schedule(3_000, () => faults.calm());
    await world.run();
    expect(most).toBeGreaterThan(1);
  });
});
