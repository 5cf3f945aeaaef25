import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type MeilisearchServer, startMeilisearch } from '../dev/servers/meilisearch.ts';
import { indexStream } from '../handler.ts';
import { createItem, deleteItem, updateItem } from '../src/entities/core/write.ts';
import { Office } from '../src/entities/index.ts';
import { realLogger } from '../src/logger.ts';
import { officeSearch } from '../src/search/index.ts';
import { searchStates } from '../src/search/indexer/state.ts';
import { applyStream } from '../src/search/indexer/stream.ts';
import { createUpkeep } from '../src/search/indexer/upkeep.ts';
import { until } from './fixtures/processes.ts';
import { createCompany } from './support/company.ts';
import { type Fault, firstOnly, type Match, meanwhile } from './support/fault-proxy.ts';
import { documentsIn, expectIndexEqualsTable, searchEngine, uidOf } from './support/index-equality.ts';
import { recordLog } from './support/log.ts';
import { type ProxiedRoster, startProxiedRoster } from './support/proxied-roster.ts';
import { eventOf, failuresOf, recordOf } from './support/stream-events.ts';

let roster: ProxiedRoster;
let server: MeilisearchServer;
const org = 'acme';
const index = officeSearch.open;

// A search engine of this file's own: it is killed, and its indexes are deleted under the writers.
beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'roster-outage-'));
  server = await startMeilisearch({
    dataDir: join(dir, 'meilisearch'),
    cacheDir: join(dir, 'bin'),
    logFile: join(dir, 'meilisearch.log'),
    masterKey: 'a-master-key-for-outages',
    restart: true,
    log: realLogger({ level: 'silent' }),
  });
  roster = await startProxiedRoster({ MEILI_HOST: server.host, MEILI_API_KEY: server.masterKey });
  await createCompany(roster, org);
  return async () => {
    await roster.stop();
    await server.process.stop();
    await rm(dir, { recursive: true, force: true });
  };
});

async function kill(): Promise<void> {
  const { pid } = server.process;
  process.kill(pid, 'SIGKILL');
  await vi.waitUntil(() => !isAlive(pid), { timeout: 20_000, interval: 5 });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const place = { zip: '1', city: 'Graz', state: 'Steiermark', country: 'AT', location: { lat: 47, lng: 15 } };
const office = async (name: string) => (await createItem(roster.services, Office, org, { ...place, name })).office;

beforeEach(() => vi.waitUntil(() => roster.services.search.healthy(), { timeout: 20_000 }));

/** Every record of the table once more, as often as it takes: what a rebuild amounts to. */
async function deliverAll(): Promise<void> {
  const poller = roster.poller(indexStream);
  poller.start();
  await poller.caughtUp();
  await poller.stop();
}

it('a server that answers 202 and dies has done nothing yet: the batch waits until it is back and has', async () => {
  await deliverAll();
  const id = await office('survivor');
  const record = recordOf(Office.key(org, id));
  roster.meilisearch.inject(roster.writesTo(index), firstOnly(meanwhile(kill)));
  expect(await indexStream(eventOf(record))).toEqual(failuresOf());
  expect((await documentsIn(roster, index))[`${org}_${id}`]).toMatchObject({ name: 'survivor' });
  await expectIndexEqualsTable(roster);
});

it('killed again and again while changes arrive, it ends equal to the table', async () => {
  const poller = roster.poller(indexStream);
  poller.start();
  // Before the server sees a request, while it works on one, and after it has accepted one.
  const deaths: Fault[] = [
    async () => void (await kill()),
    async (_request, forward) => void (await Promise.all([forward().catch(() => undefined), kill()])),
    meanwhile(kill),
  ];
  for (const [i, death] of deaths.entries()) {
    const ids = await Promise.all(Array.from({ length: 10 }, (_, n) => office(`office ${i} ${n}`)));
    const died = server.process.restarts;
    const heal = roster.meilisearch.inject(({ method }) => method === 'POST', firstOnly(death));
    for (const [n, id] of ids.entries()) {
      if (n % 3 === 0) await deleteItem(roster.services, Office, { org, id });
      else await updateItem(roster.services, Office, { org, id }, { name: `renamed ${i} ${n}` });
    }
    await poller.caughtUp();
    await vi.waitUntil(() => server.process.restarts === died + 1, { timeout: 20_000 });
    heal();
    await expectIndexEqualsTable(roster);
  }
});

it('tasks that are deleted once they are done are no loss: what nobody saw end comes again, nothing is damaged', async () => {
  const record = recordOf(Office.key(org, await office('unseen')));
  await createUpkeep(roster.services)();
  const { tasks } = searchEngine(roster);
  const isTask: Match = ({ method, path }) => method === 'GET' && /^\/tasks\/\d+$/.test(path);
  const deleteAll: Fault = async (_request, forward) => {
    await until(async () => (await tasks.getTasks({ statuses: ['enqueued', 'processing'] })).total === 0);
    await tasks.deleteTasks({ statuses: ['succeeded', 'failed', 'canceled'] }).waitTask();
    return forward();
  };
  roster.meilisearch.inject(isTask, firstOnly(deleteAll));
  const log = recordLog();
  const services = { ...roster.services, log };
  expect(await applyStream(services, eventOf(record))).toEqual(failuresOf(record));
  expect(log.entries).toMatchObject([
    { level: 'warn', err: { message: expect.stringContaining('was deleted from the list of tasks') } },
  ]);
  expect(await applyStream(services, eventOf(record))).toEqual(failuresOf());
  await createUpkeep(services)();
  expect(await searchStates.get(roster.services.table, 'office')).not.toHaveProperty('damage');
});

const deleteIndex = () => searchEngine(roster).deleteIndex(uidOf(roster, index)).waitTask();

describe('an index that is deleted by hand is made anew with its settings, and noted as damaged', () => {
  const damage = expect.stringContaining('the index "office" was gone and has been made anew, empty, 20');

  it.each<[string, () => Promise<string>]>([
    ['by an addition', () => office('afterwards')],
    [
      'by a deletion',
      async () => {
        const id = await office('gone');
        await deleteItem(roster.services, Office, { org, id });
        return id;
      },
    ],
  ])('%s', async (_case, change) => {
    const record = recordOf(Office.key(org, await change()));
    await deleteIndex();
    const log = recordLog();
    expect(await applyStream({ ...roster.services, log }, eventOf(record))).toEqual(failuresOf());
    expect(log.entries.filter(({ level }) => level === 'error')).toMatchObject([
      { index: index.name, msg: expect.stringContaining('must be repaired') },
    ]);
    expect(await searchStates.get(roster.services.table, 'office')).toMatchObject({ damage });
    expect(Object.keys(await documentsIn(roster, index)).length).toBeLessThan(2);
    await deliverAll();
    await expectIndexEqualsTable(roster);
  });

  it('by the upkeep, where nothing is written', async () => {
    await deleteIndex();
    await createUpkeep(roster.services)();
    expect(await searchStates.get(roster.services.table, 'office')).toMatchObject({ damage });
    await deliverAll();
    await expectIndexEqualsTable(roster);
  });
});
