import { beforeAll, beforeEach, expect, it } from 'vitest';
import { batchRecords, LAST_BATCH } from '../src/search/indexer/batch-report.ts';
import { createServer } from '../src/server.ts';
import { hang, unavailable } from './support/fault-proxy.ts';
import { recordLog } from './support/log.ts';
import { type ProxiedRoster, startProxiedRoster } from './support/proxied-roster.ts';

let roster: ProxiedRoster;
let now = Date.parse('2026-06-30T09:00:00Z');
const log = recordLog();

beforeAll(async () => {
  roster = await startProxiedRoster();
  return () => roster.stop();
});

// Every test looks anew.
beforeEach(() => {
  now += 60_000;
  roster.clock.set(new Date(now).toISOString());
  log.entries.length = 0;
});

async function probe(path: string, init: RequestInit = {}) {
  const { clock } = roster;
  const impatient = { ...clock, sleep: (ms: number, signal?: AbortSignal) => clock.sleep(Math.min(ms, 300), signal) };
  const server = createServer({ ...roster.services, clock: impatient, log });
  const response = await server.fetch(new Request(`http://roster.test${path}`, init));
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const ready = (checks: object) => ({ status: 'ready', checks: { table: true, index: true, lag: true, ...checks } });
const anything = () => true;

it('a process is healthy, whatever is away', async () => {
  roster.dynamodb.inject(anything, hang);
  roster.meilisearch.inject(anything, hang);
  const { status, text, headers } = await probe('/health');
  expect([status, text]).toEqual([200, '']);
  expect(headers.get('cache-control')).toBe('no-store');
});

it('is ready when table and indexes are', async () => {
  const { status, text } = await probe('/ready');
  expect([status, JSON.parse(text)]).toEqual([200, ready({})]);
});

it.each([
  ['the table', 'table', 'dynamodb', hang, { table: false, lag: false }],
  ['the table fails', 'table', 'dynamodb', unavailable, { table: false, lag: false }],
  ['the search engine', 'search engine', 'meilisearch', hang, { index: false }],
  ['the search engine fails', 'search engine', 'meilisearch', unavailable, { index: false }],
] as const)(
  'is not ready while %s does not answer, and says in the log alone why',
  async (_what, name, server, fault, checks) => {
    roster[server].inject(anything, fault);
    const { status, text } = await probe('/ready');
    expect([status, JSON.parse(text)]).toEqual([503, { ...ready(checks), status: 'not ready' }]);
    expect(log.entries).toMatchObject([{ level: 'warn', msg: `not ready: the ${name} does not answer` }]);
  },
);

it('is not ready without its indexes', async () => {
  const index = `${roster.env['SEARCH_INDEX_PREFIX']}employee`;
  roster.meilisearch.inject(
    ({ path }) => path.startsWith('/stats'),
    async (_request, forward) => {
      const { status, body } = await forward();
      return { status, body: Buffer.from(body.toString().replace(`"${index}"`, '"nobody"')) };
    },
  );
  expect(JSON.parse((await probe('/ready')).text).checks).toEqual({ table: true, index: false, lag: true });
});

it.each([
  ['is ready a little behind', 300, 0, true],
  ['is not ready when far behind', 301, 0, false],
  ['is ready when it was far behind, and nothing was written since', 301, 300, true],
])('%s', async (_what, lagSeconds, agoSeconds, lag) => {
  const endedAt = new Date(now - agoSeconds * 1_000);
  const batch = { endedAt: endedAt.toISOString(), lagSeconds, records: 1, applied: 1, quarantined: 0, failed: 0 };
  await roster.services.table.batchWrite([batchRecords.put(LAST_BATCH, batch, endedAt)]);
  const { status, text } = await probe('/ready');
  expect([status, JSON.parse(text).checks.lag]).toEqual([lag ? 200 : 503, lag]);
});

it('looks every five seconds at most, however often anybody asks', async () => {
  const server = createServer(roster.services);
  const ask = async () => (await server.fetch(new Request('http://roster.test/ready'))).status;
  roster.dynamodb.requests.length = 0;
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([200, 200, 200]);
  now += 4_999;
  roster.clock.set(new Date(now).toISOString());
  await ask();
  expect(roster.dynamodb.requests).toHaveLength(1);
  now += 1;
  roster.clock.set(new Date(now).toISOString());
  await ask();
  expect(roster.dynamodb.requests).toHaveLength(2);
});

it('takes GET alone, and no other address', async () => {
  expect((await probe('/ready', { method: 'POST' })).status).toBe(404);
  for (const path of ['/ready/x', '/constructor', '/']) expect((await probe(path)).status).toBe(404);
});
