import { expect, it, vi } from 'vitest';
import { isRecordKey } from '../src/entities/core/records.ts';
import { damagedSearches } from '../src/search/doctor/heal.ts';
import { ensureIndexes } from '../src/search/indexer/ensure.ts';
import { changeState } from '../src/search/indexer/transitions.ts';
import { differences, recordsIn } from './simulation/index-equality.ts';
import { indexerServices, indexStreamIn } from './simulation/indexer-process.ts';
import { createLambdaModel } from './simulation/lambda-model.ts';
import { createMeilisearchModel } from './simulation/meilisearch-model.ts';
import { createNetwork } from './simulation/network.ts';
import { someItems } from './simulation/roster-items.ts';
import { createTableModel } from './simulation/table-model.ts';
import { createWorld } from './simulation/world.ts';

const HOURS = 6;
const HOUR_MS = 3_600_000;

it('a server that is busy for hours gets no more to do than it had after the first', async () => {
  const world = createWorld(3, { stepLimit: 5_000_000 });
  const meilisearch = createMeilisearchModel(world);
  const table = createTableModel(world, { shards: 1 });
  const network = createNetwork(world, { engine: meilisearch, table, requestTimeoutMs: 30_000 });
  const owners = new Map<string, { readonly isUp: boolean }>();
  const options = {
    world,
    network,
    taskTimeoutMs: 30_000,
    sabotage: <T>(same: T) => same,
    onKey: (uid: string, owner: { readonly isUp: boolean }) => void owners.set(uid, owner),
  };
  const services = indexerServices(options, world.process('deployment'));
  await world.complete(ensureIndexes(services));
  for (const search of await world.complete(damagedSearches(services)))
    await world.complete(changeState(services, search, (current) => ({ ...current, damage: undefined })));
  const lambda = createLambdaModel(world, table, {
    filter: (key) => !isRecordKey(key),
    start: (process) => indexStreamIn(options, process),
  });
  // It accepts, and finishes nothing: it works on the settings of a large index, or a dump.
  const busy = vi.spyOn(meilisearch.tasks, 'begin').mockReturnValue([]);
  const write = (version: number) => {
    for (const item of someItems(world.random, 12)) table.writeAlways({ Put: { Item: item.row(version, 'sound') } });
  };
  write(1);
  const waiting = () => [meilisearch.tasks.queue.length, recordsIn(table).intents.length];
  const perIndex = () => Math.max(...meilisearch.indexes().map(({ uid }) => meilisearch.tasks.pending(uid).length));
  const writers: number[] = [];
  for (let hour = 0; hour < HOURS; hour++) {
    await world.advance(HOUR_MS);
    writers.push(recordsIn(table).writers.length);
    expect(perIndex()).toBeLessThan(60);
  }
  const [tasks = 0, suspects = 0] = waiting();
  write(2);
  await world.advance(HOUR_MS);
  expect(waiting()).toEqual([tasks, suspects]);
  expect(Math.max(...writers.slice(1))).toBeLessThanOrEqual(writers[0] ?? 0);
  busy.mockRestore();
  // It is done, and begins with the next.
  meilisearch.power.kill();
  meilisearch.power.start();
  await world.run({ until: () => lambda.isIdle });
  for (let minute = 0; minute < 20 && recordsIn(table).intents.length > 0; minute++) {
    write(3 + minute);
    await world.advance(60_000);
  }
  await world.run({ until: () => lambda.isIdle });
  expect(differences({ world, table, meilisearch, isLive: (uid) => owners.get(uid)?.isUp === true })).toEqual([]);
});
