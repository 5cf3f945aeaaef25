/**
 * How fast documents get from the table into Meilisearch, in one run, so that the ratios mean something. The items are
 * those that development begins with, of all entities, in an order of chance:
 *
 * - the stream path (`applyStream`, batches of 1,000 records) against bare requests of the same batches, each awaited;
 * - the rebuild of all indexes against one bulk request for each with all of its documents;
 * - the longest that a live change took to be searchable during the rebuild;
 * - the doctor over all items.
 *
 * The table is an emulator on the same processors, so each line also tells what each process took of them.
 *
 * @example node bench/indexing.ts 20000
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { generate } from '../dev/seed/generate.ts';
import { itemsIn } from '../dev/seed/items.ts';
import { SEED_ORGS } from '../dev/seed/organizations.ts';
import { startDynoxide } from '../dev/servers/dynamodb.ts';
import { startMeilisearch } from '../dev/servers/meilisearch.ts';
import { readStackFile } from '../dev/stack-file.ts';
import { ensureTable } from '../dev/table.ts';
import { readConfig } from '../src/config.ts';
import { chunk } from '../src/entities/core/sender.ts';
import type { Row } from '../src/entities/core/statements.ts';
import { realClock, realLogger } from '../src/runtime.ts';
import { searches } from '../src/search/all.ts';
import type { SearchIndex } from '../src/search/define.ts';
import { examine } from '../src/search/doctor/examine.ts';
import { ensureIndexes } from '../src/search/indexer/ensure.ts';
import { identify, planFor } from '../src/search/indexer/plan.ts';
import { makeIndex } from '../src/search/indexer/recover.ts';
import { applyStream } from '../src/search/indexer/stream.ts';
import { succeeded } from '../src/search/indexer/tasks.ts';
import { finish } from '../src/search/rebuild/place.ts';
import { rebuild } from '../src/search/rebuild/rebuild.ts';
import { Run } from '../src/search/rebuild/run.ts';
import { createServices, dynamoOptions } from '../src/services.ts';
import { random, shuffled } from '../test/support/random.ts';

const COUNT = Number(process.argv[2] ?? 20_000);
const STREAM_BATCH = 1_000;
const STREAM_BATCHES = 10;
const OWNER = 'bench';

const folder = await mkdtemp(join(tmpdir(), 'roster-bench-'));
const log = realLogger('silent');
const dynamodb = await startDynoxide({
  dataFile: join(folder, 'table.db'),
  logFile: join(folder, 'dynamodb.log'),
  restart: false,
  log,
});
const meilisearch = await startMeilisearch({
  dataDir: join(folder, 'meilisearch'),
  cacheDir: join(folder, 'bin'),
  logFile: join(folder, 'meilisearch.log'),
  masterKey: 'a-master-key-for-benchmarks',
  restart: false,
  log,
});
const config = readConfig({
  TABLE_NAME: 'bench',
  DYNAMODB_ENDPOINT: dynamodb.endpoint,
  MEILI_HOST: meilisearch.host,
  MEILI_API_KEY: meilisearch.masterKey,
  AUTH_ISSUER: 'bench',
  AUTH_AUDIENCE: 'bench',
  AUTH_JWKS: '{"keys":[]}',
  CURSOR_SECRET: 'a secret of thirty-two characters',
});
const services = createServices(config, { log });

/** Rows of the seed data, as many as are wanted. */
function exampleRows(count: number): Row[] {
  const rows: Row[] = [];
  for (let seed = 1; rows.length < count; seed++) {
    const items = generate(seed);
    for (const org of SEED_ORGS)
      rows.push(...itemsIn(org, items[org]).map(({ entity, item }) => entity.put(item).Put.Item as Row));
  }
  return shuffled(rows, random(1)).slice(0, count);
}

/** Seconds by the clock, and of processors by this process and the servers. */
interface Measured {
  readonly seconds: number;
  readonly indexer: number;
  readonly table: number;
  readonly engine: number;
}

/** Linux counts in ticks of 10 ms: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function secondsOf({ pid }: { readonly pid: number }): number {
  const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(afterName[11]) + Number(afterName[12])) / 100;
}

const times = (): Measured => ({
  seconds: performance.now() / 1_000,
  indexer: secondsOf(process),
  table: secondsOf(dynamodb.process),
  engine: secondsOf(meilisearch.process),
});

const between = (before: Measured, after: Measured): Measured => ({
  seconds: after.seconds - before.seconds,
  indexer: after.indexer - before.indexer,
  table: after.table - before.table,
  engine: after.engine - before.engine,
});

async function measured(work: () => Promise<unknown>): Promise<Measured> {
  const before = times();
  await work();
  return between(before, times());
}

const record = (row: Row, i: number) =>
  ({
    eventName: 'INSERT',
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(Date.now() / 1_000),
      Keys: { pk: { S: row.pk }, sk: { S: row.sk } },
      NewImage: marshall(row, { removeUndefinedValues: true }),
      SequenceNumber: String(i).padStart(21, '0'),
    },
  }) as DynamoDBRecord;

/** What of these rows each index gets, as one request. */
function requestsOf(rows: readonly Row[]): { readonly index: SearchIndex; readonly body: string }[] {
  const now = new Date();
  const plans = identify(rows).map((target, i) => planFor(target, rows[i], now));
  return searches
    .flatMap(({ indexes }) => indexes)
    .map((index) => ({ index, documents: plans.flatMap(({ documents }) => documents.get(index) ?? []) }))
    .filter(({ documents }) => documents.length > 0)
    .map(({ index, documents }) => ({ index, body: JSON.stringify(documents) }));
}

/** Sends batches bare, into indexes of their own: each batch by one request an index, all of them awaited. */
async function bare(name: string, batches: readonly (readonly Row[])[]): Promise<Measured> {
  const named = ({ name: index }: SearchIndex) => `${name}-${index}`;
  const indexes = searches.flatMap((search) => search.indexes);
  for (const index of indexes) await makeIndex(services, index, named(index));
  const key = await services.engine.createWriteKey(randomUUID(), new Date(Date.now() + 600_000));
  const requests = batches.map(requestsOf);
  const result = await measured(async () => {
    for (const batch of requests)
      await Promise.all(
        batch.map(async ({ index, body }) => {
          const sent = await services.engine.addDocuments(key, named(index), body);
          await succeeded(services, named(index), sent);
        }),
      );
  });
  for (const index of indexes) await succeeded(services, named(index), await services.engine.deleteIndex(named(index)));
  return result;
}

const print = (line: string) => void process.stdout.write(`${line}\n`);
const shown = ({ seconds, indexer, table, engine }: Measured) =>
  `${seconds.toFixed(2)} s (processors: indexer ${indexer.toFixed(1)} s, table ${table.toFixed(1)} s, Meilisearch ${engine.toFixed(1)} s)`;

async function compareStream(rows: readonly Row[]): Promise<void> {
  const batches = chunk(rows.slice(0, STREAM_BATCH * STREAM_BATCHES), STREAM_BATCH);
  // Opens the first writer.
  await applyStream(services, { Records: rows.slice(0, 1).map(record) });
  // So does the server warm up.
  await bare('warm', batches);
  const alone = await bare('bare', batches);
  const events = batches.map((part) => ({ Records: part.map(record) }));
  const stream = await measured(async () => {
    for (const event of events) {
      const { batchItemFailures } = await applyStream(services, event);
      if (batchItemFailures.length > 0) throw new Error('a batch was not applied');
    }
  });
  print(`stream:  ${batches.length} × ${STREAM_BATCH} records in ${shown(stream)}`);
  print(`bare:    the same requests in ${shown(alone)}; ratio of rates ${(alone.seconds / stream.seconds).toFixed(2)}`);
}

/** Changes an item every 100 ms until it is told to stop. @returns the longest that it took to be searchable */
function changeOn(rows: readonly Row[]): { stop(): Promise<number> } {
  let isOver = false;
  let longestMs = 0;
  const changing = (async () => {
    for (let n = 0; !isOver; n++) {
      const row = rows[n % rows.length] as Row;
      const changed = { ...row, updatedAt: new Date().toISOString() };
      const start = performance.now();
      await services.table.batchWrite([{ Put: { Item: changed } }]);
      const { batchItemFailures } = await applyStream(services, { Records: [record(changed, n)] });
      if (batchItemFailures.length > 0) throw new Error('a change was not applied');
      longestMs = Math.max(longestMs, performance.now() - start);
      await services.clock.sleep(100);
    }
  })();
  return {
    async stop() {
      isOver = true;
      await changing;
      return longestMs;
    },
  };
}

/** Rebuilds all indexes. */
async function rebuildAll() {
  const at = new Map<string, Measured>();
  const onProgress = (phase: string) => {
    if (!at.has(phase)) at.set(phase, times());
  };
  const options = { owner: OWNER, soakMs: 0, patienceMs: 2_000, onProgress };
  const { run, status } = await rebuild(services, searches, options);
  if (status !== 'soaking') throw new Error(`the rebuild is ${status}`);
  const done = await Run.join(services, run, OWNER);
  if (done) await finish(services, done);
  const [filling, verifying, swapping] = ['filling', 'verifying', 'swapping'].map((phase) => at.get(phase));
  if (!filling || !verifying || !swapping) throw new Error('a phase was not reported');
  return { filled: between(filling, verifying), verified: between(verifying, swapping) };
}

async function compareRebuild(rows: readonly Row[]): Promise<void> {
  const bulk = await bare('bulk', [rows]);
  const { filled, verified } = await rebuildAll();
  print(`rebuild: ${rows.length} items filled in ${shown(filled)}, compared in ${shown(verified)}`);
  print(
    `bulk:    one request an index in ${shown(bulk)}; ratio of rates ${(bulk.seconds / filled.seconds).toFixed(2)}`,
  );
  const live = changeOn(rows);
  const beside = await rebuildAll();
  const longestMs = await live.stop();
  print(`live:    a change took ${Math.round(longestMs)} ms at most, beside a filling in ${shown(beside.filled)}`);
}

async function timeDoctor(rows: readonly Row[]): Promise<void> {
  let drift = 0;
  const doctor = await measured(async () => {
    const examined = await examine(services, searches, { patienceMs: 5_000 });
    drift = examined.reduce((sum, each) => sum + each.drift.size, 0);
  });
  print(`doctor:  ${rows.length} items in ${shown(doctor)}, drift ${drift}`);
}

try {
  await ensureTable(new DynamoDBClient(dynamoOptions(config)), config.tableName, await readStackFile(), realClock());
  await ensureIndexes(services);
  const rows = exampleRows(COUNT);
  for (const part of chunk(rows, 1_000)) await services.table.batchWrite(part.map((Item) => ({ Put: { Item } })));
  await compareStream(rows);
  await compareRebuild(rows);
  await timeDoctor(rows);
} finally {
  await Promise.all([dynamodb.process.stop(), meilisearch.process.stop()]);
  await rm(folder, { recursive: true, force: true });
}
