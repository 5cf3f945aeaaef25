import { expect, it } from 'vitest';
import type { Engine } from '../src/search/engine/engine.ts';
import { EngineUnavailable } from '../src/search/engine/errors.ts';
import { projectSearch, taskSearch } from '../src/search/index.ts';
import { beginRun } from '../src/search/rebuild/begin.ts';
import { fill, prepare, type RebuildServices } from '../src/search/rebuild/fill.ts';
import { Run } from '../src/search/rebuild/run.ts';
import { runs, valuesOf } from '../src/search/rebuild/run-record.ts';
import { CapacityBudget } from '../src/search/table-scan.ts';
import { MANAGED, peace } from './simulation/peace.ts';

/*
 * What the scan of a rebuild promises by itself: the comparison after it would put right whatever it lost, and so hides
 * that. The code is the real one, the servers are the simulator's.
 */

const OWN = [projectSearch, taskSearch];
const LIMITS = { pageRows: 2, pages: 12, ageMs: 60_000, batchRows: 4, smallestBatchRows: 2 };
const PROJECTS = 20;
const TASKS = 40;

/** What happens on the way. */
interface Course {
  /** Done before each request that adds documents; that it fails is the request's failure. */
  readonly before?: () => void | Promise<void>;
  readonly shouldStop?: () => boolean;
  /** Done after each page that was read. */
  readonly onRows?: () => void;
}

async function tableOfMany(own = OWN) {
  const { world, stage, process } = await peace();
  for (let i = 0; i < PROJECTS; i++) {
    const item = { ...MANAGED, org: 'acme', project: `p${i}`, name: `Project ${i}`, status: 'active' } as const;
    stage.table.writeAlways({ Put: projectSearch.entity.put(item).Put });
  }
  for (let i = 0; i < TASKS; i++) {
    const item = { ...MANAGED, org: 'acme', task: `t${i}`, title: `Task ${i}`, project: 'p0' } as const;
    stage.table.writeAlways({ Put: taskSearch.entity.put({ ...item, status: 'open', priority: 'low' }).Put });
  }
  await world.run({ until: () => stage.lambda.isIdle });
  const { services } = process('first');
  const run = await world.complete(beginRun(services, own, 'run', 'first'));
  await world.complete(prepare(services, run));
  /** Ids of documents in each request that was taken. */
  const taken: string[][] = [];
  const start = (at: Run, { before, shouldStop = () => false, onRows = () => undefined }: Course = {}) => {
    const addDocuments: Engine['addDocuments'] = async (key, index, body) => {
      await before?.();
      taken.push(JSON.parse(body).map(({ id }: { id: string }) => id));
      return services.engine.addDocuments(key, index, body);
    };
    const engine = Object.create(services.engine, { addDocuments: { value: addDocuments } });
    const budget = new CapacityBudget(services.clock);
    const watched: RebuildServices = { ...services, engine };
    return fill(watched, at, { budget, onRows, shouldStop, limits: LIMITS });
  };
  const contents = () =>
    ['project-run', 'task-run'].flatMap((name) => [...(stage.meilisearch.contents(name)?.keys() ?? [])]);
  const joined = async (by = services, owner = 'first') => {
    const again = await Run.join(by, 'run', owner);
    if (!again) throw new Error('there is no such rebuild');
    return again;
  };
  return { world, process, services, run, taken, start, contents, joined };
}

const AWAY = new EngineUnavailable('away', false);
const failing = () => Promise.reject(AWAY);

it('applies every item once, and is done with every segment', async () => {
  const { world, services, run, taken, start, contents } = await tableOfMany();
  await world.complete(run.change({ attempts: 7 }));
  expect(await world.complete(start(run))).toBe(true);
  expect(taken.flat().sort()).toEqual(contents().sort());
  expect(contents()).toHaveLength(PROJECTS + TASKS);
  // Fewer than if each page had been sent by itself.
  expect(taken.length).toBeLessThan((PROJECTS + TASKS) / LIMITS.smallestBatchRows);
  const stored = await world.complete(runs.get(services.table, 'run'));
  expect(stored && valuesOf(stored)).toMatchObject({ segments: Array(8).fill('done'), attempts: 0 });
});

it('ends what it has read when it is to stop, and goes on behind it', async () => {
  const { world, run, taken, start, contents, joined } = await tableOfMany();
  let pages = 0;
  const stopped = start(run, { shouldStop: () => ++pages >= 3 });
  expect(await world.complete(stopped)).toBe(false);
  expect(contents().length).toBeGreaterThan(0);
  expect(contents().length).toBeLessThan(PROJECTS + TASKS);
  expect(await world.complete(start(await world.complete(joined())))).toBe(true);
  expect(contents()).toHaveLength(PROJECTS + TASKS);
  expect(taken.flat()).toHaveLength(PROJECTS + TASKS);
});

/** Nothing happens so many times, and a failure from then on. */
function failingAfter(times: number, failure: Error) {
  let count = 0;
  return () => {
    if (++count > times) throw failure;
  };
}

it.each<[string, Course, RegExp]>([
  ['sending', { before: failingAfter(4, AWAY) }, /^\d+ items could not be applied 8 times$/],
  ['reading', { onRows: failingAfter(13, new Error('no more')) }, /^no more$/],
])('records what was done by the time that %s failed, and no more than that', async (_what, course, error) => {
  const { world, run, taken, start, contents, joined } = await tableOfMany([taskSearch]);
  await expect(world.complete(start(run, course))).rejects.toThrow(error);
  expect(taken.flat().sort()).toEqual(contents().sort());
  expect(contents().length).toBeGreaterThan(2 * LIMITS.batchRows);
  expect(await world.complete(start(await world.complete(joined())))).toBe(true);
  expect(contents()).toHaveLength(TASKS);
  // Sent twice are rows of a page that was done by half, which batches are not cut by.
  expect(taken.flat().length - TASKS).toBeLessThan(LIMITS.pageRows);
});

it('tries again what an index did not take', async () => {
  const { world, run, start, contents } = await tableOfMany();
  let requests = 0;
  const done = start(run, { before: async () => (++requests % 3 === 1 ? failing() : undefined) });
  expect(await world.complete(done)).toBe(true);
  expect(contents()).toHaveLength(PROJECTS + TASKS);
});

it('is not over while something of it is under way', async () => {
  const { world, run, start } = await tableOfMany();
  const { promise: release, resolve } = Promise.withResolvers<void>();
  let [requests, isOver] = [0, false];
  const outcome = start(run, { before: () => (++requests === 1 ? release : failing()) })
    .catch(String)
    .finally(() => {
      isOver = true;
    });
  await world.advance(600_000);
  expect(isOver).toBe(false);
  resolve();
  expect(await world.complete(outcome)).toMatch(/could not be applied 8 times/);
});

it('sends nothing more once another process has taken it over, also before any page is done', async () => {
  const { world, process, services, run, taken, start, joined } = await tableOfMany();
  const second = process('second').services;
  let theirs: Promise<Run> | undefined;
  const before = async () => {
    // The lease of a process that says nothing has ended.
    await services.clock.sleep(70_000);
    theirs ??= joined(second, 'second');
    await theirs;
  };
  const outcome = start(run, { before });
  await expect(world.complete(outcome)).rejects.toThrow(/another process has taken (it )?over/);
  expect(taken.length).toBeLessThanOrEqual(2);
});
