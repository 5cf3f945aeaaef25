import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { indexStream } from '../handler.ts';
import { createItem, deleteItem, updateItem } from '../src/entities/core/write.ts';
import { Office } from '../src/entities/index.ts';
import { realClock } from '../src/runtime.ts';
import { searches } from '../src/search/all.ts';
import type { SearchIndex } from '../src/search/define.ts';
import { differingSettings } from '../src/search/doctor/settings.ts';
import { employeeSearch, officeSearch, taskSearch } from '../src/search/index.ts';
import { apply } from '../src/search/indexer/apply.ts';
import { quarantineEntries, quarantineId } from '../src/search/indexer/quarantine.ts';
import { seenAs } from '../src/search/indexer/reading.ts';
import { searchStates } from '../src/search/indexer/state.ts';
import { changeState } from '../src/search/indexer/transitions.ts';
import { maintain } from '../src/search/maintenance/maintain.ts';
import { beginRun } from '../src/search/rebuild/begin.ts';
import { finish, rollBack } from '../src/search/rebuild/place.ts';
import { rebuild, resume } from '../src/search/rebuild/rebuild.ts';
import { Run } from '../src/search/rebuild/run.ts';
import { runs } from '../src/search/rebuild/run-record.ts';
import { until } from './fixtures/processes.ts';
import { createCompany } from './support/company.ts';
import { cut, type Fault, firstOnly, loseAnswer, type Match, meanwhile, refuse } from './support/fault-proxy.ts';
import { documentsIn, expectIndexEqualsTable, searchEngine, uidOf } from './support/index-equality.ts';
import { operation, type ProxiedRoster, startProxiedRoster } from './support/proxied-roster.ts';
import { eventOf, failuresOf, recordOf } from './support/stream-events.ts';

let roster: ProxiedRoster;
const org = 'acme';

beforeAll(async () => {
  roster = await startProxiedRoster();
  await createCompany(roster, org);
  await roster.indexed();
  return () => roster.stop();
});

const services = () => ({ ...roster.services, clock: realClock() });
const options = { owner: 'test', soakMs: 60_000, patienceMs: 200 };
const rebuildAll = () => rebuild(services(), searches, options);
const place = { zip: '1', city: 'Graz', state: 'Steiermark', country: 'AT', location: { lat: 47, lng: 15 } };
const createOffice = async (name: string) =>
  (await createItem(roster.services, Office, org, { ...place, name })).office;
const indexNames = async () => (await services().engine.indexes()).map(({ uid }) => uid).sort();
const LIVE = searches.flatMap(({ indexes }) => indexes.map(({ name }) => name)).sort();
const stateOf = (name = 'office') => searchStates.get(roster.services.table, name);
const beside = (index: SearchIndex, run: string): SearchIndex => ({ ...index, name: `${index.name}-${run}` });
const nameIn = async (index: SearchIndex, id: string) => (await documentsIn(roster, index))[`${org}_${id}`]?.['name'];
const requests =
  (path: RegExp): Match =>
  (request) =>
    request.method === 'POST' && path.test(request.path);

/** A write to the table of a record that says this. */
const writeOf =
  (...words: readonly string[]): Match =>
  (request) =>
    operation('PutItem')(request) && words.every((word) => request.body.includes(word));
/** Nothing happens, and whoever asked for it goes no further. */
const dies = refuse('ValidationException');

async function join(id: string): Promise<Run> {
  const run = await Run.join(services(), id, 'test');
  if (!run) throw new Error(`there is no rebuild ${id}`);
  return run;
}

/** Nothing is left of a rebuild. */
beforeEach(async () => {
  for (const { entity } of searches) {
    const run = (await stateOf(entity.name))?.run;
    if (run !== undefined) await finish(services(), await join(run));
  }
  expect(await indexNames()).toEqual(LIVE);
  await roster.indexed();
});

it('builds indexes beside the live ones and puts them in their place when they equal the table', async () => {
  // Emptied by hand: the rebuild brings all of it back.
  for (const index of officeSearch.indexes)
    await searchEngine(roster).index(uidOf(roster, index)).deleteAllDocuments().waitTask();
  const before = await stateOf();
  const { run, status } = await rebuildAll();
  expect(status).toBe('soaking');
  await expectIndexEqualsTable(roster);
  expect(await indexNames()).toEqual([...LIVE, ...LIVE.map((name) => `${name}-${run}`)].sort());
  expect(await stateOf()).toMatchObject({ phase: 'soaking', run, epoch: (before?.epoch ?? 0) + 4 });
  await finish(services(), await join(run));
  expect(await indexNames()).toEqual(LIVE);
  expect(await stateOf()).toMatchObject({ phase: 'live', epoch: (before?.epoch ?? 0) + 6 });
  expect(await runs.get(roster.services.table, run)).toBeUndefined();
  await expectIndexEqualsTable(roster);
});

it('gives new settings to the index that is in place, not to the one before', async () => {
  const uid = uidOf(roster, officeSearch.open);
  await searchEngine(roster)
    .index(uid)
    .updateSettings({ searchableAttributes: ['zip'] })
    .waitTask();
  const { run } = await rebuild(services(), [officeSearch], options);
  const searchable = async (index: SearchIndex) =>
    (await searchEngine(roster).index(uidOf(roster, index)).getSettings()).searchableAttributes;
  expect(await searchable(officeSearch.open)).toEqual(officeSearch.open.settings.searchableAttributes);
  expect(await searchable(beside(officeSearch.open, run))).toEqual(['zip']);
});

it('has the settings of the declaration, whoever changed them while it was being built', async () => {
  const change = async () => {
    const name = `${uidOf(roster, officeSearch.open)}-${(await stateOf())?.run}`;
    await searchEngine(roster)
      .index(name)
      .updateSettings({ searchableAttributes: ['zip'] })
      .waitTask();
  };
  roster.dynamodb.inject(operation('Scan'), firstOnly(meanwhile(change)));
  await rebuild(services(), [officeSearch], options);
  const settings = await services().engine.settings(officeSearch.open.name);
  expect(differingSettings(officeSearch.open.settings, settings ?? {})).toEqual([]);
});

it('what is written while it soaks goes into both, and can be rolled back to without loss', async () => {
  const { run } = await rebuildAll();
  const id = await createOffice('both');
  await roster.indexed();
  expect(await nameIn(officeSearch.open, id)).toBe('both');
  expect(await nameIn(beside(officeSearch.open, run), id)).toBe('both');
  const engine = services().engine;
  const createdAt = async (uid: string) => (await engine.indexes()).find((each) => each.uid === uid)?.createdAt;
  const old = await createdAt(`office-${run}`);
  await rollBack(services(), await join(run));
  expect(await createdAt('office')).toBe(old);
  expect(await indexNames()).toEqual(LIVE);
  expect(await stateOf()).toMatchObject({ phase: 'live' });
  await expectIndexEqualsTable(roster);
});

describe('a rebuild that is under way', () => {
  it('is not begun twice at once', async () => {
    const first = rebuildAll();
    await vi.waitUntil(async () => (await stateOf())?.phase === 'building', { interval: 5, timeout: 20_000 });
    await expect(rebuild(services(), [officeSearch], { ...options, owner: 'other' })).rejects.toMatchObject({
      code: 'SEARCH_RUN_BUSY',
      message: expect.stringMatching(/^a rebuild of .*office.* is under way since 20.* rows so far\); wait for it/),
    });
    expect((await first).status).toBe('soaking');
    await expectIndexEqualsTable(roster);
  });

  it('two that begin in the same moment: one of them does it', async () => {
    const outcomes = await Promise.allSettled(
      ['a', 'b', 'c'].map((owner) => rebuild(services(), searches, { ...options, owner })),
    );
    const done = outcomes.filter(({ status }) => status === 'fulfilled');
    const busy = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []));
    // They may all find each other in the way; what they leave behind is nothing, and the next one does it.
    expect(done.length).toBeLessThanOrEqual(1);
    expect(new Set(busy)).toEqual(new Set(['SEARCH_RUN_BUSY']));
    await vi.waitUntil(async () => (await rebuildAll().catch(() => undefined))?.status === 'soaking', {
      interval: 200,
      timeout: 20_000,
    });
    await expectIndexEqualsTable(roster);
  });

  it('is left when time is up, and gone on with by the next call', async () => {
    const stopAtMs = services().clock.monotonicMs();
    const first = await rebuild(services(), searches, { ...options, stopAtMs });
    expect(first.status).toBe('unfinished');
    expect(await stateOf()).toMatchObject({ phase: 'building', run: first.run });
    const phases: string[] = [];
    const onProgress = (phase: string) => void (phases.at(-1) === phase || phases.push(phase));
    expect(await rebuild(services(), searches, { ...options, owner: 'next', onProgress })).toEqual({
      run: first.run,
      status: 'soaking',
    });
    expect(phases).toEqual(['filling', 'verifying', 'swapping']);
    await expectIndexEqualsTable(roster);
  });

  it('is given up when somebody deletes its index, and live indexes go on', async () => {
    const { run } = await rebuild(services(), searches, { ...options, stopAtMs: services().clock.monotonicMs() });
    await searchEngine(roster).deleteIndex(`${roster.env['SEARCH_INDEX_PREFIX']}office-${run}`).waitTask();
    const id = await createOffice('afterwards');
    await roster.indexed();
    expect(await nameIn(officeSearch.open, id)).toBe('afterwards');
    expect((await stateOf())?.phase).toBe('removing');
    expect(await rebuild(services(), [employeeSearch], options)).toEqual({ run, status: 'ended' });
    expect((await stateOf())?.phase).toBe('live');
    expect((await services().engine.indexes()).filter(({ uid }) => uid.endsWith(run))).toEqual([]);
  });
});

describe('a rebuild of several entities', () => {
  const pair = [officeSearch, taskSearch];
  const phases = async () => [(await stateOf('office'))?.phase, (await stateOf('task'))?.phase];

  it('is begun for all of them or for none, when another one of some begins in the same moment', async () => {
    const before = await stateOf('office');
    const other = services().ids.next();
    // The states have been read then, and are about to be changed.
    roster.dynamodb.inject(
      (request) => operation('GetItem')(request) && request.body.includes('searchState_task'),
      firstOnly(meanwhile(() => beginRun(services(), [taskSearch], other, 'test'))),
    );
    await expect(rebuild(services(), pair, { ...options, owner: 'late' })).rejects.toMatchObject({
      code: 'SEARCH_RUN_BUSY',
    });
    expect(await stateOf('office')).toEqual(before);
    expect(await stateOf('task')).toMatchObject({ phase: 'preparing', run: other });
  });

  it('is over when somebody wants to go on with it: no other one is begun', async () => {
    expect(await resume(services(), pair, { ...options, owner: 'late' })).toBeUndefined();
    expect(await phases()).toEqual(['live', 'live']);
  });

  it('died before it had a record: the next one takes it up, also for the others', async () => {
    const revive = roster.dynamodb.inject(writeOf('searchRun_'), dies);
    await expect(rebuild(services(), pair, { ...options, owner: 'dead' })).rejects.toThrow();
    revive();
    expect(await phases()).toEqual(['preparing', 'preparing']);
    const run = (await stateOf())?.run ?? '';
    expect(await runs.get(roster.services.table, run)).toBeUndefined();
    expect(await rebuild(services(), [officeSearch], options)).toEqual({ run, status: 'soaking' });
    expect(await phases()).toEqual(['soaking', 'soaking']);
    await expectIndexEqualsTable(roster);
  });

  it('died when its record was gone and not all of its states: maintenance ends it', async () => {
    const { run } = await rebuild(services(), pair, options);
    const revive = roster.dynamodb.inject(writeOf('searchState_task', '"live"'), dies);
    await expect(join(run).then((joined) => finish(services(), joined))).rejects.toThrow();
    revive();
    expect(await phases()).toEqual(['live', 'removing']);
    expect(await runs.get(roster.services.table, run)).toBeUndefined();
    expect(await maintain(services(), 'next')).toMatchObject({ runs: { finished: [], resumed: [run], stalled: [] } });
    expect(await phases()).toEqual(['live', 'live']);
    expect(await stateOf('task')).not.toHaveProperty('run');
    expect(await runs.get(roster.services.table, run)).toBeUndefined();
    await expectIndexEqualsTable(roster);
  });
});

describe('writes that straddle a swap', () => {
  it('are sent again when the indexes were swapped under them', async () => {
    const id = await createOffice('before');
    await roster.indexed();
    await updateItem(roster.services, Office, { org, id }, { name: 'after' });
    let swapped: Promise<unknown> | undefined;
    // The first write of the batch is accepted, then the indexes are swapped, and only then the batch goes on.
    roster.meilisearch.inject(
      roster.writesTo(officeSearch.open),
      firstOnly(
        meanwhile(async () => {
          swapped = rebuild(services(), [officeSearch], { ...options, owner: 'swapper' });
          await swapped;
        }),
      ),
    );
    expect(await indexStream(eventOf(recordOf(Office.key(org, id))))).toEqual(failuresOf());
    expect(await swapped).toMatchObject({ status: 'soaking' });
    expect(await nameIn(officeSearch.open, id)).toBe('after');
    await expectIndexEqualsTable(roster);
  });

  it('wait while a swap is under way, and fail for another delivery when it does not end', async () => {
    const id = await createOffice('waiting');
    const change = (by: number) =>
      changeState(services(), officeSearch, (current) => ({ ...current, epoch: current.epoch + by }));
    await change(1);
    const applying = apply(services(), [Office.key(org, id)]);
    await until(() => roster.calls.some(({ target }) => target.includes('searchState_office')));
    await change(1);
    expect(await applying).toMatchObject({ applied: 1 });
    await change(1);
    expect(await apply(services(), [Office.key(org, id)])).toMatchObject({ applied: 0, failed: [Office.key(org, id)] });
    await change(1);
    await roster.indexed();
  });
});

describe('a swap whose outcome nobody knows', () => {
  const faults: [string, Fault][] = [
    ['the request is lost', cut],
    ['the answer is lost', loseAnswer],
  ];

  it.each(faults)('%s: it is done exactly once', async (_case, fault) => {
    roster.meilisearch.inject(requests(/^\/swap-indexes/), firstOnly(fault));
    const { run } = await rebuild(services(), searches, options);
    const { engine } = services();
    const createdOn = (await runs.get(roster.services.table, run))?.createdOn ?? '{}';
    const found = new Map((await engine.indexes()).map(({ uid, createdAt }) => [uid, createdAt]));
    for (const [name, createdAt] of Object.entries(JSON.parse(createdOn)))
      expect(found.get(name.replace(`-${run}`, ''))).toBe(createdAt);
    await expectIndexEqualsTable(roster);
  });

  it('comes late, after another one has been done: its key is not good any more', async () => {
    let late: (() => Promise<unknown>) | undefined;
    roster.meilisearch.inject(
      requests(/^\/swap-indexes/),
      firstOnly(async (_request, forward) => {
        late = forward;
        return undefined;
      }),
    );
    await rebuild(services(), searches, options);
    expect(await late?.()).toMatchObject({ status: 403 });
    await expectIndexEqualsTable(roster);
  });
});

it('an item that is deleted while it is being built is in no index', async () => {
  const id = await createOffice('short-lived');
  roster.meilisearch.inject(
    requests(/\/indexes\/[^/]*office-[^/]+\/documents\?/),
    firstOnly(meanwhile(() => deleteItem(roster.services, Office, { org, id }))),
  );
  await rebuildAll();
  expect(await nameIn(officeSearch.open, id)).toBeUndefined();
  await roster.indexed();
  await expectIndexEqualsTable(roster);
});

describe('an item that could not be indexed when the scan came to it leaves nothing in quarantine when it is', () => {
  it.each<[string, (id: string) => Promise<unknown>, string | undefined]>([
    [
      'sound by now',
      (id) => updateItem(roster.services, Office, { org, id }, { name: 'sound', location: place.location }),
      'sound',
    ],
    ['deleted by now', (id) => deleteItem(roster.services, Office, { org, id }), undefined],
  ])('%s', async (_case, change, expected) => {
    const { run } = await rebuild(services(), [officeSearch], {
      ...options,
      stopAtMs: services().clock.monotonicMs(),
    });
    const id = await createOffice('off the globe');
    const row = await roster.services.table.get(Office.key(org, id), { consistent: true });
    if (!row) throw new Error('there is no such office');
    const bad = { ...row, location: { lat: 91, lng: 0 } };
    await roster.services.table.batchWrite([{ Put: { Item: bad } }]);
    // Whoever indexes the change finds no entry to clear.
    await change(id);
    await roster.indexed();
    expect(
      await apply(services(), [Office.key(org, id)], { run, seen: seenAs([bad]), verifyLater: async () => undefined }),
    ).toEqual({
      applied: 1,
      quarantined: [],
      failed: [],
    });
    expect(await quarantineEntries.get(roster.services.table, quarantineId('office', org, id))).toBeUndefined();
    expect(await nameIn(beside(officeSearch.open, run), id)).toBe(expected);
  });
});
