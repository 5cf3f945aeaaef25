import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { anyRates, createFaults, FAULTS, type FaultRates } from './simulation/faults.ts';
import { createLambdaModel } from './simulation/lambda-model.ts';
import { createMeilisearchModel } from './simulation/meilisearch-model.ts';
import { createNetwork } from './simulation/network.ts';
import { createTableModel } from './simulation/table-model.ts';
import { TOY_INDEX, toyIndexer } from './simulation/toy-indexer.ts';
import { createWorld, type World } from './simulation/world.ts';

/** Random writes that a toy indexer follows, under faults and then in calm. */
async function play(seed: number, ratesOf: (world: World) => FaultRates) {
  const world = createWorld(seed, { keepTrace: true });
  const faults = createFaults(world, ratesOf(world));
  const meilisearch = createMeilisearchModel(world, { faults });
  const table = createTableModel(world);
  const network = createNetwork(world, { engine: meilisearch, table, faults });
  const lambda = createLambdaModel(world, table, {
    faults,
    parallelizationFactor: 2,
    maxSkewMs: 2_000,
    start: (process) => {
      const { clock, ids } = process;
      return toyIndexer({ table: network.table(process), engine: network.engine(process), clock, ids });
    },
  });
  meilisearch.createIndex(TOY_INDEX);
  const { random } = world;
  world.spawn(async () => {
    for (let i = 0; i < 60; i++) {
      await world.sleep(random.between(0, 200));
      const Key = { pk: `k${random.integer(1, 8)}`, sk: 's' };
      table.writeAlways(random.chance(0.3) ? { Delete: { Key } } : { Put: { Item: { ...Key, v: i } } });
    }
    faults.calm();
  });
  await world.run();
  const rows = Object.fromEntries(table.rows().map(({ pk, v }) => [pk, v]));
  const documents = Object.fromEntries([...(meilisearch.contents(TOY_INDEX) ?? [])].map(([id, { v }]) => [id, v]));
  return { world, faults, lambda, rows, documents };
}

const rough = (world: World) => anyRates(world, 0.2);

describe('a world with a toy indexer in it', () => {
  it('does the same for the same seed, whatever ran before', async () => {
    const first = await play(11, rough);
    await play(12, rough);
    const again = await play(11, rough);
    expect(again.world.traceHash).toBe(first.world.traceHash);
    expect(again.world.lines).toEqual(first.world.lines);
    expect((await play(13, rough)).world.traceHash).not.toBe(first.world.traceHash);
  });

  it('converges where nothing goes wrong, and where much does, it comes to rest', async () => {
    const kinds = new Set<string>();
    let diverged = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const calm = await play(seed, () => ({}));
      expect(calm.lambda.isIdle, `seed ${seed}`).toBe(true);
      expect(calm.documents, `seed ${seed}`).toEqual(calm.rows);
      const wild = await play(seed, rough);
      expect(wild.lambda.isIdle, `seed ${seed}`).toBe(true);
      for (const kind of wild.faults.counts.keys()) kinds.add(kind);
      if (!isDeepStrictEqual(wild.documents, wild.rows)) diverged++;
    }
    // The toy writes nothing to the table, and rebuilds nothing.
    expect(FAULTS.filter((fault) => !kinds.has(fault))).toEqual([
      'engine.slowBeside',
      'table.lostAnswer',
      'table.resent',
      'table.partial',
      'operator.stalled',
    ]);
    // Or else the simulator could not tell a good indexer from a toy.
    expect(diverged).toBeGreaterThan(0);
  });
});
