import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Persona } from '../dev/identity.ts';
import { readApiConfig } from '../src/api-config.ts';
import { createItem, deleteItem } from '../src/entities/core/write.ts';
import { Project } from '../src/entities/index.ts';
import type { Measurements } from '../src/metrics.ts';
import { EXPLAIN_HEADER } from '../src/plugins/explain.ts';
import { schema } from '../src/schema/index.ts';
import { searchPatterns } from '../src/schema/search/patterns.ts';
import { FAILURES_TO_OPEN, OPEN_SECONDS } from '../src/search/breaker.ts';
import { officeSearch, projectSearch } from '../src/search/index.ts';
import { createServer, type Server } from '../src/server.ts';
import { createApiServices } from '../src/services.ts';
import { type Company, createCompany } from './support/company.ts';
import { cut, type Fault, firstOnly, hang, type Match, meanwhile, unavailable } from './support/fault-proxy.ts';
import { recordLog } from './support/log.ts';
import { type ProxiedRoster, startProxiedRoster } from './support/proxied-roster.ts';
import type { Answer } from './support/roster.ts';

/** What clients are promised, milliseconds. */
const PROMISE_MS = 3_000;
/** Longer than the circuit stays open. */
const BACK = { timeout: 4 * OPEN_SECONDS * 1_000, interval: 50 };
const isSearch: Match = ({ path }) => path === '/multi-search';

let roster: ProxiedRoster;
let acme: Company;
let log: ReturnType<typeof recordLog>;
let measured: Measurements[];
let server: Server;

beforeAll(async () => {
  roster = await startProxiedRoster();
  acme = await createCompany(roster, 'acme');
  await roster.indexed();
  return () => roster.stop();
});

/** A process of its own, as far as the circuit goes. */
function startProcess(overrides: Readonly<Record<string, string>> = {}): void {
  const metrics = { put: (values: Measurements) => void measured.push(values) };
  const config = readApiConfig({ ...roster.env, ...overrides });
  server = createServer(createApiServices(config, { clock: roster.clock, log, metrics }));
}

beforeEach(() => {
  log = recordLog();
  measured = [];
  startProcess();
  roster.meilisearch.requests.length = 0;
});

async function ask(query: string, persona: Persona = acme.as.admin, headers = {}): Promise<Answer> {
  const authorization = `Bearer ${await roster.token(persona)}`;
  const response = await server.fetch('http://roster.test/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization, ...headers },
    body: JSON.stringify({ query }),
  });
  return { status: response.status, headers: response.headers, ...(await response.json()) };
}

const OFFICES = '{ searchOffices(query: "campus") { edges { node { name } } } }';
const FOUND = { searchOffices: { edges: [{ node: { name: 'Campus' } }] } };
const HEALTH = '{ searchHealth { engine { available circuit } } }';

const search = () => ask(OFFICES);
const LOST: Persona = { org: 'lost', role: 'ADMIN' };
/** Stands for a write of {@link LOST} that no index holds before the test ends. */
async function lostWrite(): Promise<string> {
  roster.hold(officeSearch.open);
  const office =
    '{ name: "Unseen", zip: "1", city: "Graz", state: "S", country: "AT", location: { lat: 47, lng: 15 } }';
  const { data } = await ask(`mutation { createOffice(input: ${office}) { ... on Office { writeToken } } }`, LOST);
  return data.createOffice.writeToken;
}
const engine = async () => (await ask(HEALTH)).data.searchHealth.engine;
const searchesSent = () => roster.meilisearch.requests.filter(isSearch).length;
const circuitLog = () => log.entries.flatMap(({ level, circuit }) => (circuit ? [[level, circuit]] : []));

const unanswered = { code: 'SEARCH_UNAVAILABLE', retryable: true, retryAfterSeconds: 1 };
const unsent = { ...unanswered, retryAfterSeconds: OPEN_SECONDS };

const refused: Fault = async () => ({
  status: 400,
  body: Buffer.from('{"message":"no","code":"invalid_search_filter","type":"invalid_request","link":""}'),
});
const answering =
  (status: number, body: string): Fault =>
  async () => ({ status, body: Buffer.from(body) });

/** Makes searches fail until the circuit is open. */
async function openCircuit(fault: Fault = unavailable): Promise<() => void> {
  const heal = roster.meilisearch.inject(isSearch, fault);
  for (let i = 0; i < FAILURES_TO_OPEN; i++) expect((await search()).errors?.[0]?.extensions).toEqual(unanswered);
  return heal;
}

const searchFields = searchPatterns(schema).map(({ field }) => field.replace('Query.', ''));
const REQUIRED: Readonly<Record<string, string>> = {
  search: '(query: "a")',
  comparableSalaries: '(title: "a", country: "DE", salary: { amount: 1, currency: "EUR" })',
};
const ALL = searchFields.map((name) => `${name}${REQUIRED[name] ?? ''} { totalCount }`).join(' ');

describe('every search answers an error to try again by, and everything else of the operation its data', () => {
  const outages: [string, Fault][] = [
    ['never answers', hang],
    ['cuts connections', cut],
    ['answers 503', unavailable],
    ['answers 500 without JSON', answering(500, '<html>Internal Server Error</html>')],
    ['has too many searches in its queue', answering(503, '{"code":"too_many_search_requests"}')],
    ['limits how often it is asked', answering(429, '{"code":"too_many_requests"}')],
  ];

  it.each(outages)('when Meilisearch %s', async (_outage, fault) => {
    expect(searchFields.length).toBeGreaterThan(6);
    roster.meilisearch.inject(isSearch, fault);
    const { data, errors = [] } = await ask(`{ ${ALL} viewer { organization } offices { totalCount } }`);
    expect(errors.map(({ path, extensions }) => [path, extensions])).toEqual(
      // One that reads the table first comes when the others have opened the circuit, or before that.
      expect.arrayContaining(
        searchFields.map((name) => [[name], { ...unanswered, retryAfterSeconds: expect.any(Number) as number }]),
      ),
    );
    expect(errors).toHaveLength(searchFields.length);
    expect(data).toEqual({
      ...Object.fromEntries(searchFields.map((name) => [name, null])),
      viewer: { organization: 'acme' },
      offices: { totalCount: 3 },
    });
  });

  it('not when a connection was closed that had been kept: it is sent once more', async () => {
    expect((await search()).data).toEqual(FOUND);
    roster.meilisearch.inject(isSearch, firstOnly(cut));
    const { data, errors, extensions } = await ask(OFFICES, acme.as.admin, { [EXPLAIN_HEADER]: '1' });
    expect([data, errors]).toEqual([FOUND, undefined]);
    // The one that was answered, the one that was cut, and the one that was sent instead.
    expect(searchesSent()).toBe(3);
    expect(extensions.explain.totals.searchCalls).toBe(1);
    roster.meilisearch.inject(({ path }) => path === '/stats', firstOnly(cut));
    expect(await engine()).toEqual({ available: true, circuit: 'CLOSED' });
  });

  it('when nobody listens there', async () => {
    const gone = createHttpServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as AddressInfo;
    gone.close();
    await once(gone, 'close');
    startProcess({ MEILI_HOST: `http://127.0.0.1:${port}` });
    expect((await search()).errors?.map(({ extensions }) => extensions)).toEqual([unanswered]);
  });
});

it('a search that is never answered fails within three seconds when nothing is configured', async () => {
  // Whatever is made at the first request is made.
  await ask('{ viewer { role } }');
  roster.meilisearch.inject(isSearch, hang);
  const started = performance.now();
  expect((await ask(`{ ${ALL} }`)).errors).toHaveLength(searchFields.length);
  expect(performance.now() - started).toBeLessThan(PROMISE_MS);
});

it('and so does one that takes several requests, of which a later one is never answered', async () => {
  const args = `query: "unseen", afterWrite: "${await lostWrite()}"`;
  const started = performance.now();
  const isEarly = () => performance.now() - started < 1_500;
  // Both fields wait for the write for two seconds, and ask for it together. What is sent late alone would be in time.
  roster.meilisearch.inject(isSearch, (request, forward) => (isEarly() ? forward() : hang(request, forward)));
  const { errors } = await ask(`{ searchOffices(${args}) { stale } search(${args}) { stale } }`, LOST);
  expect(errors?.map(({ extensions }) => extensions)).toEqual([unanswered, unanswered]);
  expect(performance.now() - started).toBeLessThan(PROMISE_MS);
});

it('a page that can not be filled up in time has what was found, and goes on from there', async () => {
  const org = 'few';
  const ids: string[] = [];
  for (const name of ['A', 'B', 'C']) {
    const { project } = await createItem(roster.services, Project, org, { name, status: 'active' });
    ids.push(project);
  }
  await roster.indexed();
  roster.hold(projectSearch.open);
  await deleteItem(roster.services, Project, { org, id: ids[0] ?? '' });
  let sent = 0;
  roster.meilisearch.inject(isSearch, async (request, forward) => {
    if (sent++ > 0) return hang(request, forward);
    // Alone, each of both requests would be in time.
    await setTimeout(1_500);
    return forward();
  });
  const started = performance.now();
  const { data, errors } = await ask(
    '{ searchProjects(orderBy: [{ by: NAME }], first: 2) { edges { node { name } } pageInfo { hasNextPage endCursor } } }',
    { org, role: 'HR' },
  );
  expect(performance.now() - started).toBeLessThan(PROMISE_MS);
  expect(errors).toBeUndefined();
  const endCursor = expect.any(String) as string;
  expect(data.searchProjects).toEqual({ edges: [{ node: { name: 'B' } }], pageInfo: { hasNextPage: true, endCursor } });
});

it('a page in the second year takes one search, too: two could last longer than three seconds', async () => {
  roster.clock.set('2026-12-20T12:00:00Z');
  onTestFinished(() => roster.clock.set('2026-06-30T09:00:00.000Z'));
  const page = (after: string) =>
    ask(`{ upcomingBirthdays(withinDays: 90, first: 1${after}) {
      totalCount edges { node { date employee { firstName } } } pageInfo { endCursor } } }`);
  const seen: string[] = [];
  let after = '';
  for (let i = 0; i < 3; i++) {
    roster.meilisearch.requests.length = 0;
    const { upcomingBirthdays } = (await page(after)).data;
    expect(searchesSent()).toBe(1);
    expect(upcomingBirthdays.totalCount).toBe(3);
    seen.push(...upcomingBirthdays.edges.map(({ node }: { node: { date: string } }) => node.date));
    after = `, after: "${upcomingBirthdays.pageInfo.endCursor}"`;
  }
  expect(seen).toEqual(['2027-01-05', '2027-01-05', '2027-02-28']);
});

describe('the circuit', () => {
  it('opens: searches fail at once, unsent, and what looks at the engine tells the truth', async () => {
    const heal = await openCircuit();
    expect(await engine()).toEqual({ available: true, circuit: 'OPEN' });
    const { errors } = await search();
    expect(errors).toMatchObject([{ extensions: unsent, message: expect.stringContaining('was not sent') }]);
    expect(searchesSent()).toBe(FAILURES_TO_OPEN);
    roster.meilisearch.inject(() => true, cut);
    expect(await engine()).toEqual({ available: false, circuit: 'OPEN' });
    expect(circuitLog()).toEqual([['warn', 'open']]);
    expect(measured).toEqual([{ CircuitOpenings: 1 }]);
    heal();
  });

  it('closes by itself once the server is back', async () => {
    const heal = await openCircuit();
    heal();
    expect((await search()).errors).toHaveLength(1);
    await vi.waitUntil(async () => (await search()).errors === undefined, BACK);
    expect(await engine()).toEqual({ available: true, circuit: 'CLOSED' });
    expect((await search()).data).toEqual(FOUND);
    expect(circuitLog()).toEqual([
      ['warn', 'open'],
      ['info', 'half-open'],
      ['info', 'closed'],
    ]);
  });

  it('lets one search through to see, while others fail at once', async () => {
    // Time enough to look around while it is held.
    startProcess({ SEARCH_TIMEOUT_MS: '30000' });
    const heal = await openCircuit();
    heal();
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    roster.meilisearch.inject(
      isSearch,
      meanwhile(() => held),
    );
    const answers: Promise<Answer>[] = [];
    await vi.waitUntil(() => {
      if (searchesSent() === FAILURES_TO_OPEN) answers.push(search());
      return searchesSent() > FAILURES_TO_OPEN;
    }, BACK);
    expect(await engine()).toEqual({ available: true, circuit: 'HALF_OPEN' });
    expect((await search()).errors).toMatchObject([{ extensions: unsent }]);
    expect(searchesSent()).toBe(FAILURES_TO_OPEN + 1);
    release();
    const all = await Promise.all(answers);
    expect(all.filter(({ errors }) => errors === undefined)).toMatchObject([{ data: FOUND }]);
    expect(await engine()).toEqual({ available: true, circuit: 'CLOSED' });
  });

  it.each<[string, () => Promise<string>]>([
    ['', async () => OFFICES],
    // Which asks for the write alone before it asks for hits.
    [
      ': that of a search that waits',
      async () => `{ search(query: "a", afterWrite: "${await lostWrite()}") { stale } }`,
    ],
  ])('opens again when that one is not answered%s', async (_which, query) => {
    startProcess({ SEARCH_TIMEOUT_MS: '300', SEARCH_AFTER_WRITE_MS: '100' });
    const probe = await query();
    await openCircuit();
    roster.meilisearch.inject(isSearch, hang);
    await vi.waitUntil(async () => {
      await ask(probe, LOST);
      return searchesSent() > FAILURES_TO_OPEN;
    }, BACK);
    expect(searchesSent()).toBe(FAILURES_TO_OPEN + 1);
    expect((await engine()).circuit).toBe('OPEN');
    expect(measured).toEqual([{ CircuitOpenings: 1 }, { CircuitOpenings: 1 }]);
  });

  it('is not opened by refusals, which are answers', async () => {
    const heal = roster.meilisearch.inject(isSearch, refused);
    for (let i = 0; i < 2 * FAILURES_TO_OPEN; i++)
      expect((await search()).errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
    heal();
    expect((await search()).data).toEqual(FOUND);
    expect(circuitLog()).toEqual([]);
  });

  it.each<[string, Fault | undefined]>([
    ['found something', undefined],
    ['were refused', refused],
  ])('is not opened by failures that lie between searches that %s', async (_case, between) => {
    for (let i = 0; i < 2 * FAILURES_TO_OPEN; i++) {
      const heal = roster.meilisearch.inject(
        isSearch,
        i % 2 === 0 ? unavailable : (between ?? ((_asked, pass) => pass())),
      );
      await search();
      heal();
    }
    expect((await engine()).circuit).toBe('CLOSED');
    expect(searchesSent()).toBe(2 * FAILURES_TO_OPEN);
  });

  it('is shared by operations at the same time, of all organizations, explained or not', async () => {
    roster.meilisearch.inject(isSearch, hang);
    const explained = { [EXPLAIN_HEADER]: '1' };
    await Promise.all(
      Array.from({ length: FAILURES_TO_OPEN }, (_, i) => ask(OFFICES, acme.as.admin, i % 2 ? {} : explained)),
    );
    expect((await engine()).circuit).toBe('OPEN');
    expect((await ask(OFFICES, { org: 'globex', role: 'CLIENT' })).errors).toMatchObject([{ extensions: unsent }]);
    const { extensions } = await ask(OFFICES, acme.as.admin, explained);
    expect(extensions.explain.totals.searchCalls).toBe(0);
    expect(searchesSent()).toBe(FAILURES_TO_OPEN);
  });
});

it('writes go on while Meilisearch is away, and can be found once the stream has caught up', async () => {
  const heal = roster.meilisearch.inject(() => true, unavailable);
  const { data } = await ask(`mutation { createOffice(input: {
    name: "Meanwhile", zip: "8010", city: "Graz", state: "Steiermark", country: "AT", location: { lat: 47.07, lng: 15.44 }
  }) { ... on Office { id } } }`);
  const { id } = data.createOffice;
  const find = () => ask('{ searchOffices(query: "meanwhile") { edges { node { id } } } }');
  expect((await find()).errors).toMatchObject([{ extensions: unanswered }]);
  heal();
  await roster.indexed();
  expect((await find()).data).toEqual({ searchOffices: { edges: [{ node: { id } }] } });
});
