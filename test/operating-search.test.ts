import { spawnSync } from 'node:child_process';
import { chmod, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ScheduledEvent } from 'aws-lambda';
import { Meilisearch } from 'meilisearch';
import { beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { findBinary, MEILISEARCH } from '../dev/servers/binaries.ts';
import { type MeilisearchServer, startMeilisearch } from '../dev/servers/meilisearch.ts';
import { indexStream, maintain as maintainHandler } from '../handler.ts';
import { createItem } from '../src/entities/core/write.ts';
import { Office } from '../src/entities/index.ts';
import { realLogger } from '../src/logger.ts';
import { officeSearch } from '../src/search/index.ts';
import { runSearch } from './fixtures/search-command.ts';
import { createCompany } from './support/company.ts';
import { firstOnly, meanwhile } from './support/fault-proxy.ts';
import { expectIndexEqualsTable, searchEngine, uidOf } from './support/index-equality.ts';
import { contextOf } from './support/lambda/context.ts';
import { codeBlocks } from './support/markdown.ts';
import { type ProxiedRoster, startProxiedRoster } from './support/proxied-roster.ts';
import { eventOf, failuresOf, recordOf } from './support/stream-events.ts';

// Each test is a case of docs/operating-search.md, against a Meilisearch of this file's own.
const org = 'acme';
const place = { zip: '1', city: 'Graz', state: 'Steiermark', country: 'AT', location: { lat: 47, lng: 15 } };
const PATIENCE = ['--patience', '0'];
let dir: string;
let real: string;
let server: MeilisearchServer;
let roster: ProxiedRoster;
let masterKey = 'a-master-key-for-operating';

/** Starts the server again, on the same port and data. @param limits shell commands that it is started under */
async function start(limits = ''): Promise<void> {
  const wrapper = join(dir, 'meilisearch');
  await writeFile(wrapper, `#!/bin/sh\n${limits}\nexec '${real}' "$@"\n`);
  await chmod(wrapper, 0o755);
  process.env['MEILISEARCH_BIN'] = wrapper;
  const places = { dataDir: join(dir, 'data'), cacheDir: join(dir, 'bin'), logFile: join(dir, 'log') };
  const port = server ? { port: Number(new URL(server.host).port) } : {};
  server = await startMeilisearch({
    ...places,
    ...port,
    masterKey,
    restart: false,
    log: realLogger({ level: 'silent' }),
  });
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'roster-operating-'));
  real = await findBinary(MEILISEARCH, { cacheDir: join(dir, 'bin') });
  await start();
  roster = await startProxiedRoster({ MEILI_HOST: server.host, MEILI_API_KEY: masterKey });
  await createCompany(roster, org);
  return async () => {
    await roster.stop();
    await server.process.stop();
    await rm(dir, { recursive: true, force: true });
  };
});

const search = (...args: string[]) =>
  runSearch([...args, '--stage', 'prod'], { ...roster.env, MEILI_API_KEY: masterKey });
const maintain = () => maintainHandler({} as ScheduledEvent, contextOf());
const db = () => join(dir, 'data', 'db');
const office = async (name: string) => (await createItem(roster.services, Office, org, { ...place, name })).office;
/** A change as the stream delivers it. */
const change = async (name: string) => eventOf(recordOf(Office.key(org, await office(name))));
const client = () => new Meilisearch({ host: server.host, apiKey: masterKey });

// As it is in production: maintenance has looked at the server not long ago.
beforeEach(() => maintain());

it('lost or emptied: all indexes are made anew and filled by themselves', async () => {
  await server.process.stop();
  const away = await change('while it was away');
  expect((await indexStream(away)).batchItemFailures).toHaveLength(1);
  expect((await search('status')).out).toContain('Search engine: the search engine did not answer');
  await rm(db(), { recursive: true });
  await start();
  expect((await search('status')).out).toMatch(
    /Indexes that are missing: employee, employee_restricted, office, project, task/,
  );
  expect(await maintain()).toMatchObject({ healed: { damaged: [] } });
  await expectIndexEqualsTable(roster);
});

it('restored from an old snapshot: noticed, and what it lacks is put back', async () => {
  await server.process.stop();
  await cp(db(), join(dir, 'snapshot'), { recursive: true });
  await start();
  expect(await indexStream(await change('after the snapshot'))).toEqual(failuresOf());
  await maintain();
  await server.process.stop();
  await rm(db(), { recursive: true });
  await cp(join(dir, 'snapshot'), db(), { recursive: true });
  await start();
  expect(await search('doctor', ...PATIENCE)).toMatchObject({
    code: 1,
    out: expect.stringMatching(/office, missing: acme_/),
  });
  expect(await maintain()).toMatchObject({ healed: { healthy: expect.arrayContaining(['office']), damaged: [] } });
  await expectIndexEqualsTable(roster);
});

it('upgraded: the data are converted, and nothing differs', async () => {
  await server.process.stop();
  await writeFile(join(db(), 'VERSION'), '1.13.0');
  await start();
  expect(await indexStream(await change('after the upgrade'))).toEqual(failuresOf());
  expect(await search('doctor', ...PATIENCE)).toMatchObject({ code: 0 });
});

it('keys rotated: nothing is written under the old one, and nothing is lost', async () => {
  await server.process.stop();
  const before = masterKey;
  masterKey = 'another-master-key-for-operating';
  await start();
  const event = await change('under the new key');
  expect((await indexStream(event)).batchItemFailures).toHaveLength(1);
  const refused = await runSearch(['status', '--stage', 'prod'], { ...roster.env, MEILI_API_KEY: before });
  expect(refused.out).toContain('Search engine: The provided API key is invalid');
  expect(await search('doctor', '--repair', ...PATIENCE)).toMatchObject({ code: 0 });
  await server.process.stop();
  masterKey = before;
  await start();
  expect(await indexStream(event)).toEqual(failuresOf());
  await expectIndexEqualsTable(roster);
});

it('an index deleted by hand: made anew and filled by itself', async () => {
  await searchEngine(roster).deleteIndex(uidOf(roster, officeSearch.open)).waitTask();
  expect((await search('status')).out).toContain('Indexes that are missing: office');
  expect(await maintain()).toMatchObject({ healed: { healthy: expect.arrayContaining(['office']) } });
  await expectIndexEqualsTable(roster);
});

// No file may be larger than a megabyte: writes fail as on a full disk, with another number for the reason.
it('out of disk: nothing is quarantined, all waits until there is room', async () => {
  await server.process.stop();
  await start("trap '' XFSZ; ulimit -f 2048");
  const ids = await Promise.all(Array.from({ length: 20 }, () => office('small')));
  const keys = ids.map((id) => Office.key(org, id));
  for (const row of await roster.services.table.batchGet(keys))
    await roster.services.table.batchWrite([{ Put: { Item: { ...row, name: 'large '.repeat(20_000) } } }]);
  const event = eventOf(...keys.map((key) => recordOf(key)));
  expect((await indexStream(event)).batchItemFailures.length).toBeGreaterThan(0);
  expect((await search('quarantine', 'list')).out).toBe('Nothing is in quarantine.\n');
  await server.process.stop();
  await start();
  expect(await indexStream(event)).toEqual(failuresOf());
  await maintain();
  await expectIndexEqualsTable(roster);
});

// The limit of the task database is 10 GB and can't be set in Meilisearch 1.21, so its answer comes from the proxy.
it('task queue full: all waits until tasks that are done are deleted', async () => {
  const message =
    'Meilisearch cannot receive write operations because the limit of the task database has been reached.';
  const body = Buffer.from(JSON.stringify({ message, code: 'no_space_left_on_device', type: 'system', link: '' }));
  const full = roster.meilisearch.inject(roster.writesTo(officeSearch.open), async () => ({ status: 422, body }));
  const event = await change('queued');
  expect((await indexStream(event)).batchItemFailures).toHaveLength(1);
  expect((await search('quarantine', 'list')).out).toBe('Nothing is in quarantine.\n');
  await (await blockOf('curl')).run();
  full();
  expect(await indexStream(event)).toEqual(failuresOf());
  await maintain();
  await expectIndexEqualsTable(roster);
});

it('tasks cancelled by hand: what they were to write is written once more', async () => {
  const event = await change('cancelled');
  const cancel = () => client().tasks.cancelTasks({ statuses: ['enqueued', 'processing'] });
  roster.meilisearch.inject(roster.writesTo(officeSearch.open), firstOnly(meanwhile(cancel)));
  await vi.waitUntil(async () => (await indexStream(event)).batchItemFailures.length === 0, { timeout: 20_000 });
  await expectIndexEqualsTable(roster);
});

/** A command of the document. */
async function blockOf(start: string) {
  const lines = (await codeBlocks('docs/operating-search.md')).flatMap(({ language, text }) =>
    language === 'sh' ? text.trim().split('\n') : [],
  );
  const line = lines.find((each) => each.startsWith(start)) ?? '';
  return {
    lines,
    run: async () => {
      const env = { ...process.env, MEILI_HOST: server.host, MEILI_API_KEY: masterKey };
      const { status, stdout } = spawnSync('/bin/sh', ['-c', line], { env, encoding: 'utf8' });
      expect([status, stdout]).toEqual([0, expect.stringContaining('taskUid')]);
    },
  };
}

it('every command of the document does what it says, in its order', { timeout: 240_000 }, async () => {
  const { lines } = await blockOf('npm');
  const id = await office('out of range');
  const row = await roster.services.table.get(Office.key(org, id), { consistent: true });
  const put = { Item: { ...row, pk: row?.pk, sk: row?.sk, location: { lat: 200, lng: 0 } } };
  await roster.services.table.batchWrite([{ Put: put }]);
  await indexStream(eventOf(recordOf(Office.key(org, id))));
  const outcomes: [string, number | null][] = [];
  for (const line of lines.filter((each) => each.startsWith('npm run search -- '))) {
    const [command = ''] = line.replace('npm run search -- ', '').replace('KEY', `office_acme_${id}`).split(/ +#/);
    if (command.startsWith('redrive')) continue;
    const { code, output } = await runSearch(command.trim().split(/\s+/), roster.env);
    expect(code, `${line}\n${output}`).not.toBe(2);
    outcomes.push([command, code]);
  }
  expect(outcomes.length).toBeGreaterThan(8);
});
