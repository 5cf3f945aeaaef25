import { readFile } from 'node:fs/promises';
import type { ScheduledEvent } from 'aws-lambda';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { doctor } from '../handler.ts';
import { Records } from '../src/entities/core/records.ts';
import { createItem, updateItem } from '../src/entities/core/write.ts';
import { Office } from '../src/entities/index.ts';
import { SearchCheck } from '../src/entities/system/search-check.ts';
import type { Measurements, Metrics } from '../src/metrics.ts';
import { realClock } from '../src/runtime.ts';
import { searches } from '../src/search/all.ts';
import type { SearchIndex } from '../src/search/define.ts';
import { ALL_BUCKETS, bucketRun } from '../src/search/doctor/compare-buckets.ts';
import { comparisons } from '../src/search/doctor/comparisons.ts';
import { heal } from '../src/search/doctor/heal.ts';
import { BUCKETS, bucketOf, type Document, documentId } from '../src/search/document.ts';
import { employeeSearch, officeSearch } from '../src/search/index.ts';
import { apply } from '../src/search/indexer/apply.ts';
import { quarantineEntries } from '../src/search/indexer/quarantine.ts';
import { searchStates } from '../src/search/indexer/state.ts';
import { changeState, markDamaged, renewed, type StateValues } from '../src/search/indexer/transitions.ts';
import { type CheckUpOptions, checkUp } from '../src/search/maintenance/check-up.ts';
import { tellGauges } from '../src/search/maintenance/gauges.ts';
import { alone } from '../src/search/maintenance/lease.ts';
import { maintain } from '../src/search/maintenance/maintain.ts';
import { prepare } from '../src/search/rebuild/fill.ts';
import { Run } from '../src/search/rebuild/run.ts';
import { createCompany } from './support/company.ts';
import { firstOnly, type Match, meanwhile, type ProxiedRequest, refuse, unavailable } from './support/fault-proxy.ts';
import { documentsIn, expectIndexEqualsTable, searchEngine, uidOf } from './support/index-equality.ts';
import { type LambdaApi, startLambdaApi } from './support/lambda/api.ts';
import { contextOf } from './support/lambda/context.ts';
import { operation, type ProxiedRoster, startProxiedRoster } from './support/proxied-roster.ts';
import { rightsFor } from './support/stack/requests.ts';
import { rightsOf } from './support/stack/rights.ts';
import type { Template } from './support/stack/template.ts';

let roster: ProxiedRoster;
let ms: number;
let lambda: LambdaApi;

beforeAll(async () => {
  lambda = await startLambdaApi();
  roster = await startProxiedRoster();
  await createCompany(roster, 'acme');
  await roster.indexed();
  return async () => {
    lambda.stop();
    await roster.stop();
  };
});

beforeEach(() => {
  ms = 0;
});

const FUNCTION = 'arn:aws:lambda:eu-central-1:123456789012:function:roster-test-doctor';
const callDoctor = (leftMs?: number) => doctor({} as ScheduledEvent, contextOf(leftMs, { arn: FUNCTION }));
const names = searches.map(({ entity }) => entity.name);
const damageOf = async (entity: string) => (await searchStates.get(roster.services.table, entity))?.damage;
const comparisonOf = (entity: string) => comparisons.get(roster.services.table, entity);
const indexOf = (index: SearchIndex) => searchEngine(roster).index(uidOf(roster, index));
const liveOffices = () => indexOf(officeSearch.open);
const firstId = async () => (await liveOffices().getDocuments<{ id: string }>()).results[0]?.id ?? '';

/** What was measured, of which entity. */
const measured: [Measurements, string | undefined][] = [];
const metrics: Metrics = { put: (values, entity) => void measured.push([values, entity]) };
/** By a clock that the tests move. */
const services = () => ({ ...roster.services, metrics, clock: { ...realClock(), monotonicMs: () => ms } });
const check = (options: Partial<CheckUpOptions> = {}) =>
  checkUp(services(), { owner: 'test', maxRcu: 1_000_000, stopAtMs: 1, patienceMs: 0, ...options });
const FINISHED = { outcome: 'finished', drifting: [] };
const STEP = 20;
const progress = async () => {
  const { segments, found } = (await new Records(SearchCheck).get(roster.services.table, 'current')) ?? {};
  return [segments, found];
};
/** Calls as often as it takes, each of them with no time left, and a few rows at a time. Each must get some way. */
async function checkBitByBit() {
  for (let calls = 1; ; calls++) {
    const before = await progress();
    const checked = await check({ stopAtMs: 0, stepSize: STEP });
    if (checked?.outcome === 'finished') return { ...checked, calls };
    expect(await progress()).not.toEqual(before);
  }
}
/** Makes an item that the indexes know nothing of yet. */
const newOffice = async (location = { lat: 48, lng: 11 }) => {
  const place = { zip: '1', city: 'Munich', state: 'Bavaria', country: 'DE', location };
  const { office } = await createItem(roster.services, Office, 'acme', { ...place, name: 'New' });
  return Office.key('acme', office);
};
/** Writes documents past the indexer. */
const put = (index: SearchIndex, ...documents: Document[]) =>
  indexOf(index)
    .addDocuments([...documents])
    .waitTask();
/** Puts documents of no item into the open index of offices. */
async function putOrphans(count: number, bucket: (id: string) => number | undefined = bucketOf) {
  const [{ _bucket, ...office } = { id: '', org: 'acme' }] = Object.values(
    await documentsIn(roster, officeSearch.open),
  );
  const ids = Array.from({ length: count }, (_, i) => documentId('acme', `gone${i}`));
  const fieldsOf = (number: number | undefined) => (number === undefined ? {} : { _bucket: number });
  await put(officeSearch.open, ...ids.map((id) => ({ ...office, id, ...fieldsOf(bucket(id)) })));
}
/** One document is missing, one says something else, one belongs to nothing, and one to no item any more. */
async function damage() {
  const [missing, ...rest] = Object.values(await documentsIn(roster, officeSearch.open));
  const { restricted } = employeeSearch;
  const [employee] = restricted ? Object.values(await documentsIn(roster, restricted)) : [];
  if (!missing || !restricted || !employee) throw new Error('there is nothing to damage');
  await liveOffices().deleteDocument(missing.id).waitTask();
  await put(restricted, { ...employee, title: 'Impostor' });
  const orphan = documentId('acme', 'nobody');
  await put(officeSearch.open, { ...missing, id: orphan, _bucket: bucketOf(orphan) }, { ...missing, id: 'strange' });
  expect(rest.length).toBeGreaterThan(0);
}

it('the function compares all entities, and puts right what differs', async () => {
  const id = await firstId();
  await liveOffices().deleteDocument(id).waitTask();
  const before = Date.now();
  roster.dynamodb.requests.length = 0;
  expect(await callDoctor()).toMatchObject({ outcome: 'finished', drifting: ['office'] });
  const toTable = roster.dynamodb.requests.filter((request) => request.operation?.startsWith('DynamoDB_'));
  const roles: Template = parse(await readFile('stack/roles.yml', 'utf8'));
  expect(rightsOf(roles, 'DoctorRole')).toEqual(expect.arrayContaining(rightsFor(toTable)));
  await expectIndexEqualsTable(roster);
  for (const name of names) {
    const { comparedAt = '', drift } = (await comparisonOf(name)) ?? {};
    expect([Date.parse(comparedAt) >= before, drift]).toEqual([true, 0]);
    expect(await damageOf(name)).toBeUndefined();
  }
  expect(await callDoctor()).toMatchObject(FINISHED);
});

it('the function calls itself for as long as something is left', async () => {
  lambda.calls.length = 0;
  let calls = 1;
  for (; (await callDoctor(0))?.outcome !== 'finished'; calls++);
  expect(calls).toBeGreaterThan(names.length);
  const path = `/2015-03-31/functions/${encodeURIComponent(FUNCTION)}/invocations`;
  expect(lambda.calls).toEqual(Array(calls - 1).fill({ path, type: 'Event', event: {} }));
});

describe('a comparison', () => {
  it('reads the table once for all entities, and goes on where the call before it has ended', async () => {
    roster.dynamodb.requests.length = 0;
    const { rows } = (await check()) ?? {};
    const scans = () => roster.dynamodb.requests.filter(operation('Scan')).map(({ body }) => body);
    expect(scans()).toHaveLength(4);
    roster.dynamodb.requests.length = 0;
    const bitByBit = await checkBitByBit();
    // One row more is its own.
    expect(bitByBit.rows - (rows ?? 0)).toBeLessThanOrEqual(1);
    expect(bitByBit.calls).toBeGreaterThan(2 * names.length);
    expect(new Set(scans()).size).toBe(scans().length);
  });

  it.each([
    ['in one go', check],
    ['bit by bit', checkBitByBit],
  ])(
    '%s, finds and mends what is missing, stale, of no item, or of nothing that Roster makes',
    async (_how, compare) => {
      await damage();
      measured.length = 0;
      expect(await compare()).toMatchObject({ outcome: 'finished', drifting: ['employee', 'office'] });
      await expectIndexEqualsTable(roster);
      const drifts = measured.flatMap(([{ Drift }, entity]) => (Drift ? [[Drift, entity]] : []));
      const sumOf = (name: string) =>
        drifts.reduce((sum, [drift, entity]) => sum + (entity === name ? Number(drift) : 0), 0);
      expect([sumOf('office'), sumOf('employee')]).toEqual([3, 1]);
      expect(await check()).toMatchObject(FINISHED);
    },
  );

  const isTransaction = operation('TransactWriteItems');
  it.each<[string, Match]>([
    ['the table is read', operation('Scan')],
    ['items are looked for', operation('BatchGetItem')],
    ['it records how far it is', ({ body }) => body.includes('$searchCheck') && body.includes('PutRequest')],
    ['it notes what came of it', (request) => isTransaction(request) && request.body.includes('$searchComparison')],
    ['it ends', ({ body }) => body.includes('$searchCheck') && body.includes('DeleteRequest')],
  ])('that dies while %s goes on, and overlooks nothing', async (_when, match) => {
    await damage();
    roster.dynamodb.inject(match, firstOnly(refuse('AccessDeniedException')));
    await expect(checkBitByBit()).rejects.toThrow();
    expect(await check()).toMatchObject({ outcome: 'finished' });
    await expectIndexEqualsTable(roster);
  });

  it.each([
    ['other entities are searchable by now', { entities: 'spaceship' }],
    ['the record is one of an earlier version', { outsets: undefined }],
  ])('begins anew where %s', async (_what, changed) => {
    expect(await check({ stopAtMs: 0 })).toMatchObject({ outcome: 'unfinished' });
    const key = new Records(SearchCheck).key('current');
    const row = await roster.services.table.get(key, { consistent: true });
    const all = { ...row, ...key, ...changed };
    const Item = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    await roster.services.table.batchWrite([{ Put: { Item } }]);
    roster.dynamodb.requests.length = 0;
    expect(await check()).toMatchObject(FINISHED);
    expect(roster.dynamodb.requests.filter(operation('Scan'))).toHaveLength(4);
  });

  it('takes what is on its way for no difference, nor what is in quarantine', async () => {
    const key = await newOffice();
    const bad = await newOffice({ lat: 48, lng: 12 });
    const row = await roster.services.table.get(bad, { consistent: true });
    await roster.services.table.batchWrite([{ Put: { Item: { ...row, ...bad, location: { lat: 91, lng: 0 } } } }]);
    expect((await apply(roster.services, [bad])).quarantined).toHaveLength(1);
    const clock = realClock();
    const options = { owner: 'test', maxRcu: 1_000_000, stopAtMs: Number.POSITIVE_INFINITY, patienceMs: 60_000 };
    // Whoever looks at the item once more finds it indexed soon.
    const isLook = (request: ProxiedRequest) => operation('BatchGetItem')(request) && request.body.includes(key.pk);
    roster.dynamodb.inject(isLook, firstOnly(meanwhile(() => apply(roster.services, [key]))));
    expect(await checkUp({ ...roster.services, metrics, clock }, options)).toMatchObject(FINISHED);
    expect(Object.keys(await documentsIn(roster, officeSearch.open))).not.toContain(bad.pk);
    await expectIndexEqualsTable(roster);
  });

  it.each<[string, (id: string) => number | undefined]>([
    ['in all buckets', bucketOf],
    ['in one bucket', () => 7],
    ['in none', () => undefined],
  ])('deletes any number of documents of no items %s, a few at a time', async (_where, bucket) => {
    await putOrphans(3 * STEP, bucket);
    roster.meilisearch.requests.length = 0;
    expect(await checkBitByBit()).toMatchObject({ drifting: ['office'] });
    await expectIndexEqualsTable(roster);
    const looks = roster.meilisearch.requests.filter(({ path }) => path.endsWith('/documents/fetch'));
    const counts = looks.flatMap(({ body }) => (JSON.parse(body) as { ids?: string[] }).ids?.length ?? []);
    expect(Math.max(...counts)).toBeLessThanOrEqual(STEP);
  });

  it('comes to its end where none of them can be repaired', async () => {
    await putOrphans(3 * STEP, () => 7);
    const isWrite: Match = (request) => roster.writesTo(officeSearch.open)(request) && !request.path.endsWith('/fetch');
    const heals = roster.meilisearch.inject(isWrite, unavailable);
    await checkBitByBit();
    expect((await comparisonOf('office'))?.drift).toBe(3 * STEP);
    heals();
    expect(await heal(roster.services, [officeSearch], { patienceMs: 0 })).toMatchObject({ healthy: [officeSearch] });
  });

  it('is soon over once it is to stop, however much is wrong and however little it may read', async () => {
    await liveOffices().deleteAllDocuments().waitTask();
    await putOrphans(3 * STEP);
    const sleep = async (each: number) => {
      ms += each;
    };
    const clock = { ...services().clock, sleep };
    for (let isOver = false; !isOver; ) {
      const options = { owner: 'test', maxRcu: 1, stopAtMs: ms };
      const checked = await checkUp({ ...services(), clock }, options);
      // What the function keeps for it.
      expect(ms - options.stopAtMs).toBeLessThan(240_000);
      isOver = checked?.outcome === 'finished';
    }
    await expectIndexEqualsTable(roster);
  });

  it('uses no more capacity than it may', async () => {
    let [sleptMs, units] = [0, 0];
    const sleep = async (each: number) => {
      sleptMs += each;
    };
    const clock = { ...services().clock, sleep };
    const table = roster.services.table.observed(() => ({ capacity }) => {
      units += capacity;
    });
    const options = { owner: 'test', maxRcu: 1, stopAtMs: 1, patienceMs: 0 };
    expect(await checkUp({ ...services(), table, clock }, options)).toMatchObject(FINISHED);
    expect(units).toBeGreaterThan(5);
    expect(sleptMs).toBeGreaterThan(5_000);
  });

  it('is made by one process at a time, and by a call that is tried again', async () => {
    const during = (owner: string, ...options: Parameters<typeof check>) =>
      alone(services(), 'check-up', owner, 60_000, () => check(...options));
    expect(await during('another')).toBeUndefined();
    expect(await during('test')).toMatchObject(FINISHED);
  });

  it('makes an index anew that is gone, and fills it', async () => {
    const before = await comparisonOf('office');
    await searchEngine(roster).deleteIndex(uidOf(roster, officeSearch.open)).waitTask();
    expect(await check()).toMatchObject({ outcome: 'finished', drifting: ['office'] });
    expect(await damageOf('office')).toBeUndefined();
    expect((await comparisonOf('office'))?.comparedAt).not.toBe(before?.comparedAt);
    await expectIndexEqualsTable(roster);
  });

  it('notes one as damaged that goes meanwhile, and has not compared it', async () => {
    const before = await comparisonOf('office');
    const isList: Match = ({ method, path }) => method === 'GET' && path.startsWith('/indexes?');
    roster.meilisearch.inject(
      isList,
      firstOnly(async (_request, forward) => {
        const listed = await forward();
        await searchEngine(roster).deleteIndex(uidOf(roster, officeSearch.open)).waitTask();
        return listed;
      }),
    );
    expect(await check()).toMatchObject({ outcome: 'finished', drifting: ['office'] });
    expect(await damageOf('office')).toMatch(/^a comparison with the table found that an index was gone, 20/);
    expect(await comparisonOf('office')).toEqual(before);
    expect((await comparisonOf('task'))?.comparedAt).not.toBe(before?.comparedAt);
    expect(await heal(roster.services, [officeSearch], { patienceMs: 0 })).toMatchObject({ healthy: [officeSearch] });
    expect(await comparisonOf('office')).not.toEqual(before);
  });

  it('says nothing of indexes that have taken the place of those it began with', async () => {
    const before = await comparisonOf('office');
    const change = (next: (current: StateValues) => StateValues) => changeState(services(), officeSearch, next);
    const epochs = (count: number) => change((current) => ({ ...current, epoch: current.epoch + count }));
    expect(await check({ stopAtMs: 0 })).toMatchObject({ outcome: 'unfinished' });
    await change(renewed);
    measured.length = 0;
    expect(await check()).toMatchObject(FINISHED);
    expect(measured).toEqual(names.filter((name) => name !== 'office').map((name) => [{ Drift: 0 }, name]));
    expect(await comparisonOf('office')).toEqual(before);
    expect((await comparisonOf('task'))?.comparedAt).not.toBe(before?.comparedAt);
    // They are being exchanged: nobody knows which ones it has seen, nor which are there at its end.
    await epochs(1);
    let sleptMs = 0;
    const sleep = async (each: number) => {
      sleptMs += each;
    };
    const clock = { ...realClock(), sleep, monotonicMs: () => sleptMs };
    const options = { owner: 'test', maxRcu: undefined, stopAtMs: Number.POSITIVE_INFINITY, patienceMs: 0 };
    expect(await checkUp({ ...services(), clock }, options)).toMatchObject(FINISHED);
    expect(sleptMs).toBeGreaterThanOrEqual(10_000);
    expect(await comparisonOf('office')).toEqual(before);
    // Other indexes are written from now on beside them, which says nothing of these.
    await epochs(1);
    expect(await check({ stopAtMs: 0 })).toMatchObject({ outcome: 'unfinished' });
    await epochs(2);
    expect(await check()).toMatchObject(FINISHED);
    expect(await comparisonOf('office')).not.toEqual(before);
  });

  it('strikes the note of damage once all documents are as the table says, and not what was noted since', async () => {
    await markDamaged(services(), officeSearch, 'earlier');
    await damage();
    expect(await checkBitByBit()).toMatchObject({ drifting: ['employee', 'office'] });
    expect(await damageOf('office')).toBeUndefined();
    await markDamaged(services(), officeSearch, 'earlier');
    const isNote: Match = (request) => isTransaction(request) && request.body.includes('$searchComparison_');
    roster.dynamodb.inject(isNote, firstOnly(meanwhile(() => markDamaged(services(), officeSearch, 'later'))));
    expect(await check()).toMatchObject(FINISHED);
    expect(await damageOf('office')).toMatch(/^later, /);
    expect(await check()).toMatchObject(FINISHED);
    expect(await damageOf('office')).toBeUndefined();
  });

  it('begins anew where damage is noted meanwhile, at once or in the next call', async () => {
    const scans = () => roster.dynamodb.requests.filter(operation('Scan')).length;
    expect(await check({ stopAtMs: 0 })).toMatchObject({ outcome: 'unfinished' });
    await markDamaged(services(), officeSearch, 'between two calls');
    roster.dynamodb.requests.length = 0;
    expect(await check()).toMatchObject(FINISHED);
    expect([scans(), await damageOf('office')]).toEqual([4, undefined]);
    const isSave: Match = ({ body }) => body.includes('$searchCheck') && body.includes('PutRequest');
    let saves = 0;
    roster.dynamodb.inject(isSave, async (_request, forward) => {
      if (++saves === 2) await markDamaged(services(), officeSearch, 'in the middle');
      return forward();
    });
    roster.dynamodb.requests.length = 0;
    expect(await check()).toMatchObject(FINISHED);
    expect([scans(), await damageOf('office')]).toEqual([8, undefined]);
  });

  describe('of indexes that are damaged', () => {
    it('waits for no difference to last', async () => {
      await markDamaged(services(), officeSearch, 'lost');
      await liveOffices()
        .deleteDocument(await firstId())
        .waitTask();
      // Its clock stands still: no difference ever lasts.
      expect(await check({ patienceMs: 60_000 })).toMatchObject({ drifting: ['office'] });
      expect(await damageOf('office')).toBeUndefined();
      await expectIndexEqualsTable(roster);
    });

    it('writes again what never stops changing', async () => {
      const { id = '' } = Office.identify(await newOffice()) ?? {};
      let changes = 0;
      // Nobody ever sees its document.
      roster.meilisearch.inject(
        ({ path, body }) => path.endsWith('office/documents/fetch') && 'ids' in JSON.parse(body),
        async (_request, forward) => {
          const { status, body } = await forward();
          await updateItem(roster.services, Office, { org: 'acme', id }, { name: `change ${++changes}` });
          const { results } = JSON.parse(body.toString()) as { readonly results: readonly Document[] };
          const others = results.filter((document) => document.id !== documentId('acme', id));
          return { status, body: Buffer.from(JSON.stringify({ results: others })) };
        },
      );
      await markDamaged(services(), officeSearch, 'lost');
      const options = { owner: 'test', maxRcu: undefined, stopAtMs: Number.POSITIVE_INFINITY, patienceMs: 60_000 };
      expect(await checkUp({ ...services(), clock: realClock() }, options)).toMatchObject({ drifting: ['office'] });
      expect(await damageOf('office')).toBeUndefined();
    });
  });

  it('asks the table for no items where it has just read all of them', async () => {
    const isOfOffices: Match = (request) => operation('BatchGetItem')(request) && request.body.includes('#office_');
    await roster.indexed();
    const looks = () => roster.dynamodb.requests.filter(isOfOffices).length;
    roster.dynamodb.requests.length = 0;
    expect(await check()).toMatchObject(FINISHED);
    expect(looks()).toBe(0);
    await checkBitByBit();
    expect(looks()).toBeGreaterThan(0);
  });

  it('notes no more damage where documents of damaged indexes can not be repaired: a rebuild of them goes on', async () => {
    await markDamaged(services(), officeSearch, 'earlier');
    const noted = async () => {
      const { damage, generation } = (await searchStates.get(roster.services.table, 'office')) ?? {};
      return { damage, generation };
    };
    const before = await noted();
    await newOffice();
    const isWrite: Match = (request) => roster.writesTo(officeSearch.open)(request) && !request.path.endsWith('/fetch');
    const heals = roster.meilisearch.inject(isWrite, unavailable);
    expect(await check()).toMatchObject({ outcome: 'finished', drifting: ['office'] });
    expect(await noted()).toEqual(before);
    heals();
    expect(await check()).toMatchObject({ outcome: 'finished' });
    expect((await noted()).damage).toBeUndefined();
    await expectIndexEqualsTable(roster);
  });

  it('notes settings that somebody has changed, and not those of an earlier declaration', async () => {
    const { declaration } = (await searchStates.get(roster.services.table, 'office')) ?? {};
    await liveOffices().updateFilterableAttributes([]).waitTask();
    await changeState(services(), officeSearch, (current) => ({ ...current, declaration: 'old' }));
    expect(await check()).toMatchObject(FINISHED);
    await changeState(services(), officeSearch, (current) => ({ ...current, declaration }));
    // Noted once, however many calls it takes: maintenance may have mended it meanwhile.
    expect(await check({ stopAtMs: 0 })).toMatchObject({ outcome: 'unfinished' });
    const damage = await damageOf('office');
    expect(damage).toMatch(/settings were other than declared/);
    expect(await check()).toMatchObject({ outcome: 'finished', drifting: ['office'] });
    expect(await damageOf('office')).toBe(damage);
    expect(await heal(roster.services, [officeSearch], { patienceMs: 0 })).toMatchObject({ healthy: [officeSearch] });
    expect(await check()).toMatchObject(FINISHED);
  });

  it('leaves the indexes of a rebuild alone: it has not filled them yet', async () => {
    const values = { entities: ['office'], owner: 'test', segments: [null], rows: 0, attempts: 1, clean: 0 };
    const run = await Run.begin(services(), '0123456789abcdefghjkmnpqrs', values);
    await changeState(services(), officeSearch, (current) => ({ ...current, phase: 'preparing', run: run.id }));
    await prepare(services(), run);
    expect(await searchStates.get(roster.services.table, 'office')).toMatchObject({ phase: 'building' });
    expect(await check()).toMatchObject(FINISHED);
    await run.release();
  });
});

it.each([0, 1, 999, 10_000, 10_000_000])('runs of buckets leave none out where there are %i documents', (documents) => {
  let bucket = 0;
  for (let runs = 0; bucket < ALL_BUCKETS && runs <= ALL_BUCKETS; runs++) {
    const { from, to } = bucketRun(bucket, documents);
    expect([from, to > from]).toEqual([bucket, true]);
    // The documents without a bucket are a run of their own.
    expect(from < BUCKETS ? to <= BUCKETS : to === ALL_BUCKETS).toBe(true);
    bucket = to;
  }
  expect(bucket).toBe(ALL_BUCKETS);
});

/** What maintenance tells of an entity, time after time. */
async function gaugesOf(entity: string, at = new Date()) {
  measured.length = 0;
  await tellGauges({ ...services(), clock: { ...realClock(), now: () => at } });
  return measured.find(([, name]) => name === entity)?.[0];
}

describe('gauges', () => {
  it('tell items in quarantine for as long as they are', async () => {
    const [entry] = await quarantineEntries.list(roster.services.table, 'entries', new Date());
    for (let times = 1; times <= 2; times++) expect(await gaugesOf('office')).toMatchObject({ QuarantinedItems: 1 });
    await roster.services.table.batchWrite([{ Delete: { Key: Office.key('acme', entry?.itemId ?? '') } }]);
    await roster.indexed();
    expect(await gaugesOf('office')).toMatchObject({ QuarantinedItems: 0 });
  });

  it('tell documents that differ until they are repaired', async () => {
    const key = await newOffice();
    const isWrite: Match = (request) => roster.writesTo(officeSearch.open)(request) && !request.path.endsWith('/fetch');
    const heals = roster.meilisearch.inject(isWrite, unavailable);
    expect(await check()).toMatchObject({ outcome: 'finished', drifting: ['office'] });
    for (let times = 1; times <= 2; times++)
      expect(await gaugesOf('office')).toMatchObject({ Drift: 1, DamagedIndexes: 1 });
    expect(await gaugesOf('task')).toMatchObject({ Drift: 0, DamagedIndexes: 0 });
    heals();
    expect(await heal(roster.services, [officeSearch], { patienceMs: 0 })).toMatchObject({ healthy: [officeSearch] });
    expect(await gaugesOf('office')).toMatchObject({ Drift: 0, DamagedIndexes: 0 });
    expect((await roster.services.table.get(key))?.['name']).toBe('New');
  });

  it('tell how long ago a comparison began that came to its end, also where none ever has', async () => {
    const { comparedAt = '' } = (await comparisonOf('task')) ?? {};
    const later = (seconds: number) => new Date(Date.parse(comparedAt) + seconds * 1_000);
    expect(await gaugesOf('task', later(90_000))).toMatchObject({ ComparisonAge: 90_000 });
    await check({ stopAtMs: 0 });
    expect(await gaugesOf('task', later(90_000))).toMatchObject({ ComparisonAge: 90_000 });
    await roster.services.table.batchWrite([comparisons.delete('task')]);
    expect(await gaugesOf('task', later(0))).toEqual({ QuarantinedItems: 0, DamagedIndexes: 0, ComparisonAge: 0 });
    expect(await gaugesOf('task', later(300))).toMatchObject({ ComparisonAge: 300 });
    await checkBitByBit();
    expect((await comparisonOf('task'))?.drift).toBe(0);
  });

  it('are told by maintenance', async () => {
    measured.length = 0;
    await maintain({ ...services(), clock: realClock() }, 'test');
    const gauges = measured.filter(([values]) => 'ComparisonAge' in values);
    expect(gauges.map(([, entity]) => entity).sort()).toEqual([...names].sort());
    expect(gauges[0]?.[0]).toMatchObject({ QuarantinedItems: 0, Drift: 0, DamagedIndexes: 0 });
  });
});
