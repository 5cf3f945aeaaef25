import { describe, expect, it } from 'vitest';
import { endRun } from '../dev/search/commands/end-run.ts';
import type { Surroundings } from '../dev/search/target.ts';
import type { ScannableTable } from '../src/entities/core/table.ts';
import { differingSettings } from '../src/search/doctor/settings.ts';
import type { Engine } from '../src/search/engine/engine.ts';
import { officeSearch, projectSearch } from '../src/search/index.ts';
import { searchStates } from '../src/search/indexer/state.ts';
import { maintain } from '../src/search/maintenance/maintain.ts';
import { MAX_ATTEMPTS, type ReindexRequest, reindex } from '../src/search/maintenance/reindex.ts';
import type { RebuildServices } from '../src/search/rebuild/fill.ts';

import { rebuild } from '../src/search/rebuild/rebuild.ts';
import { Run } from '../src/search/rebuild/run.ts';
import { runs } from '../src/search/rebuild/run-record.ts';
import { OPTIONS, OWN, onEngine, onTable, projects } from './simulation/projects.ts';

/*
 * Sequences that real servers can't be brought to at will: processes that stand still for minutes at one certain call.
 * The code is the real one, the servers are the simulator's, where nothing goes wrong but what a test lets go wrong.
 */

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
  const outcome = rebuild(onTable(first.services, { scan }), OWN, { ...OPTIONS, owner: 'first' }).catch(String);
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
  await world.complete(rebuild(onTable(second.services, { write: goOn }), OWN, { ...OPTIONS, owner: 'second' }));
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
      const { world, process, write, names, maintained, state } = await projects();
      await write('before');
      const { services } = process('command');
      const killed = onEngine(services, { deleteIndex: killing });
      await world.complete(rebuild(services, OWN, { ...OPTIONS, stopAtMs }));
      await expect(world.complete(endRun(action, OWN, 'command', surroundings(killed)))).rejects.toThrow('killed');
      await write('after');
      const rolledBack = world.complete(endRun('roll-back', OWN, 'command', surroundings(services)));
      await expect(rolledBack).rejects.toThrow(
        'the rebuild of project is being ended already: the indexes beside the live ones are removed',
      );
      expect(names()).toEqual(['after', 'after']);
      await maintained(10);
      expect([names(), (await state())?.phase]).toEqual([['after', 'after'], 'live']);
    },
  );

  const killing = async () => {
    throw new Error('killed');
  };

  it('is given up when the contents of the rebuild are gone, and holds nobody up', async () => {
    const { world, stage, process, write, names, maintained, state } = await projects();
    await write('before');
    const { services } = process('command');
    await world.complete(rebuild(services, OWN, OPTIONS));
    stage.meilisearch.deleteIndex('project');
    await world.advance(2_000);
    await maintained(5);
    const rolledBack = world.complete(endRun('roll-back', OWN, 'command', surroundings(services)));
    await expect(rolledBack).rejects.toThrow('the contents that the rebuild made for project are gone');
    await write('after');
    await maintained(10);
    expect([names(), (await state())?.phase]).toEqual([['after', 'after'], 'live']);
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
  const run = (own: RebuildServices) => world.complete(rebuild(own, OWN, OPTIONS));
  await expect(run(onEngine(services, { updateSettings }))).rejects.toThrow(
    /^task \d+ on project-\S+ canceled: no reason given$/,
  );
  expect((await run(services)).status).toBe('soaking');
  const [{ name, settings } = { name: '', settings: {} }] = projectSearch.indexes;
  expect(differingSettings(settings, meilisearch.settings(name) ?? {})).toEqual([]);
});

it.each([0, 2])('is given up at once when its index is gone before it is in place, with %d items', async (items) => {
  const { world, stage, process, write, names, state } = await projects();
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
  const phases = new Set<string>();
  const onProgress = (now: string) => phases.add(now);
  const options = { ...OPTIONS, onProgress };
  expect((await world.complete(rebuild(onEngine(services, { settings, addDocuments }), OWN, options))).status).toBe(
    'ended',
  );
  expect([...phases]).toEqual(['filling', 'verifying']);
  // Nothing was sent to the live index for it.
  expect(added).not.toContain('project');
  expect([names(), (await state())?.phase]).toEqual([items > 0 ? ['before', 'before'] : [], 'live']);
  expect(stage.meilisearch.indexes().map(({ uid }) => uid)).not.toContainEqual(expect.stringMatching(/^project-/));
});

it('is brought to its end where it died between the states of two entities', async () => {
  const { world, process, write, names, maintained, state } = await projects();
  await write('before');
  const { services } = process('command');
  let moved = 0;
  const dying: ScannableTable['write'] = async (statements) => {
    if (JSON.stringify(statements).includes('"swapping"') && ++moved === 2) throw new Error('killed');
    return services.table.write(statements);
  };
  const both = [projectSearch, officeSearch];
  const attempt = rebuild(onTable(services, { write: dying }), both, OPTIONS);
  await expect(world.complete(attempt)).rejects.toThrow('killed');
  const office = async () => (await world.complete(searchStates.get(services.table, 'office')))?.phase;
  expect(new Set([(await state())?.phase, await office()])).toEqual(new Set(['swapping', 'building']));
  await world.advance(90_000);
  await maintained(5);
  expect([(await state())?.phase, await office(), names()]).toEqual(['soaking', 'soaking', ['before', 'before']]);
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
    const run = await world.complete(Run.begin(onTable(services, { write }), 'run', { ...VALUES, owner: 'first' }));
    isLost = true;
    await expect(world.complete(run.change({ rows: 1 }))).rejects.toThrow('no answer');
    isLost = false;
    await world.complete(run.change({ rows: 2 }));
    expect(await world.complete(runs.get(services.table, 'run'))).toMatchObject({ rows: 2, version: 3 });
  });
});

describe('a function that rebuilds', () => {
  const HALF_MS = 450_000;

  /** As if rows had 300 KB: a page, which ends at 1 MB, has three of them. */
  const ofLargeRows = <T extends RebuildServices>(services: T): T => {
    const { table } = services;
    const capacityOf = (rows: number) => rows * 75;
    const scan: ScannableTable['scan'] = async (options) => {
      const page = await table.scan({ ...options, limit: Math.min(options.limit, 3) });
      return { ...page, capacity: capacityOf(page.rows.length) };
    };
    const observed: ScannableTable['observed'] = (observer) => {
      const telling = table.observed(() => {
        const tell = observer();
        return (call) => tell({ ...call, capacity: capacityOf(call.items) });
      });
      return ofLargeRows({ ...services, table: telling }).table;
    };
    return { ...services, ...onTable(services, { scan, observed }) };
  };

  it('gets to the end although one comparison takes longer than it may run', async () => {
    const { world, process, write, names } = await projects();
    await write('before', 120);
    const outcomes: (string | undefined)[] = [];
    const minutes: number[] = [];
    // At 3 units a second all of them take 3,000 seconds.
    while (outcomes.at(-1) !== 'soaking' && outcomes.length < 30) {
      const owner = `lambda-${outcomes.length}`;
      const { services } = process(owner);
      const startMs = services.clock.monotonicMs();
      const request = { entities: ['project'], maxRcu: 3 };
      outcomes.push((await world.complete(reindex(ofLargeRows(services), request, owner, startMs + HALF_MS))).outcome);
      minutes.push((services.clock.monotonicMs() - startMs) / 60_000);
    }
    // Each of the comparisons takes more calls than may lead nowhere.
    expect(outcomes).toEqual([...Array(26).fill('unfinished'), 'soaking']);
    expect(Math.max(...minutes)).toBeLessThan(15);
    expect(names()).toEqual(Array(120).fill('before'));
  });

  it('puts new indexes in place that were found equal twice, one time after the other', async () => {
    const { world, process, write } = await projects();
    await write('before', 1);
    const { services } = process('lambda-1');
    const cleans: number[] = [];
    const noted: ScannableTable['write'] = (statements) => {
      for (const each of statements)
        if ('Put' in each && each.Put.Item?.['failedPasses'] !== undefined) cleans.push(each.Put.Item['clean']);
      return services.table.write(statements);
    };
    const passes = () => cleans.filter((clean, i) => i === 0 || clean !== cleans[i - 1]);
    // In the second pass one document of the new index is not seen.
    const documents: Engine['documents'] = async (name, query) =>
      name === 'project' || passes().length !== 1 ? services.engine.documents(name, query) : [];
    const own = onEngine(onTable(services, { write: noted }), { documents });
    await world.complete(reindex(own, { entities: ['project'] }, 'lambda-1', Number.POSITIVE_INFINITY));
    expect(passes()).toEqual([1, 0, 1, 2]);
  });

  it('ends where comparisons find differences for ever, and says so', async () => {
    const { world, process, write } = await projects();
    await write('before', 1);
    const failures: string[] = [];
    for (let calls = 1; calls <= MAX_ATTEMPTS + 1; calls++) {
      const owner = `lambda-${calls}`;
      const { services } = process(owner);
      // Documents of the new index are never seen.
      const documents: Engine['documents'] = async (name, query) =>
        name === 'project' ? services.engine.documents(name, query) : [];
      const stopAtMs = services.clock.monotonicMs() + HALF_MS;
      const attempt = reindex(onEngine(services, { documents }), { entities: ['project'] }, owner, stopAtMs);
      failures.push(await world.complete(attempt.then(({ outcome }) => outcome, String)));
      await world.advance(60_000);
    }
    expect(failures).toEqual([
      'Error: the new indexes were not found equal to the table 8 times; documents that differed: 1',
      ...Array(MAX_ATTEMPTS).fill(
        expect.stringMatching(
          /^Error: the rebuild of project leads to nothing: .* 8 comparisons did not find its indexes/,
        ),
      ),
    ]);
    const keeper = process('keeper');
    expect((await world.complete(maintain(keeper.services, 'keeper'))).runs).toMatchObject({ stalled: [] });
    const { services } = process('operator');
    expect(await world.complete(rebuild(services, OWN, { ...OPTIONS, owner: 'operator' }))).toMatchObject({
      status: 'soaking',
    });
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
      const attempt = reindex(onTable(services, { scan }), request, owner, services.clock.monotonicMs() + HALF_MS);
      await expect(world.complete(attempt)).rejects.toThrow('no answer');
      await world.advance(300_000);
      [request] = (await world.complete(maintain(keeper.services, 'keeper'))).runs?.stalled ?? [];
      requests.push(request);
    }
    expect(requests).toEqual([...Array(MAX_ATTEMPTS).fill(first), undefined]);
    const again = reindex(keeper.services, first, 'lambda-again', keeper.services.clock.monotonicMs() + HALF_MS);
    await expect(world.complete(again)).rejects.toThrow(
      `leads to nothing: ${MAX_ATTEMPTS} calls brought it no further`,
    );
    const { services } = process('operator');
    expect(await world.complete(rebuild(services, OWN, { ...OPTIONS, owner: 'operator' }))).toMatchObject({
      status: 'soaking',
    });
  });
});
