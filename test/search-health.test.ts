import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ROLES } from '../src/auth/viewer.ts';
import type { Row } from '../src/entities/core/statements.ts';
import { Office, Task } from '../src/entities/index.ts';
import { realClock } from '../src/runtime.ts';
import { searches } from '../src/search/all.ts';
import { comparisonPut } from '../src/search/doctor/comparisons.ts';
import { heal } from '../src/search/doctor/heal.ts';
import { employeeSearch, officeSearch } from '../src/search/index.ts';
import { createIndexer } from '../src/search/indexer/indexer.ts';
import { changeState, markDamaged } from '../src/search/indexer/transitions.ts';
import { writerRecords } from '../src/search/indexer/writers.ts';
import { finish } from '../src/search/rebuild/place.ts';
import { rebuild } from '../src/search/rebuild/rebuild.ts';
import { Run } from '../src/search/rebuild/run.ts';
import { createCompany } from './support/company.ts';
import { cut, type Fault, hang, type Match, unavailable } from './support/fault-proxy.ts';
import { searchEngine, uidOf } from './support/index-equality.ts';
import { operation, type ProxiedRoster, startProxiedRoster } from './support/proxied-roster.ts';
import { NOW } from './support/roster.ts';
import { eventOf, recordOf } from './support/stream-events.ts';

let roster: ProxiedRoster;
const org = 'acme';
const TIMEOUT_MS = 400;

beforeAll(async () => {
  roster = await startProxiedRoster({ SEARCH_TIMEOUT_MS: String(TIMEOUT_MS) });
  await createCompany(roster, org);
  await roster.indexed();
  return () => roster.stop();
});

beforeEach(() => roster.clock.set(NOW));

const QUERY = `{
  searchHealth {
    engine { available problem pendingTasks }
    entities {
      type phase damage isOutdated quarantined
      indexes { name documents }
      comparison { startedAt drift }
      rebuild { run startedAt rows segments segmentsDone isAlive soakUntil }
    }
    lastBatch { endedAt lagSeconds records applied quarantined failed }
    suspects
  }
}`;

const ask = (role: (typeof ROLES)[number] = 'ADMIN') => roster.graphql({ org, role }, QUERY);

async function health() {
  const { data, errors } = await ask();
  expect(errors).toBeUndefined();
  return data.searchHealth;
}

interface EntityAnswer {
  readonly type: string;
}

const officeHealth = async () => (await health()).entities.find(({ type }: EntityAnswer) => type === 'OFFICE');

const toEngine: Match = ({ path }) => /^\/(stats|tasks)/.test(path);
const services = () => ({ ...roster.services, clock: realClock() });

it.each(ROLES.filter((role) => role !== 'ADMIN'))('is not open to the role %s', async (role) => {
  const { data, errors } = await ask(role);
  expect(data).toEqual({ searchHealth: null });
  expect(errors?.map(({ message, extensions }) => [extensions['code'], message])).toEqual([
    ['FORBIDDEN', `Query.searchHealth is not open to the role ${role}. For ADMIN.`],
  ]);
});

it('tells of indexes that follow the table', async () => {
  const { entities, engine, suspects } = await health();
  expect(engine).toEqual({ available: true, problem: null, pendingTasks: expect.any(Number) });
  expect(suspects).toBe(0);
  expect(entities.map(({ type }: EntityAnswer) => type)).toEqual(['EMPLOYEE', 'OFFICE', 'PROJECT', 'TASK']);
  expect(entities[0]).toEqual({
    type: 'EMPLOYEE',
    phase: 'LIVE',
    damage: null,
    isOutdated: false,
    quarantined: 0,
    indexes: [
      { name: 'employee', documents: 3 },
      { name: 'employee_restricted', documents: 3 },
    ],
    comparison: null,
    rebuild: null,
  });
});

it('tells of the last comparison', async () => {
  const startedAt = new Date(Date.parse(NOW) - 5_000);
  await roster.services.table.batchWrite([comparisonPut(officeSearch, startedAt, 3, roster.clock.now())]);
  expect((await officeHealth()).comparison).toEqual({ startedAt: startedAt.toISOString(), drift: 3 });
  const since = new Date();
  await heal(services(), [officeSearch], { patienceMs: 0 });
  const { comparison } = await officeHealth();
  expect(comparison.drift).toBe(0);
  expect(Date.parse(comparison.startedAt)).toBeGreaterThanOrEqual(since.getTime());
});

it('tells of the last batch that any process has reported', async () => {
  roster.clock.set('2026-06-30T09:00:04.600Z');
  await createIndexer(roster.services)(eventOf(recordOf(Task.key(org, 'none')), recordOf(Task.key(org, 'none'))));
  expect((await health()).lastBatch).toEqual({
    endedAt: '2026-06-30T09:00:04.600Z',
    lagSeconds: 5,
    records: 2,
    applied: 1,
    quarantined: 0,
    failed: 0,
  });
});

describe('without the search engine it answers in the time of a search, and says why', () => {
  const cases: [string, Fault, string | RegExp][] = [
    ['never answers', hang, /^the search engine did not answer; .* \(.*(abort|time).*\)$/i],
    ['cuts connections', cut, /^the search engine did not answer; .*$/],
    ['is overloaded', unavailable, /^the search engine did not answer; .*$/],
    [
      'refuses the key',
      async () => ({
        status: 403,
        body: Buffer.from(
          '{"message":"The provided API key is invalid.","code":"invalid_api_key","type":"auth","link":""}',
        ),
      }),
      /^The provided API key is invalid\.$/,
    ],
  ];

  it.each(cases)('when it %s', async (_case, fault, problem) => {
    await markDamaged(services(), officeSearch, 'lost while nobody looked');
    roster.meilisearch.inject(toEngine, fault);
    const started = performance.now();
    const { engine, entities, lastBatch } = await health();
    // Far from what the request of a write may take.
    expect(performance.now() - started).toBeLessThan(20 * TIMEOUT_MS);
    expect(engine).toEqual({ available: false, problem: expect.stringMatching(problem), pendingTasks: null });
    expect(lastBatch).not.toBeNull();
    expect(entities[1]).toMatchObject({
      damage: expect.stringContaining('lost while nobody looked'),
      indexes: [{ name: 'office', documents: null }],
    });
    await changeState(services(), officeSearch, (current) => ({ ...current, damage: undefined }));
  });

  it('when only its list of tasks is missing', async () => {
    roster.meilisearch.inject(({ path }) => path.startsWith('/tasks'), hang);
    expect((await health()).engine).toMatchObject({ available: false });
  });
});

it('without the table there is nothing to tell', async () => {
  roster.dynamodb.inject(operation('BatchGetItem'), unavailable);
  const { data, errors } = await ask();
  expect(data).toEqual({ searchHealth: null });
  expect(errors?.map(({ extensions }) => extensions['code'])).toEqual(['SERVICE_UNAVAILABLE']);
});

it('tells of an index that was built by another declaration', async () => {
  const before = await changeState(services(), officeSearch, () => undefined);
  await changeState(services(), officeSearch, (current) => ({ ...current, declaration: 'of-yesterday' }));
  expect(await officeHealth()).toMatchObject({ isOutdated: true, phase: 'LIVE' });
  await changeState(services(), officeSearch, () => before);
  expect(await officeHealth()).toMatchObject({ isOutdated: false });
});

it('tells how many items are in quarantine, by type, and no more of them', async () => {
  const key = Office.key(org, 'nowhere');
  const values = { name: 'X', zip: '1', city: 'Graz', state: 'S', country: 'AT', location: { lat: 91, lng: 0 } };
  const managed = { org, office: 'nowhere', version: 1, createdAt: NOW, updatedAt: NOW };
  const item = Office.put({ ...managed, ...values }).Put.Item as Row;
  await roster.services.table.batchWrite([{ Put: { Item: item } }]);
  await roster.indexed();
  const { entities } = await health();
  expect(entities.map(({ quarantined }: { quarantined: number }) => quarantined)).toEqual([0, 1, 0, 0]);
  await roster.services.table.batchWrite([{ Delete: { Key: key } }]);
  await roster.indexed();
  expect(await officeHealth()).toMatchObject({ quarantined: 0 });
});

it('tells of an index that is gone', async () => {
  await searchEngine(roster).deleteIndex(uidOf(roster, officeSearch.open)).waitTask();
  const { engine, entities } = await health();
  expect(engine.available).toBe(true);
  expect(entities[1].indexes).toEqual([{ name: 'office', documents: null }]);
  await createIndexer(services())(eventOf());
  expect(await officeHealth()).toMatchObject({
    damage: expect.stringContaining('was gone'),
    indexes: [{ name: 'office', documents: 0 }],
  });
  await changeState(services(), officeSearch, (current) => ({ ...current, damage: undefined }));
});

it('tells how far a rebuild is, while it is broken off and while it soaks', async () => {
  const options = { owner: 'test', soakMs: 60_000, patienceMs: 200 };
  const stopAtMs = performance.now() - 1;
  const { run, status } = await rebuild(services(), [employeeSearch], { ...options, stopAtMs });
  expect(status).toBe('unfinished');
  roster.clock.set(new Date(Date.now() + 1).toISOString());
  const [broken, office] = (await health()).entities;
  expect(broken).toMatchObject({
    type: 'EMPLOYEE',
    phase: 'BUILDING',
    rebuild: { run, startedAt: expect.any(String), segments: 8, isAlive: false, soakUntil: null },
    indexes: [
      { name: 'employee', documents: 3 },
      { name: 'employee_restricted', documents: 3 },
      { name: `employee-${run}`, documents: expect.any(Number) },
      { name: `employee_restricted-${run}`, documents: expect.any(Number) },
    ],
  });
  expect(broken.rebuild.segmentsDone).toBeLessThan(8);
  expect(office.rebuild).toBeNull();
  await rebuild(services(), [employeeSearch], options);
  const [soaking] = (await health()).entities;
  expect(soaking).toMatchObject({
    phase: 'SOAKING',
    rebuild: { run, segmentsDone: 8, rows: expect.any(Number), soakUntil: expect.stringMatching(/^20.*Z$/) },
  });
  expect(soaking.rebuild.rows).toBeGreaterThan(10);
  const joined = await Run.join(services(), run, 'test');
  if (joined) await finish(services(), joined);
  expect((await health()).entities[0]).toMatchObject({ phase: 'LIVE', rebuild: null });
});

it('counts writers whose requests may still arrive, not those at work', async () => {
  const before = (await health()).suspects;
  const now = new Date(NOW);
  const ids = [randomUUID(), randomUUID(), randomUUID()] as const;
  const later = '2026-06-30T09:10:00.000Z';
  const writers = [
    writerRecords.put(ids[0], { expiresOn: later }, now),
    writerRecords.put(ids[1], { expiresOn: NOW, fencedAt: NOW }, now),
    writerRecords.put(ids[2], { expiresOn: '2026-06-30T08:00:00.000Z' }, now),
  ];
  await roster.services.table.batchWrite(writers);
  expect((await health()).suspects).toBe(before + 2);
  await roster.services.table.batchWrite(ids.map((id) => writerRecords.delete(id)));
});

it('counts the tasks that are waiting', async () => {
  const tasks = (path: string) => path.startsWith('/tasks');
  roster.meilisearch.inject(
    ({ path }) => tasks(path),
    async () => ({ status: 200, body: Buffer.from('{"results":[],"total":7,"limit":1,"from":0,"next":null}') }),
  );
  expect((await health()).engine).toEqual({ available: true, problem: null, pendingTasks: 7 });
  expect(roster.meilisearch.requests.filter(({ path }) => tasks(path)).at(-1)?.path).toMatch(
    /statuses=enqueued%2Cprocessing.*limit=1|limit=1.*statuses=enqueued%2Cprocessing/,
  );
});

it('costs one round trip: a BatchGet, a count of quarantine by type, two lists, and two questions to the engine', async () => {
  roster.trips.length = 0;
  roster.meilisearch.requests.length = 0;
  await health();
  const sent = roster.trips.map((trip) =>
    trip.map(({ operation: name, counts }) => `${name}${counts ? ' count' : ''}`),
  );
  expect(sent.map((trip) => trip.sort())).toEqual([
    ['BatchGetItem', 'Query', 'Query', ...searches.map(() => 'Query count')],
  ]);
  expect(roster.meilisearch.requests.map(({ path }) => path.split('?')[0]).sort()).toEqual(['/stats', '/tasks']);
});
