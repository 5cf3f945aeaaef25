import { describe, expect, it } from 'vitest';
import type { Row } from '../src/entities/core/statements.ts';
import type { ScannableTable } from '../src/entities/core/table.ts';
import {
  comparisonPut,
  comparisons,
  mended,
  noteComparison,
  type Outset,
  outsetOf,
} from '../src/search/doctor/comparisons.ts';
import { heal } from '../src/search/doctor/heal.ts';
import { BUCKET } from '../src/search/document.ts';
import type { Engine } from '../src/search/engine/engine.ts';
import { officeSearch, projectSearch } from '../src/search/index.ts';
import { ensureIndexes } from '../src/search/indexer/ensure.ts';
import { changeState, markDamaged } from '../src/search/indexer/transitions.ts';
import type { RebuildServices } from '../src/search/rebuild/fill.ts';
import { finish, rollBack } from '../src/search/rebuild/place.ts';
import { rebuild } from '../src/search/rebuild/rebuild.ts';
import { Run } from '../src/search/rebuild/run.ts';
import { OPTIONS, OWN, onEngine, onTable, projects } from './simulation/projects.ts';

/*
 * A comparison, a note of damage: of which indexes they are true, while rebuilds put others in their place and take them
 * away again. The code is the real one, the servers are the simulator's.
 */

const killed: Engine['swapIndexes'] = () => Promise.reject(new Error('killed'));

/** Indexes that hold nothing, and are noted so. */
async function damagedProjects() {
  const all = await projects();
  const { world, stage, process, write } = all;
  await write('before');
  const { services } = process('command');
  stage.meilisearch.clear('project');
  await world.complete(markDamaged(services, projectSearch, 'cleared by hand'));
  return { ...all, services };
}

const CLEARED = expect.stringMatching(/^cleared by hand, /);
const PUT_BACK = expect.stringMatching(/^something happened before the indexes from before a rebuild were put back, /);
const UNVERIFIED = expect.stringMatching(/^something happened to the new indexes after they had been compared, /);

describe('a note of damage', () => {
  it('is of the indexes before a rebuild, and is there again when they are put back', async () => {
    const { world, services, names, maintained, state, joined } = await damagedProjects();
    const { run } = await world.complete(rebuild(services, OWN, OPTIONS));
    expect([names(), (await state())?.damage]).toEqual([['before', 'before'], undefined]);
    await world.complete(rollBack(services, await joined(run)));
    expect([names(), (await state())?.damage]).toEqual([[], CLEARED]);
    await maintained(5);
    expect([names(), (await state())?.damage]).toEqual([['before', 'before'], undefined]);
  });

  it('is made of them also when it was struck after the others had been compared', async () => {
    const { world, services, names, maintained, state, joined } = await damagedProjects();
    const { run } = await world.complete(rebuild(services, OWN, OPTIONS));
    await world.complete(markDamaged(services, projectSearch, 'while they soaked'));
    await maintained(5);
    expect((await state())?.damage).toBeUndefined();
    await world.complete(rollBack(services, await joined(run)));
    expect([names(), (await state())?.damage]).toEqual([[], PUT_BACK]);
    await maintained(5);
    expect([names(), (await state())?.damage]).toEqual([['before', 'before'], undefined]);
  });

  it('is not made of them when nothing has happened, and they keep the settings of their declaration', async () => {
    const { world, stage, process, write, maintained, state, joined } = await projects();
    await write('before');
    const { services } = process('command');
    stage.meilisearch.updateSettings('project', { searchableAttributes: ['old'] });
    await world.complete(changeState(services, projectSearch, (current) => ({ ...current, declaration: 'old' })));
    const attributes = () => stage.meilisearch.settings('project')?.searchableAttributes;
    const { run } = await world.complete(rebuild(services, OWN, OPTIONS));
    expect(attributes()).not.toEqual(['old']);
    // Nor does a repair touch those that are kept beside the others.
    expect(await world.complete(heal(services, OWN, { patienceMs: 500 }))).toMatchObject({ healthy: OWN });
    await world.complete(rollBack(services, await joined(run)));
    expect((await state())?.damage).toBeUndefined();
    await world.complete(markDamaged(services, projectSearch, 'by a test'));
    await maintained(5);
    const { damage, declaration } = (await state()) ?? {};
    expect([damage, declaration, attributes()]).toEqual([undefined, 'old', ['old']]);
  });

  it('is not struck before indexes of an earlier declaration that were made anew have any settings', async () => {
    const { world, stage, process, write, maintained, state } = await projects();
    await write('before');
    const { services } = process('command');
    await world.complete(changeState(services, projectSearch, (current) => ({ ...current, declaration: 'old' })));
    stage.meilisearch.deleteIndex('project');
    await world.advance(1_000);
    const dying = onEngine(services, { updateSettings: () => Promise.reject(new Error('killed')) });
    await expect(world.complete(ensureIndexes(dying))).rejects.toThrow('killed');
    const filterable = () => stage.meilisearch.settings('project')?.filterableAttributes ?? [];
    expect(filterable()).not.toContain(BUCKET);
    await maintained(5);
    expect([(await state())?.damage, (await state())?.declaration]).toEqual([undefined, 'old']);
    expect(filterable()).toContain(BUCKET);
  });

  it('is made where they were never verified, although whoever began their swap had done so', async () => {
    const { world, stage, process, write, state } = await projects();
    await write('before');
    const { services } = process('first');
    let isFrozen = false;
    // It stands still when it has recorded what it verified, and is about to swap.
    const first = process('frozen');
    const freezing: ScannableTable['write'] = async (statements) => {
      if (!isFrozen && JSON.stringify(statements).includes('"swapping"')) {
        isFrozen = true;
        first.process.freeze();
        await first.process.guard(services.clock.sleep(1));
      }
      return first.services.table.write(statements);
    };
    const outcome = rebuild(onTable(first.services, { write: freezing }), OWN, { ...OPTIONS, owner: 'frozen' });
    const ended = outcome.then(String, String);
    await world.run({ until: () => isFrozen });
    await world.advance(90_000);
    const beside =
      stage.meilisearch
        .indexes()
        .map(({ uid }) => uid)
        .find((uid) => uid.startsWith('project-')) ?? '';
    stage.meilisearch.clear(beside);
    let looks = 0;
    // The next one compares what is there now, and the first goes on.
    const documents: Engine['documents'] = async (...args) => {
      const found = await services.engine.documents(...args);
      if (looks++ === 0) {
        first.process.thaw();
        await services.clock.sleep(5_000);
      }
      return found;
    };
    const second = rebuild(onEngine(services, { documents }), OWN, {
      ...OPTIONS,
      stopAtMs: services.clock.monotonicMs(),
    });
    await world.complete(second.catch(String));
    expect(await world.complete(ended)).toContain('another process has taken over');
    await world.complete(rebuild(process('third').services, OWN, { ...OPTIONS, owner: 'third' }).catch(String));
    expect([looks > 0, (await state())?.phase, (await state())?.damage]).toEqual([true, 'soaking', UNVERIFIED]);
  });

  it('is struck also where another process ends the swap', async () => {
    const { world, services, state } = await damagedProjects();
    const attempt = rebuild(onEngine(services, { swapIndexes: killed }), OWN, OPTIONS);
    await expect(world.complete(attempt)).rejects.toThrow('killed');
    expect(await world.complete(rebuild(services, OWN, OPTIONS))).toMatchObject({ status: 'soaking' });
    expect((await state())?.damage).toBeUndefined();
  });

  it.each<[string, (services: RebuildServices) => Promise<unknown>]>([
    ['stays', async () => undefined],
    [
      'was struck of the live ones',
      (services) => changeState(services, projectSearch, (current) => ({ ...current, damage: undefined })),
    ],
  ])(
    'when it was made after the new indexes had been compared, they are damaged, although it %s',
    async (_what, then) => {
      const { world, services, maintained, state } = await damagedProjects();
      let isMade = false;
      const write: ScannableTable['write'] = async (statements) => {
        const written = await services.table.write(statements);
        const isVerified = statements.some((each) => 'Put' in each && each.Put.Item?.['clean'] === 2);
        if (!isVerified || isMade) return written;
        isMade = true;
        await markDamaged(services, projectSearch, 'too late');
        await then(services);
        return written;
      };
      await world.complete(rebuild(onTable(services, { write }), OWN, OPTIONS));
      const { comparedAt } = (await world.complete(comparisons.get(services.table, 'project'))) ?? {};
      expect([isMade, (await state())?.damage, comparedAt]).toEqual([true, UNVERIFIED, undefined]);
      await maintained(5);
      expect((await state())?.damage).toBeUndefined();
    },
  );

  it('is overlooked by no comparison of the new indexes, which begins anew', async () => {
    const { world, stage, process, write, names, state } = await projects();
    await write('before', 4);
    const { services } = process('command');
    const other = process('maintain').services;
    let lost = 0;
    let isRestored = false;
    // The rows were compared, and the server forgets the new indexes, which whoever looks after it sees and mends.
    const documentIds: Engine['documentIds'] = async (name, query) => {
      if (!isRestored && name !== 'project') {
        isRestored = true;
        lost = stage.meilisearch.contents(name)?.size ?? 0;
        stage.meilisearch.clear(name);
        await markDamaged(other, projectSearch, 'the search engine has gone back in time');
        await changeState(other, projectSearch, (current) => ({ ...current, damage: undefined }));
      }
      return services.engine.documentIds(name, query);
    };
    await world.complete(rebuild(onEngine(services, { documentIds }), OWN, OPTIONS));
    expect([lost, names(), (await state())?.damage]).toEqual([4, Array(4).fill('before'), undefined]);
  });

  it('is not struck by a repair that has compared the indexes of a rebuild, which looks again', async () => {
    const { world, services, names, state } = await damagedProjects();
    // It has read the note by then; what it sees of the index first is what the rebuild has in its place for a while.
    let rebuilt: ReturnType<typeof rebuild> | undefined;
    let rolledBack: Promise<void> | undefined;
    const settings: Engine['settings'] = async (name) => {
      rebuilt ??= rebuild(services, OWN, OPTIONS);
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
    const healing = heal(onEngine(services, { settings, documents }), OWN, { patienceMs: 500 });
    const { healthy, applied } = await world.complete(healing);
    expect({ healthy, applied, damage: (await state())?.damage, names: names() }).toEqual({
      healthy: OWN,
      applied: 2,
      damage: undefined,
      names: ['before', 'before'],
    });
  });
});

describe('a repair', () => {
  it('looks again when an index was made anew while it looked', async () => {
    const { world, stage, process, write, names, state } = await projects();
    await write('before');
    const { services } = process('command');
    const other = process('other').services;
    let isGone = false;
    const documents: Engine['documents'] = async (...args) => {
      const found = await services.engine.documents(...args);
      if (isGone) return found;
      isGone = true;
      stage.meilisearch.deleteIndex('project');
      await services.clock.sleep(2_000);
      await ensureIndexes(other);
      return found;
    };
    const { healthy } = await world.complete(heal(onEngine(services, { documents }), OWN, { patienceMs: 500 }));
    const drift = (await world.complete(comparisons.get(services.table, 'project')))?.drift;
    expect({ healthy, damage: (await state())?.damage, names: names(), drift }).toEqual({
      healthy: OWN,
      damage: undefined,
      names: ['before', 'before'],
      drift: 0,
    });
  });

  it('waits for a swap, and not for one that does not end', async () => {
    const { world, services, state } = await damagedProjects();
    const swapped = () => changeState(services, projectSearch, (current) => ({ ...current, epoch: current.epoch + 1 }));
    const healed = () => world.complete(heal(services, OWN, { patienceMs: 500 }));
    await world.complete(swapped());
    expect((await healed()).healthy).toEqual([]);
    expect((await state())?.damage).toEqual(CLEARED);
    const swap = services.clock.sleep(5_000).then(swapped);
    expect((await healed()).healthy).toEqual(OWN);
    await world.complete(swap);
    expect((await state())?.damage).toBeUndefined();
  });
});

describe('the last comparison', () => {
  /** Two searches whose last comparisons have found differences, and a rebuild of both. */
  async function compared() {
    const all = await projects();
    await all.write('before');
    const { world } = all;
    const { services } = all.process('command');
    const { clock, table } = services;
    const both = [projectSearch, officeSearch];
    await world.complete(table.batchWrite(both.map((search) => comparisonPut(search, clock.now(), 7, clock.now()))));
    const last = () =>
      world
        .complete(Promise.all(both.map(({ entity }) => comparisons.get(table, entity.name))))
        .then((records) => records.map((record) => [record?.comparedAt, record?.drift]));
    return { ...all, services, both, last };
  }
  const NONE = [undefined, undefined];

  it('is that of the indexes in place, from when it began', async () => {
    const { world, services, both, last, joined } = await compared();
    const begun: string[] = [];
    const write: ScannableTable['write'] = (statements) => {
      for (const statement of statements) {
        const { verification } = ('Put' in statement ? statement.Put.Item : {}) as Row;
        if (typeof verification === 'string') begun.push(JSON.parse(verification).comparedAt);
      }
      return services.table.write(statements);
    };
    const { run } = await world.complete(rebuild(onTable(services, { write }), both, OPTIONS));
    expect(new Set(begun).size).toBe(2);
    expect(await last()).toEqual(Array(2).fill([begun.at(-1), 0]));
    await world.complete(rollBack(services, await joined(run)));
    expect(await last()).toEqual([NONE, NONE]);
  });

  it('is none where a rebuild had to be given up in its swap', async () => {
    const { world, stage, services, both, last, joined } = await compared();
    const { run } = await world.complete(rebuild(services, both, OPTIONS));
    stage.meilisearch.deleteIndex('project');
    await world.advance(2_000);
    await expect(world.complete(rollBack(services, await joined(run)))).rejects.toThrow('are gone');
    expect(await last()).toEqual([NONE, NONE]);
  });

  it.each<[string, (compared: Awaited<ReturnType<typeof projects>>, run: string) => Promise<unknown>]>([
    ['were put in place', async () => undefined],
    [
      'were put in place and taken away again',
      async ({ world, process, joined }, run) =>
        world.complete(rollBack(process('command').services, await joined(run))),
    ],
  ])('is not that of indexes that %s meanwhile', async (_what, then) => {
    const all = await compared();
    const { world, services } = all;
    const outset = await world.complete(outsetOf(services, projectSearch));
    const { run } = await world.complete(rebuild(services, OWN, OPTIONS));
    await then(all, run);
    expect(await world.complete(noteComparison(services, projectSearch, outset, 0, mended))).toBe(false);
  });

  it('is not that of indexes that were taken away again', async () => {
    const { world, services, joined } = await compared();
    const { run } = await world.complete(rebuild(services, OWN, OPTIONS));
    const outset = await world.complete(outsetOf(services, projectSearch));
    await world.complete(rollBack(services, await joined(run)));
    expect(await world.complete(noteComparison(services, projectSearch, outset, 0, mended))).toBe(false);
  });

  it('is not that of indexes that others were about to take the place of when it began or ended', async () => {
    const { world, services, state } = await compared();
    const swapped = () =>
      world.complete(changeState(services, projectSearch, (current) => ({ ...current, epoch: current.epoch + 1 })));
    const begin = () => world.complete(outsetOf(services, projectSearch));
    const note = (outset: Outset) => world.complete(noteComparison(services, projectSearch, outset, 0, mended));
    const before = await begin();
    await swapped();
    expect(await note(before)).toBe(false);
    const during = await begin();
    expect(await note(during)).toBe(false);
    await swapped();
    expect([await note(during), await note(before)]).toEqual([false, true]);
    expect((await state())?.damage).toBeUndefined();
  });

  it.each(['begun', 'given up', 'finished'] as const)('is true although a rebuild was %s', async (what) => {
    const { world, services, joined } = await compared();
    const aborted = { ...OPTIONS, stopAtMs: 0 };
    const rebuilt = (options: typeof OPTIONS) => world.complete(rebuild(services, OWN, options));
    const { run = '' } = what === 'begun' ? {} : await rebuilt(what === 'given up' ? aborted : OPTIONS);
    const outset = await world.complete(outsetOf(services, projectSearch));
    if (what === 'begun') await rebuilt(aborted);
    else await world.complete(finish(services, await joined(run)));
    expect(await world.complete(noteComparison(services, projectSearch, outset, 0, mended))).toBe(true);
  });
});
