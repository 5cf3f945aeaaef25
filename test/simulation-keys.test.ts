import { expect, it } from 'vitest';
import { searches } from '../src/search/all.ts';
import { heal } from '../src/search/doctor/heal.ts';
import type { Engine } from '../src/search/engine/engine.ts';
import { EngineRefusal, EngineUnavailable } from '../src/search/engine/errors.ts';
import { projectSearch } from '../src/search/index.ts';
import { apply } from '../src/search/indexer/apply.ts';
import { ensureIndexes } from '../src/search/indexer/ensure.ts';
import { sweep } from '../src/search/indexer/sweep.ts';
import { Writers } from '../src/search/indexer/writers.ts';
import { finish } from '../src/search/rebuild/place.ts';
import { rebuild } from '../src/search/rebuild/rebuild.ts';
import { Run } from '../src/search/rebuild/run.ts';
import { recordsIn } from './simulation/index-equality.ts';
import { indexerServices } from './simulation/indexer-process.ts';
import { createMeilisearchModel } from './simulation/meilisearch-model.ts';
import { createNetwork } from './simulation/network.ts';
import { onEngine, projects } from './simulation/projects.ts';
import { createTableModel } from './simulation/table-model.ts';
import { createWorld } from './simulation/world.ts';

type CreateKey = Engine['createWriteKey'];

/** Servers with indexes, and processes that make their keys in some other way. */
async function opened() {
  const world = createWorld(5);
  const meilisearch = createMeilisearchModel(world);
  const table = createTableModel(world);
  const network = createNetwork(world, { engine: meilisearch, table });
  const options = { world, network, taskTimeoutMs: 30_000, onKey: () => undefined };
  let processes = 0;
  const start = (createKey: (create: CreateKey) => CreateKey = (same) => same) => {
    const process = world.process(`p${++processes}`);
    const replaced = (engine: Engine): Engine =>
      new Proxy(engine, {
        get: (target, name) =>
          name === 'createWriteKey' ? createKey((...key) => target.createWriteKey(...key)) : Reflect.get(target, name),
      });
    const sabotage = <T extends { readonly engine: Engine }>(outside: T) => ({
      ...outside,
      engine: replaced(outside.engine),
    });
    return { process, services: indexerServices({ ...options, sabotage }, process) };
  };
  await world.complete(ensureIndexes(start().services));
  /** What is left of writers once sweeps have gone on for as long as keys live. */
  const leftLater = async () => {
    const { services } = start();
    for (let minute = 0; minute < 20; minute++) {
      await world.advance(60_000);
      await world.complete(sweep(services, 5_000));
    }
    return left();
  };
  const left = () => ({ keys: meilisearch.keys.left.length, writers: recordsIn(table).writers.length });
  return { world, table, start, left, leftLater };
}

const NOTHING = { keys: 0, writers: 0 };
const key = searches[0]?.entity.key('acme', 'nobody') ?? { pk: '', sk: '' };

it('a key whose making was never answered is deleted once it has ended', async () => {
  const { world, start, left, leftLater } = await opened();
  const { services } = start((create) => async (...args) => {
    await create(...args);
    throw new EngineUnavailable('no answer', true);
  });
  expect(await world.complete(apply(services, [key]))).toMatchObject({ failed: [key] });
  expect(left()).toEqual({ keys: 1, writers: 1 });
  expect(await leftLater()).toEqual(NOTHING);
});

it('a key that is made after it was given up is deleted too', async () => {
  const { world, start, left, leftLater } = await opened();
  const { process, services } = start((create) => (...args) => {
    void process.clock.sleep(240_000).then(() => create(...args));
    return Promise.reject(new EngineUnavailable('no answer', true));
  });
  expect(await world.complete(apply(services, [key]))).toMatchObject({ failed: [key] });
  expect(left()).toEqual({ keys: 0, writers: 1 });
  expect(await leftLater()).toEqual(NOTHING);
});

it('a key whose owner died when it was made is deleted once it has ended', async () => {
  const { world, start, left, leftLater } = await opened();
  const { process, services } = start((create) => async (...args) => {
    const made = await create(...args);
    process.crash();
    return made;
  });
  void apply(services, [key]);
  await world.run({ until: () => !process.isUp });
  expect(left()).toEqual({ keys: 1, writers: 1 });
  expect(await leftLater()).toEqual(NOTHING);
});

it('of a key that was refused nothing is left at once', async () => {
  const { world, start, left } = await opened();
  const { services } = start(() => () => Promise.reject(new EngineRefusal('invalid_api_key', 'not you')));
  expect(await world.complete(apply(services, [key]))).toMatchObject({ failed: [key] });
  expect(left()).toEqual(NOTHING);
});

it('the key of a swap is deleted too, though nobody heard that it was made', async () => {
  const { world, table, start, leftLater } = await opened();
  let lost = 0;
  const { services } = start((create) => async (...args) => {
    const isForSwap = recordsIn(table).runs.some(({ swapKey }) => swapKey !== undefined);
    const made = await create(...args);
    if (!isForSwap) return made;
    lost++;
    throw new EngineUnavailable('no answer', true);
  });
  const own = searches.slice(0, 1);
  const placed = { owner: 'me', soakMs: 0, patienceMs: 500 };
  await expect(world.complete(rebuild(services, own, placed))).rejects.toThrow('no answer');
  expect(lost).toBe(1);
  const next = start().services;
  const { run } = await world.complete(rebuild(next, own, placed));
  const joined = await world.complete(Run.join(next, run, 'me'));
  if (joined) await world.complete(finish(next, joined));
  // The writers that filled the indexes have ended meanwhile, too.
  expect(await leftLater()).toEqual(NOTHING);
});

it('what arrives under a key that a restored server has again is put right once that has ended', async () => {
  const { world, stage, process, write, names } = await projects();
  const { meilisearch } = stage;
  const sweeper = process('sweeper');
  const swept = async (minutes: number) => {
    await world.advance(minutes * 60_000);
    return world.complete(sweep(sweeper.services, 5_000));
  };
  await write('before', 1);
  const { services } = process('dead');
  let snapshot: ReturnType<typeof meilisearch.snapshot> | undefined;
  let arrive: (() => unknown) | undefined;
  const addDocuments: Engine['addDocuments'] = async (...request) => {
    snapshot = meilisearch.snapshot();
    arrive = () => services.engine.addDocuments(...request);
    throw new EngineUnavailable('no answer', true);
  };
  const dying = onEngine(services, { addDocuments });
  const sent = apply({ ...dying, writers: new Writers(dying) }, [projectSearch.entity.key('acme', 'p1')]);
  await world.complete(sent.catch(String));
  await write('after', 1);
  if (!snapshot) throw new Error('nothing was sent');
  meilisearch.restore(snapshot);
  await world.complete(heal(process('operator').services, [projectSearch], { patienceMs: 0 }));
  expect(await swept(3)).toMatchObject({ ended: 0, suspects: 0 });
  expect(names()).toEqual(['after']);
  await world.complete(Promise.resolve(arrive?.()));
  await world.advance(1_000);
  expect(names()).toEqual(['before']);
  expect(await swept(10)).toMatchObject({ ended: 1 });
  expect(names()).toEqual(['after']);
});
