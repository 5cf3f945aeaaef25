import { describe, expect, it } from 'vitest';
import { isRecordKey } from '../src/entities/core/records.ts';
import type { TableKey } from '../src/entities/core/statements.ts';
import { UnavailableError } from '../src/errors.ts';
import { searches } from '../src/search/all.ts';
import { EngineRefusal } from '../src/search/engine/errors.ts';
import { ensureIndexes } from '../src/search/indexer/ensure.ts';
import { intents, intentText } from '../src/search/indexer/intent.ts';
import { identify } from '../src/search/indexer/plan.ts';
import { sweep } from '../src/search/indexer/sweep.ts';
import { createUpkeep } from '../src/search/indexer/upkeep.ts';
import { KEY_LIFETIME_MS, writerRecords } from '../src/search/indexer/writers.ts';
import { EPOCH_MS } from './simulation/epoch.ts';
import { recordsIn } from './simulation/index-equality.ts';
import { indexerServices, indexStreamIn, type Outside, type Sabotage } from './simulation/indexer-process.ts';
import { createLambdaModel } from './simulation/lambda-model.ts';
import { createMeilisearchModel } from './simulation/meilisearch-model.ts';
import { createNetwork } from './simulation/network.ts';
import { createTableModel } from './simulation/table-model.ts';
import { createWorld } from './simulation/world.ts';

/** A table with its indexes, long after an outage. */
async function afterOutage() {
  const world = createWorld(3);
  const meilisearch = createMeilisearchModel(world);
  const table = createTableModel(world, { shards: 1 });
  const network = createNetwork(world, { engine: meilisearch, table });
  const options = { world, network, taskTimeoutMs: 30_000, onKey: () => undefined };
  let sweepers = 0;
  const services = (sabotage: Sabotage = (same) => same) =>
    indexerServices({ ...options, sabotage }, world.process(`sweeper-${++sweepers}`));
  await world.complete(ensureIndexes(services()));
  const lambda = createLambdaModel(world, table, {
    filter: (key) => !isRecordKey(key),
    start: (process) => indexStreamIn({ ...options, sabotage: (same) => same }, process),
  });
  const died = new Date(EPOCH_MS - 600_000);
  /** Leaves what a writer leaves that lost its key then. */
  const leave = (uid: string, keys: readonly TableKey[]) => {
    const at = died.toISOString();
    table.writeAlways(writerRecords.put(uid, { expiresOn: at, fencedAt: at }, died));
    table.writeAlways(intents.put(uid, { items: intentText(identify(keys)) }, died));
  };
  const left = () => {
    const { writers, intents } = recordsIn(table);
    expect(intents.map(({ searchIntent }) => searchIntent).filter((uid) => uid.startsWith('dead'))).toEqual(
      writers.map(({ searchWriter }) => searchWriter).filter((uid) => uid.startsWith('dead')),
    );
    return intents.map(({ searchIntent }) => searchIntent);
  };
  // Secondary indexes are late.
  const begin = () => world.advance(30_000);
  /** How long it took in the world, seconds. */
  const timed = async (work: () => Promise<unknown>) => {
    const startMs = world.nowMs;
    await work();
    return (world.nowMs - startMs) / 1_000;
  };
  return { world, table, lambda, services, leave, left, begin, timed };
}

/** The key of an item that does not exist. */
function keyOf(name: string, id: string): TableKey {
  const search = searches.find(({ entity }) => entity.name === name);
  if (!search) throw new Error(`${name} is not searchable`);
  return search.entity.key('acme', id);
}

const many = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

describe('a sweep', () => {
  it('ends a thousand writers with the same items by one look at the server and one batch', async () => {
    const { world, table, lambda, leave, left, begin, timed } = await afterOutage();
    for (const i of many(1_000, (n) => n))
      leave(
        `dead-${i}`,
        many(20, (n) => keyOf('task', `t${n}`)),
      );
    await begin();
    table.writeAlways({ Put: { Item: { ...keyOf('office', 'o1'), broken: true } } });
    expect(await timed(() => world.run({ until: () => lambda.isIdle }))).toBeLessThan(15);
    expect([left(), lambda.environments.started]).toEqual([[], 1]);
  });

  it('keeps to its budget, and goes on where it was', async () => {
    const { world, services, leave, left, begin, timed } = await afterOutage();
    for (const i of many(60, (n) => n))
      leave(
        `dead-${i}`,
        many(1_000, (n) => keyOf('task', `t${i}-${n}`)),
      );
    await begin();
    const sweeper = services();
    let calls = 0;
    for (; left().length > 0 && calls < 50; calls++)
      expect(await timed(() => world.complete(sweep(sweeper, 5_000)))).toBeLessThan(15);
    expect(left()).toEqual([]);
    expect(calls).toBeGreaterThan(2);
  });

  it('does not wait beyond it for a server that is slow to answer', async () => {
    const { world, services, leave, left, begin, timed } = await afterOutage();
    leave('dead', [keyOf('task', 't1')]);
    await begin();
    const slow = onEngine(({ engine, clock }) => ({ newestTask: () => clock.sleep(800).then(engine.newestTask) }));
    expect(await timed(() => world.complete(sweep(services(slow), 5_000)))).toBeLessThan(7);
    expect(left()).toEqual(['dead']);
  });

  it('ends the others when the indexes of one entity take nothing', async () => {
    const { world, services, leave, left, begin } = await afterOutage();
    for (const i of many(5, (n) => n))
      leave(
        `dead-0-${i}`,
        many(1_000, (n) => keyOf('office', `o${i}-${n}`)),
      );
    leave('dead-1', [keyOf('project', 'p1'), keyOf('task', 't1')]);
    leave('dead-2', [keyOf('task', 't1')]);
    await begin();
    let attempts = 0;
    const refusing = onEngine(({ engine }) => ({
      deleteDocuments(key, index, ids) {
        if (index !== 'office') return engine.deleteDocuments(key, index, ids);
        attempts++;
        throw new EngineRefusal('no_space_left_on_device', 'not today');
      },
    }));
    expect(await world.complete(sweep(services(refusing), 60_000))).toMatchObject({ ended: 2, suspects: 5 });
    // What it could not verify itself is one more.
    expect([left(), attempts]).toEqual([[...many(5, (i) => `dead-0-${i}`), expect.any(String)], 1]);
    expect(await world.complete(sweep(services(), 60_000))).toMatchObject({ ended: 5, suspects: 1 });
    await world.advance(121_000);
    expect(await world.complete(sweep(services(), 60_000))).toMatchObject({ ended: 0, suspects: 0 });
    await world.advance(KEY_LIFETIME_MS);
    expect(await world.complete(sweep(services(), 60_000))).toMatchObject({ ended: 1 });
  });

  it('ends the others when the items of one can not be read', async () => {
    const { world, services, leave, left, begin } = await afterOutage();
    for (const name of ['a', 'bad', 'c']) leave(`dead-${name}`, [keyOf('task', name)]);
    await begin();
    const { pk: bad } = keyOf('task', 'bad');
    const unreadable: Sabotage = ({ table, ...others }) => ({
      ...others,
      table: replaced(table, {
        async batchGet(keys, options) {
          if (keys.some(({ pk }) => pk === bad)) throw new UnavailableError('the table did not answer');
          return table.batchGet(keys, options);
        },
      }),
    });
    expect(await world.complete(sweep(services(unreadable), 60_000))).toMatchObject({ ended: 2, suspects: 1 });
    expect(left()).toEqual(['dead-bad']);
  });

  it('withdraws the other keys when one can not be withdrawn', async () => {
    const { world, table, services, begin } = await afterOutage();
    const expiresOn = new Date(EPOCH_MS - 600_000).toISOString();
    for (const uid of ['a', 'bad', 'c']) table.writeAlways(writerRecords.put(uid, { expiresOn }, new Date(expiresOn)));
    await begin();
    const refusing = onEngine(({ engine }) => ({
      async deleteKey(uid) {
        if (uid === 'bad') throw new EngineRefusal('internal', 'not this one');
        return engine.deleteKey(uid);
      },
    }));
    expect(await world.complete(sweep(services(refusing), 60_000))).toEqual({ ended: 0, waiting: 3, suspects: 3 });
    const fenced = recordsIn(table).writers.flatMap(({ searchWriter: uid, fencedAt }) => (fencedAt ? [uid] : []));
    expect(fenced.sort()).toEqual(['a', 'c']);
  });
});

it.each(['task', 'indexes'] as const)('upkeep sweeps also when the server refuses to tell its %s', async (method) => {
  const { world, services, leave, left, begin } = await afterOutage();
  await world.complete(createUpkeep(services())());
  leave('dead', [keyOf('task', 't1')]);
  await begin();
  const refusing = onEngine(() => ({
    [method]: () => Promise.reject(new EngineRefusal('invalid_api_key', 'not this one')),
  }));
  const upkeep = createUpkeep(services(refusing));
  const { outdated, failed = [] } = (await world.complete(upkeep())) ?? {};
  expect(outdated).toEqual(method === 'indexes' ? undefined : []);
  expect(failed.map(({ step }) => step)).toEqual([
    method === 'indexes' ? 'seeing to the search indexes' : 'watching the search engine',
  ]);
  // Whatever is asked about a task ends the attempt, which is a suspect itself then.
  expect(left()).toEqual(method === 'task' ? ['dead', expect.any(String)] : []);
});

const onEngine =
  (methods: (outside: Outside) => Partial<Outside['engine']>): Sabotage =>
  (outside) => ({ ...outside, engine: replaced(outside.engine, methods(outside)) });

/** The same service with some methods replaced. */
const replaced = <T extends object>(service: T, methods: Partial<T>): T =>
  new Proxy(service, { get: (target, name) => Reflect.get(methods, name) ?? Reflect.get(target, name) });
