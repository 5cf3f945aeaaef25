import { describe, expect, it } from 'vitest';
import { endRun } from '../dev/search/commands/end-run.ts';
import type { Surroundings } from '../dev/search/target.ts';
import type { ScannableTable } from '../src/entities/core/table.ts';
import { comparisonPut, comparisons } from '../src/search/doctor/comparisons.ts';
import { heal } from '../src/search/doctor/heal.ts';
import { differingSettings } from '../src/search/doctor/settings.ts';
import type { Engine } from '../src/search/engine/engine.ts';
import { projectSearch } from '../src/search/index.ts';
import { searchStates } from '../src/search/indexer/state.ts';
import { markDamaged } from '../src/search/indexer/transitions.ts';
import { maintain } from '../src/search/maintenance/maintain.ts';
import { MAX_ATTEMPTS, type ReindexRequest, reindex } from '../src/search/maintenance/reindex.ts';
import type { RebuildServices } from '../src/search/rebuild/fill.ts';
import { rollBack } from '../src/search/rebuild/place.ts';
import { rebuild } from '../src/search/rebuild/rebuild.ts';
import { Run } from '../src/search/rebuild/run.ts';
import { runs } from '../src/search/rebuild/run-record.ts';
import { MANAGED, peace } from './simulation/peace.ts';

/*
 * Sequences that real servers can't be brought to at will: processes that stand still for minutes at one certain call.
 * The code is the real one, the servers are the simulator's, where nothing goes wrong but what a test lets go wrong.
 */

const OWN = [projectSearch];
const OPTIONS = { soakMs: 3_600_000, patienceMs: 500 };

/** A table to hold projects, and their index. */
async function projects() {
  const { world, stage, process } = await peace();
  const { table, meilisearch, lambda } = stage;
  const write = async (name: string) => {
    for (const id of ['p1', 'p2'])
      table.writeAlways({
        Put: projectSearch.entity.put({ ...MANAGED, org: 'acme', project: id, name, status: 'active' }).Put,
      });
    await world.run({ until: () => lambda.isIdle });
  };
  const names = () => [...(meilisearch.contents('project')?.values() ?? [])].map(({ name }) => name);
  const { services } = process('maintain');
  const maintained = async (minutes: number) => {
    for (let minute = 0; minute < minutes; minute += 5) {
      await world.complete(maintain(services, 'maintain'));
      await world.advance(300_000);
    }
  };
  const phase = async () => (await world.complete(searchStates.get(services.table, 'project')))?.phase;
  return { world, stage, process, write, names, maintained, phase };
}

/** The same services, but for what happens around some calls to the table. */
const around = (services: RebuildServices, changed: Partial<ScannableTable>): RebuildServices => ({
  ...services,
  table: new Proxy(services.table, {
    get: (table, name) => {
      const member: unknown = Reflect.get(changed, name) ?? Reflect.get(table, name);
      return typeof member === 'function' ? member.bind(table) : member;
    },
  }),
});

it('what a process read before another one took its rebuild over leaves no trace in the end', async () => {
  const { world, process, write, names, maintained } = await projects();
  await write('before');
  const [first, second] = [process('first'), process('second')];
  let hasRead = false;
  const scan: ScannableTable['scan'] = async (options) => {
    const page = await first.services.table.scan(options);
    if (hasRead || page.rows.every(({ pk }) => !pk.includes('#project_'))) return page;
    hasRead = true;
    first.process.freeze();
    return first.process.guard(Promise.resolve(page));
  };
  const outcome = rebuild(around(first.services, { scan }), OWN, { owner: 'first', ...OPTIONS }).catch(String);
  await world.run({ until: () => hasRead });
  await write('after');
  await world.advance(90_000);
  // The first goes on when the second has found the new index equal twice, and is about to put it in place.
  const goOn: ScannableTable['write'] = async (statements) => {
    const written = await second.services.table.write(statements);
    if (!JSON.stringify(statements).includes('createdOn')) return written;
    first.process.thaw();
    await second.services.clock.sleep(1_500);
    return written;
  };
  await world.complete(rebuild(around(second.services, { write: goOn }), OWN, { owner: 'second', ...OPTIONS }));
  expect(await world.complete(outcome)).toContain('another process has taken over the rebuild');
  await maintained(120);
  expect(names()).toEqual(['after', 'after']);
});

describe('a command that ends a rebuild, and is killed', () => {
  const surroundings = (services: RebuildServices, lines: string[] = []) =>
    // The rest of a target is not looked at.
    ({ target: { services }, print: (line: string) => lines.push(line) }) as unknown as Surroundings;

  it.each([['finish', Number.POSITIVE_INFINITY] as const, ['abort', 0] as const])(
    'can not be followed by a roll-back: --%s',
    async (action, stopAtMs) => {
      const { world, process, write, names, maintained, phase } = await projects();
      await write('before');
      const { services } = process('command');
      const killed = { ...services, engine: Object.create(services.engine, { deleteIndex: { value: killing } }) };
      await world.complete(rebuild(services, OWN, { owner: 'command', stopAtMs, ...OPTIONS }));
      await expect(world.complete(endRun(action, OWN, 'command', surroundings(killed)))).rejects.toThrow('killed');
      await write('after');
      const rolledBack = world.complete(endRun('roll-back', OWN, 'command', surroundings(services)));
      await expect(rolledBack).rejects.toThrow(
        'the rebuild of project is being ended already: the indexes beside the live ones are removed',
      );
      expect(names()).toEqual(['after', 'after']);
      await maintained(10);
      expect([names(), await phase()]).toEqual([['after', 'after'], 'live']);
    },
  );

  const killing = async () => {
    throw new Error('killed');
  };

  it('is given up when the contents of the rebuild are gone, and holds nobody up', async () => {
    const { world, stage, process, write, names, maintained, phase } = await projects();
    await write('before');
    const { services } = process('command');
    await world.complete(rebuild(services, OWN, { owner: 'command', ...OPTIONS }));
    stage.meilisearch.deleteIndex('project');
    await world.advance(2_000);
    await maintained(5);
    const rolledBack = world.complete(endRun('roll-back', OWN, 'command', surroundings(services)));
    await expect(rolledBack).rejects.toThrow('the contents that the rebuild made for project are gone');
    await write('after');
    await maintained(10);
    expect([names(), await phase()]).toEqual([['after', 'after'], 'live']);
  });
});

it('indexes that were damaged before a rebuild are so again when they are put back', async () => {
  const { world, stage, process, write, names, maintained } = await projects();
  await write('before');
  const { services } = process('command');
  stage.meilisearch.clear('project');
  await world.complete(markDamaged(services, projectSearch, 'cleared by hand'));
  const { run } = await world.complete(rebuild(services, OWN, { owner: 'command', ...OPTIONS }));
  expect(names()).toEqual(['before', 'before']);
  const joined = await world.complete(Run.join(services, run, 'command'));
  await world.complete(joined ? rollBack(services, joined) : Promise.reject(new Error('there is no run')));
  const state = await world.complete(searchStates.get(services.table, 'project'));
  expect([names(), state?.damage]).toEqual([[], expect.stringContaining('cleared by hand')]);
  await maintained(5);
  expect(names()).toEqual(['before', 'before']);
});

it('a repair that has compared the indexes of a rebuild says nothing of those that are put back, and looks again', async () => {
  const { world, stage, process, write, names } = await projects();
  await write('before');
  const { services } = process('command');
  stage.meilisearch.clear('project');
  await world.complete(markDamaged(services, projectSearch, 'cleared by hand'));
  // It has read the note by then; what it sees of the index first is what the rebuild has in its place for a while.
  let rebuilt: ReturnType<typeof rebuild> | undefined;
  let rolledBack: Promise<void> | undefined;
  const settings: Engine['settings'] = async (name) => {
    rebuilt ??= rebuild(services, OWN, { owner: 'command', ...OPTIONS });
    await rebuilt;
    return services.engine.settings(name);
  };
  const rollItBack = async () => {
    const run = await Run.join(services, (await rebuilt)?.run ?? '', 'command');
    return run ? rollBack(services, run) : Promise.reject(new Error('there is no run'));
  };
  const documents: Engine['documents'] = async (...args) => {
    const found = await services.engine.documents(...args);
    rolledBack ??= rollItBack();
    await rolledBack;
    return found;
  };
  const engine = Object.create(services.engine, { settings: { value: settings }, documents: { value: documents } });
  const { healthy, applied } = await world.complete(heal({ ...services, engine }, OWN, { patienceMs: 500 }));
  const { damage } = (await world.complete(searchStates.get(services.table, 'project'))) ?? {};
  expect({ healthy, applied, damage, names: names() }).toEqual({
    healthy: OWN,
    applied: 2,
    damage: undefined,
    names: ['before', 'before'],
  });
});

it('does not go on without settings whose task was cancelled by hand', async () => {
  const { world, stage, process, write } = await projects();
  await write('before');
  const { services } = process('command');
  const { meilisearch } = stage;
  const updateSettings: Engine['updateSettings'] = async (name, settings) => {
    const ref = meilisearch.updateSettings(name, settings);
    meilisearch.cancel([ref.uid]);
    return ref;
  };
  const engine = Object.create(services.engine, { updateSettings: { value: updateSettings } });
  const run = (own: RebuildServices) => world.complete(rebuild(own, OWN, { owner: 'command', ...OPTIONS }));
  await expect(run({ ...services, engine })).rejects.toThrow(/^task \d+ on project-\S+ canceled: no reason given$/);
  expect((await run(services)).status).toBe('soaking');
  const [{ name, settings } = { name: '', settings: {} }] = projectSearch.indexes;
  expect(differingSettings(settings, meilisearch.settings(name) ?? {})).toEqual([]);
});

describe('the last comparison', () => {
  it('is that of the indexes in place', async () => {
    const { world, process, write } = await projects();
    await write('before');
    const { services } = process('command');
    const { clock, table } = services;
    const last = () => world.complete(comparisons.get(table, 'project'));
    await world.complete(table.batchWrite([comparisonPut(projectSearch, clock.now(), 7, clock.now())]));
    const since = clock.now();
    const { run } = await world.complete(rebuild(services, OWN, { owner: 'command', ...OPTIONS }));
    const { drift, comparedAt = '' } = (await last()) ?? {};
    expect(drift).toBe(0);
    expect(Date.parse(comparedAt)).toBeGreaterThan(since.getTime());
    const joined = await world.complete(Run.join(services, run, 'command'));
    await world.complete(joined ? rollBack(services, joined) : Promise.reject(new Error('there is no run')));
    expect(await last()).toBeUndefined();
  });

  it('is none where a rebuild was brought to its end by a process that has not verified it', async () => {
    const { world, process, write, phase } = await projects();
    await write('before');
    const { services } = process('command');
    const { clock, table } = services;
    await world.complete(table.batchWrite([comparisonPut(projectSearch, clock.now(), 7, clock.now())]));
    const swapIndexes: Engine['swapIndexes'] = () => Promise.reject(new Error('killed'));
    const engine = Object.create(services.engine, { swapIndexes: { value: swapIndexes } });
    const options = { owner: 'command', ...OPTIONS };
    await expect(world.complete(rebuild({ ...services, engine }, OWN, options))).rejects.toThrow('killed');
    expect(await phase()).toBe('swapping');
    expect(await world.complete(rebuild(services, OWN, options))).toMatchObject({ status: 'soaking' });
    expect(await world.complete(comparisons.get(table, 'project'))).toBeUndefined();
  });
});

it.each([0, 2])('is given up at once when its index is gone before it is in place, with %d items', async (items) => {
  const { world, stage, process, write, names, phase } = await projects();
  if (items > 0) await write('before');
  const { services } = process('command');
  let isGone = false;
  const settings: Engine['settings'] = async (name) => {
    const found = await services.engine.settings(name);
    if (isGone) return found;
    isGone = true;
    await services.engine.deleteIndex(name);
    await services.clock.sleep(2_000);
    return found;
  };
  const added: string[] = [];
  const addDocuments: Engine['addDocuments'] = (key, name, body) => {
    added.push(name);
    return services.engine.addDocuments(key, name, body);
  };
  const engine = Object.create(services.engine, {
    settings: { value: settings },
    addDocuments: { value: addDocuments },
  });
  const phases = new Set<string>();
  const onProgress = (now: string) => phases.add(now);
  const options = { owner: 'command', ...OPTIONS, onProgress };
  expect((await world.complete(rebuild({ ...services, engine }, OWN, options))).status).toBe('ended');
  expect([...phases]).toEqual(['filling', 'verifying']);
  // Nothing was sent to the live index for it.
  expect(added).not.toContain('project');
  expect([names(), await phase()]).toEqual([items > 0 ? ['before', 'before'] : [], 'live']);
  expect(stage.meilisearch.indexes().map(({ uid }) => uid)).not.toContainEqual(expect.stringMatching(/^project-/));
});

describe('a lease', () => {
  const VALUES = { entities: ['project'], segments: [null], rows: 0, attempts: 1, clean: 0 };

  it('that was lost while its owner stood still is never taken back', async () => {
    const { world, process } = await projects();
    const [first, second] = [process('first'), process('second')];
    const mine = await world.complete(Run.begin(first.services, 'run', { ...VALUES, owner: 'first' }));
    first.process.freeze();
    const change = first.process.guard(mine.change({ rows: 1 })).then(() => 'done', String);
    await world.advance(70_000);
    const theirs = await world.complete(Run.join(second.services, 'run', 'second'));
    await world.complete(theirs?.change({ swapKey: 'theirs' }) ?? Promise.reject(new Error('there is no run')));
    first.process.thaw();
    await world.complete(change);
    await expect(world.complete(mine.change({}))).rejects.toThrow('another process has taken over');
    await expect(world.complete(mine.change({}))).rejects.toThrow('another process has taken it over');
    const stored = await world.complete(runs.get(second.services.table, 'run'));
    expect(stored).toMatchObject({ owner: 'second', swapKey: 'theirs' });
  });

  it('is kept although the answer to a change of it was lost', async () => {
    const { world, process } = await projects();
    const { services } = process('first');
    let isLost = false;
    const write: ScannableTable['write'] = async (statements) => {
      const written = await services.table.write(statements);
      if (isLost) throw new Error('no answer');
      return written;
    };
    const run = await world.complete(Run.begin(around(services, { write }), 'run', { ...VALUES, owner: 'first' }));
    isLost = true;
    await expect(world.complete(run.change({ rows: 1 }))).rejects.toThrow('no answer');
    isLost = false;
    await world.complete(run.change({ rows: 2 }));
    expect(await world.complete(runs.get(services.table, 'run'))).toMatchObject({ rows: 2, version: 3 });
  });
});

describe('a function that rebuilds', () => {
  const HALF_MS = 450_000;

  it('gets to the end although one comparison takes more than half of its time', async () => {
    const { world, process, write, names } = await projects();
    await write('before');
    const outcomes: (string | undefined)[] = [];
    while (outcomes.at(-1) !== 'soaking' && outcomes.length < 10) {
      const { services } = process(`lambda-${outcomes.length}`);
      // As if rows were large: 8 segments of 400 units each, at 3 units a second.
      const scan: ScannableTable['scan'] = async (options) => ({
        ...(await services.table.scan(options)),
        capacity: 400,
      });
      const stopAtMs = services.clock.monotonicMs() + HALF_MS;
      const request = { entities: ['project'], maxRcu: 3 };
      const owner = `lambda-${outcomes.length}`;
      outcomes.push((await world.complete(reindex(around(services, { scan }), request, owner, stopAtMs))).outcome);
    }
    expect(outcomes).toEqual(['unfinished', 'unfinished', 'soaking']);
    expect(names()).toEqual(['before', 'before']);
  });

  it('is asked to go on with what it was asked for, and no more once that leads nowhere', async () => {
    const { world, process, write } = await projects();
    await write('before');
    const keeper = process('keeper');
    const first: ReindexRequest = { entities: ['project'], maxRcu: 50, soakMinutes: 120 };
    const requests: (ReindexRequest | undefined)[] = [first];
    for (let request: ReindexRequest | undefined = first; request && requests.length < 20; ) {
      const owner = `lambda-${requests.length}`;
      const { services } = process(owner);
      const scan = () => Promise.reject(new Error('no answer'));
      const attempt = reindex(around(services, { scan }), request, owner, services.clock.monotonicMs() + HALF_MS);
      await expect(world.complete(attempt)).rejects.toThrow('no answer');
      await world.advance(300_000);
      [request] = (await world.complete(maintain(keeper.services, 'keeper'))).runs?.stalled ?? [];
      requests.push(request);
    }
    expect(requests).toEqual([...Array(MAX_ATTEMPTS).fill(first), undefined]);
    const again = reindex(keeper.services, first, 'lambda-again', keeper.services.clock.monotonicMs() + HALF_MS);
    await expect(world.complete(again)).rejects.toThrow(`got no further in ${MAX_ATTEMPTS} calls`);
    const { services } = process('operator');
    expect(await world.complete(rebuild(services, OWN, { owner: 'operator', ...OPTIONS }))).toMatchObject({
      status: 'soaking',
    });
  });
});
