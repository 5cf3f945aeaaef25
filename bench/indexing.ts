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
 * With `local`, the table is DynamoDB Local, which reads several times as fast and needs Java.
 *
 * @example node bench/indexing.ts 20000 local
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
import { startDynamoDbLocal, startDynoxide } from '../dev/servers/dynamodb.ts';
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
import type { WriteKey } from '../src/search/engine/engine.ts';
import { ensureIndexes } from '../src/search/indexer/ensure.ts';
import { identify, planFor } from '../src/search/indexer/plan.ts';
import { makeIndex } from '../src/search/indexer/recover.ts';
import { applyStream } from '../src/search/indexer/stream.ts';
import { succeeded } from '../src/search/indexer/tasks.ts';
import { finish } from '../src/search/rebuild/place.ts';
import { rebuild } from '../src/search/rebuild/rebuild.ts';
import { Run } from '../src/search/rebuild/run.ts';
import { CapacityBudget, segmentPages } from '../src/search/table-scan.ts';
import { createServices, dynamoOptions } from '../src/services.ts';
import { random, shuffled } from '../test/support/random.ts';

const COUNT = Number(process.argv[2] ?? 20_000);
const STREAM_BATCH = 1_000;
const STREAM_BATCHES = 10;
const REBUILDS = 2;
const OWNER = 'bench';
const INDEXES = searches.flatMap(({ indexes }) => indexes);

const folder = await mkdtemp(join(tmpdir(), 'roster-bench-'));
const log = realLogger('silent');
const tableOptions = { logFile: join(folder, 'dynamodb.log'), log };
const dynamodb =
  process.argv[3] === 'local'
    ? await startDynamoDbLocal(tableOptions)
    : await startDynoxide({ ...tableOptions, dataFile: join(folder, 'table.db'), restart: false });
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

const sum = (all: readonly Measured[]): Measured =>
  all.reduce((a, b) => ({
    seconds: a.seconds + b.seconds,
    indexer: a.indexer + b.indexer,
    table: a.table + b.table,
    engine: a.engine + b.engine,
  }));

const ratio = (bare: Measured, own: Measured): string => (bare.seconds / own.seconds).toFixed(2);

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
  return INDEXES.map((index) => ({ index, documents: plans.flatMap(({ documents }) => documents.get(index) ?? []) }))
    .filter(({ documents }) => documents.length > 0)
    .map(({ index, documents }) => ({ index, body: JSON.stringify(documents) }));
}

/** Sends rows bare, into empty indexes of its own: by one request an index, all of them awaited. */
class Bare {
  readonly #name: string;
  readonly #key: WriteKey;

  private constructor(name: string, key: WriteKey) {
    this.#name = name;
    this.#key = key;
  }

  static async begin(name: string): Promise<Bare> {
    const key = await services.engine.createWriteKey(randomUUID(), new Date(Date.now() + 600_000));
    const bare = new Bare(name, key);
    for (const index of INDEXES) await makeIndex(services, index, bare.#nameOf(index));
    return bare;
  }

  async send(rows: readonly Row[]): Promise<Measured> {
    const requests = requestsOf(rows);
    return measured(() =>
      Promise.all(
        requests.map(async ({ index, body }) => {
          const name = this.#nameOf(index);
          await succeeded(services, name, await services.engine.addDocuments(this.#key, name, body));
        }),
      ),
    );
  }

  async end(): Promise<void> {
    for (const index of INDEXES) {
      const name = this.#nameOf(index);
      await succeeded(services, name, await services.engine.deleteIndex(name));
    }
  }

  #nameOf = ({ name }: SearchIndex): string => `${this.#name}-${name}`;
}

const print = (line: string) => void process.stdout.write(`${line}\n`);
const shown = ({ seconds, indexer, table, engine }: Measured) =>
  `${seconds.toFixed(2)} s (processors: indexer ${indexer.toFixed(1)} s, table ${table.toFixed(1)} s, Meilisearch ${engine.toFixed(1)} s)`;

/** Delivers a batch, again where it fails, as Lambda does: an index may be removed beneath it. */
async function applied(rows: readonly Row[]): Promise<Measured> {
  const event = { Records: rows.map(record) };
  return measured(async () => {
    while ((await applyStream(services, event)).batchItemFailures.length > 0);
  });
}

/** Both ways in turns, since the machine may be faster at one time than at another. */
async function compareStream(rows: readonly Row[]): Promise<void> {
  const [first = [], ...batches] = chunk(rows.slice(0, STREAM_BATCH * (STREAM_BATCHES + 1)), STREAM_BATCH);
  const bare = await Bare.begin('bare');
  // What comes first opens the writer, and warms up the servers and this process.
  await bare.send(first);
  await applied(first);
  const alone: Measured[] = [];
  const stream: Measured[] = [];
  for (const batch of batches) {
    alone.push(await bare.send(batch));
    stream.push(await applied(batch));
  }
  await bare.end();
  print(`stream:  ${batches.length} × ${STREAM_BATCH} records in ${shown(sum(stream))}`);
  print(`bare:    the same requests in ${shown(sum(alone))}; ratio of rates ${ratio(sum(alone), sum(stream))}`);
}

/** Changes an item every 100 ms until it is told to stop. @returns the longest that it took to be searchable */
function changeOn(rows: readonly Row[]): { stop(): Promise<number> } {
  let isOver = false;
  let longestMs = 0;
  const changing = (async () => {
    for (let n = 0; !isOver; n++) {
      const row = rows[n % rows.length] as Row;
      const changed = { ...row, updatedAt: new Date().toISOString() };
      await services.table.batchWrite([{ Put: { Item: changed } }]);
      const { seconds } = await applied([changed]);
      longestMs = Math.max(longestMs, seconds * 1_000);
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
  const alone: Measured[] = [];
  const filled: Measured[] = [];
  for (let round = 0; round < REBUILDS; round++) {
    const bulk = await Bare.begin('bulk');
    alone.push(await bulk.send(rows));
    await bulk.end();
    filled.push((await rebuildAll()).filled);
  }
  print(`rebuild: ${REBUILDS} × ${rows.length} items filled in ${shown(sum(filled))}`);
  print(`bulk:    one request an index in ${shown(sum(alone))}; ratio of rates ${ratio(sum(alone), sum(filled))}`);
  const scanned = await measured(() => readAll());
  print(`scan:    the table alone, once, in ${shown(scanned)}`);
  const live = changeOn(rows);
  const beside = await rebuildAll();
  const longestMs = await live.stop();
  print(`live:    a change took ${Math.round(longestMs)} ms at most, beside a filling in ${shown(beside.filled)}`);
}

/** What no rebuild can be faster than. */
async function readAll(): Promise<void> {
  const budget = new CapacityBudget(services.clock);
  const segments = Array.from({ length: 2 }, async (_, segment) => {
    for await (const _page of segmentPages({ table: services.table, budget }, segment, 2));
  });
  await Promise.all(segments);
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
