import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { type DynamoDbServer, startDynoxide } from '../dev/servers/dynamodb.ts';
import { type MeilisearchServer, startMeilisearch } from '../dev/servers/meilisearch.ts';
import { chunk } from '../src/entities/core/sender.ts';
import type { Row } from '../src/entities/core/statements.ts';
import { Task } from '../src/entities/index.ts';
import { realLogger } from '../src/logger.ts';
import { realClock } from '../src/runtime.ts';
import { searches } from '../src/search/all.ts';
import { createSearch } from '../src/search/client.ts';
import { examine } from '../src/search/doctor/examine.ts';
import { taskSearch } from '../src/search/index.ts';
import { indexQuery } from '../src/search/query.ts';
import { rebuild } from '../src/search/rebuild/rebuild.ts';
import { kill9, until } from './fixtures/processes.ts';
import { cut, loseAnswer } from './support/fault-proxy.ts';
import { type ProxiedRoster, startProxiedRoster } from './support/proxied-roster.ts';
import { random } from './support/random.ts';
import { NOW } from './support/roster.ts';

/*
 * Everything at once, on real servers: a rebuild with its swap goes on while items are written, the search engine and
 * the process that follows the stream are killed, and connections are cut.
 */
const ITEMS = 2_000;
const WRITES = 500;
const POLLER = fileURLToPath(new URL('fixtures/poller.ts', import.meta.url));

let folder: string;
let dynamodb: DynamoDbServer;
let meilisearch: MeilisearchServer;
let roster: ProxiedRoster;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'roster-end-to-end-'));
  const log = realLogger({ level: 'silent' });
  dynamodb = await startDynoxide({
    dataFile: join(folder, 'table.db'),
    logFile: join(folder, 'dynamodb.log'),
    restart: false,
    log,
  });
  meilisearch = await startMeilisearch({
    dataDir: join(folder, 'meilisearch'),
    cacheDir: join(folder, 'bin'),
    logFile: join(folder, 'meilisearch.log'),
    masterKey: 'a-master-key-for-the-end',
    restart: true,
    log,
  });
  roster = await startProxiedRoster({
    DYNAMODB_ENDPOINT: dynamodb.endpoint,
    MEILI_HOST: meilisearch.host,
    MEILI_API_KEY: meilisearch.masterKey,
  });
  return async () => {
    await roster.stop();
    await Promise.all([dynamodb.process.stop(), meilisearch.process.stop()]);
    await rm(folder, { recursive: true, force: true });
  };
});

const WORDS = 'design build test hire paint ship review measure deploy plan rocket lander engine wall'.split(' ');

function taskRow(i: number, n: number): Row {
  const title = `Task ${i} ${WORDS[(i + n) % WORDS.length]} ${WORDS[(i * 5) % WORDS.length]}`;
  const values = { task: `t${i}`, title, project: `p${i % 50}`, employee: `e${i % 200}`, status: 'open' };
  return Task.put({ ...values, org: 'acme', priority: 'low', version: n + 1, createdAt: NOW, updatedAt: NOW }).Put
    .Item as Row;
}

/** Follows the stream in a process of its own, from where the last one was killed. */
async function startPoller(): Promise<ChildProcess> {
  const child = spawn(process.execPath, [POLLER, join(folder, 'checkpoint.json')], {
    env: { ...process.env, ...roster.env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout as NodeJS.ReadableStream, 'data');
  return child;
}

it('after writes during a rebuild, with kills and cuts, nothing is lost', {
  timeout: 600_000,
}, async () => {
  const services = { ...roster.services, clock: realClock() };
  const next = random(20_261_124);
  const wanted = new Map<string, Row>();
  const put = async (rows: readonly Row[]) => {
    await services.table.batchWrite(rows.map((Item) => ({ Put: { Item } })));
    for (const row of rows) wanted.set(row.pk, row);
  };
  for (const part of chunk(
    Array.from({ length: ITEMS }, (_, i) => taskRow(i, 0)),
    500,
  ))
    await put(part);
  let poller = await startPoller();

  let phase = '';
  const failures: string[] = [];
  let searchesDone = 0;
  let isOver = false;
  const searching = (async () => {
    // By a client without a circuit, which tells of every failure.
    const engine = createSearch(services.config.search);
    const query = indexQuery(taskSearch, { org: 'acme', now: new Date(NOW), text: 'rocket' }, { limit: 1 });
    while (!isOver) {
      const before = phase;
      try {
        const [found] = await engine.query([query]);
        if (before === 'swapping' && found?.hits.length === 0) failures.push('nothing found during the swap');
      } catch (error) {
        // It is killed on purpose before, and away then.
        if (before === 'swapping') failures.push(String(error));
      }
      searchesDone++;
      await services.clock.sleep(20);
    }
  })();

  // Of every hundred requests to the search engine one never arrives, and one is never answered.
  let requests = 0;
  const heal = roster.meilisearch.inject(
    ({ path }) => phase !== 'swapping' && !path.includes('/multi-search'),
    (request, forward) => {
      requests++;
      if (requests % 100 === 50) return cut(request, forward);
      return requests % 100 === 0 ? loseAnswer(request, forward) : forward();
    },
  );
  const writing = (async () => {
    for (let n = 1; n <= WRITES; n++) {
      const i = Math.floor(next() * ITEMS * 1.05);
      const row = taskRow(i, n);
      if (next() < 0.2) {
        await services.table.batchWrite([{ Delete: { Key: { pk: row.pk, sk: row.sk } } }]);
        wanted.delete(row.pk);
      } else await put([row]);
    }
  })();
  const killing = (async () => {
    for (let kill = 0; kill < 3 && phase !== 'swapping'; kill++) {
      const restarts = meilisearch.process.restarts;
      kill9(meilisearch.process.pid);
      await until(() => meilisearch.process.restarts > restarts && services.search.healthy());
      poller.kill('SIGKILL');
      await once(poller, 'exit');
      poller = await startPoller();
    }
  })();
  const options = { owner: 'end-to-end', soakMs: 600_000, patienceMs: 10_000 };
  const rebuilding = (async () => {
    for (;;) {
      try {
        const onProgress = (now: string) => {
          phase = now;
        };
        return await rebuild(services, [taskSearch], { ...options, onProgress });
      } catch (error) {
        // The search engine was away for too long: whoever started it starts it again.
        phase = String(error);
      }
    }
  })();
  expect((await rebuilding).status).toBe('soaking');
  phase = 'soaking';
  await Promise.all([writing, killing]);
  poller.stdin?.write('all is written\n');
  await once(poller.stdout as NodeJS.ReadableStream, 'data');
  isOver = true;
  await searching;

  heal();
  expect(failures).toEqual([]);
  expect(searchesDone).toBeGreaterThan(100);
  const examined = await examine(services, searches, { patienceMs: 10_000 });
  expect(Object.fromEntries(examined.map(({ name, drift }) => [name, Object.fromEntries(drift)]))).toEqual(
    Object.fromEntries(examined.map(({ name }) => [name, {}])),
  );
  const live = examined.find(({ name }) => name === taskSearch.open.name);
  expect(live?.documents).toBe(wanted.size);
  for (const part of chunk([...wanted.values()], 1_000)) {
    const keys = part.map(({ pk, sk }) => ({ pk, sk }));
    const rows = await services.table.batchGet(keys, { consistent: true });
    expect(new Map(rows.map((row) => [row.pk, row['title']]))).toEqual(
      new Map(part.map((row) => [row.pk, row['title']])),
    );
  }
  poller.kill('SIGKILL');
});
