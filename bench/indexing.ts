/**
 * How fast documents get from the table into Meilisearch, in one run, so that the ratios mean something:
 *
 * - the stream path (`applyStream`, batches of 1,000 records) against bare requests of the same batches, each awaited;
 * - the rebuild against one bulk request with all documents;
 * - the longest that a live change took to be searchable during the rebuild;
 * - the doctor over all items.
 *
 * @example node bench/indexing.ts 20000
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { startDynoxide } from '../dev/servers/dynamodb.ts';
import { startMeilisearch } from '../dev/servers/meilisearch.ts';
import { readStackFile } from '../dev/stack-file.ts';
import { ensureTable } from '../dev/table.ts';
import { readConfig } from '../src/config.ts';
import { chunk } from '../src/entities/core/sender.ts';
import type { Row } from '../src/entities/core/statements.ts';
import { Task } from '../src/entities/index.ts';
import { realClock, realLogger } from '../src/runtime.ts';
import { examine } from '../src/search/doctor/examine.ts';
import { taskSearch } from '../src/search/index.ts';
import { ensureIndexes } from '../src/search/indexer/ensure.ts';
import { identify, planFor } from '../src/search/indexer/plan.ts';
import { makeIndex } from '../src/search/indexer/recover.ts';
import { applyStream } from '../src/search/indexer/stream.ts';
import { succeeded } from '../src/search/indexer/tasks.ts';
import { finish } from '../src/search/rebuild/place.ts';
import { rebuild } from '../src/search/rebuild/rebuild.ts';
import { Run } from '../src/search/rebuild/run.ts';
import { createServices, dynamoOptions } from '../src/services.ts';

const COUNT = Number(process.argv[2] ?? 20_000);
const STREAM_BATCH = 1_000;
const STREAM_BATCHES = 5;

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
const WORDS = 'design build test hire paint ship review measure deploy plan rocket lander engine wall'.split(' ');

function row(i: number): Row {
  const at = new Date().toISOString();
  const words = Array.from({ length: 8 }, (_, n) => WORDS[(i * (n + 3)) % WORDS.length]).join(' ');
  const values = { task: `t${i}`, title: `Task ${i} ${words}`, project: `p${i % 50}`, employee: `e${i % 200}` };
  const status = (['open', 'done'] as const)[i % 2];
  return Task.put({ ...values, org: 'acme', status, priority: 'low', version: 1, createdAt: at, updatedAt: at }).Put
    .Item as Row;
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1_000;
}

const record = ({ pk, sk }: Row, i: number) =>
  ({
    eventName: 'INSERT',
    dynamodb: { Keys: { pk: { S: pk }, sk: { S: sk } }, SequenceNumber: String(i).padStart(21, '0') },
  }) as DynamoDBRecord;

const documentsOf = (rows: readonly Row[]) =>
  identify(rows).flatMap((target, i) => planFor(target, rows[i], new Date()).documents.get(taskSearch.open) ?? []);

/** Sends documents bare, each request awaited. */
async function bare(index: string, batches: readonly (readonly Row[])[]): Promise<number> {
  await makeIndex(services, taskSearch.open, index);
  const key = await services.engine.createWriteKey(randomUUID(), new Date(Date.now() + 600_000));
  const bodies = batches.map((rows) => JSON.stringify(documentsOf(rows)));
  return seconds(async () => {
    for (const body of bodies) await succeeded(services, index, await services.engine.addDocuments(key, index, body));
  });
}

const print = (line: string) => void process.stdout.write(`${line}\n`);

try {
  await ensureTable(new DynamoDBClient(dynamoOptions(config)), config.tableName, await readStackFile(), realClock());
  await ensureIndexes(services);
  const rows = Array.from({ length: COUNT }, (_, i) => row(i));
  for (const part of chunk(rows, 1_000)) await services.table.batchWrite(part.map((Item) => ({ Put: { Item } })));

  const batches = chunk(rows.slice(0, STREAM_BATCH * STREAM_BATCHES), STREAM_BATCH);
  await applyStream(services, { Records: [record(rows[0] as Row, 0)] });
  const bareBatches = await bare('bare', batches);
  const stream = await seconds(async () => {
    for (const part of batches) {
      const { batchItemFailures } = await applyStream(services, { Records: part.map(record) });
      if (batchItemFailures.length > 0) throw new Error('a batch was not applied');
    }
  });
  print(`stream:  ${STREAM_BATCHES} × ${STREAM_BATCH} records in ${stream.toFixed(2)} s`);
  print(
    `bare:    the same requests in ${bareBatches.toFixed(2)} s; ratio of rates ${(bareBatches / stream).toFixed(2)}`,
  );

  const bulk = await bare('bulk', [rows]);
  let isOver = false;
  let longestMs = 0;
  const live = (async () => {
    for (let n = 0; !isOver; n++) {
      const start = performance.now();
      const changed = { ...row(n % COUNT), title: `Changed ${n}` };
      await services.table.batchWrite([{ Put: { Item: changed } }]);
      await applyStream(services, { Records: [record(changed, n)] });
      longestMs = Math.max(longestMs, performance.now() - start);
      await services.clock.sleep(100);
    }
  })();
  const at: Record<string, number> = {};
  const start = performance.now();
  const onProgress = (phase: string) => {
    at[phase] ??= (performance.now() - start) / 1_000;
  };
  const options = { owner: 'bench', soakMs: 0, patienceMs: 2_000, onProgress };
  const { run, status } = await rebuild(services, [taskSearch], options);
  const total = (performance.now() - start) / 1_000;
  isOver = true;
  await live;
  if (status !== 'soaking') throw new Error(`the rebuild is ${status}`);
  const filled = (at['verifying'] ?? 0) - (at['filling'] ?? 0);
  print(
    `rebuild: ${COUNT} items filled in ${filled.toFixed(2)} s, verified twice and swapped after ${total.toFixed(2)} s`,
  );
  print(`bulk:    one request in ${bulk.toFixed(2)} s; ratio of rates ${(bulk / filled).toFixed(2)}`);
  print(`live:    a change during the rebuild took ${Math.round(longestMs)} ms at the most`);

  const done = await Run.join(services, run, options.owner);
  if (done) await finish(services, done);
  let drift = 0;
  const doctor = await seconds(async () => {
    const examined = await examine(services, [taskSearch], { patienceMs: 5_000 });
    drift = examined.reduce((sum, each) => sum + each.drift.size, 0);
  });
  print(`doctor:  ${COUNT} items in ${doctor.toFixed(2)} s, drift ${drift}`);
} finally {
  await Promise.all([dynamodb.process.stop(), meilisearch.process.stop()]);
  await rm(folder, { recursive: true, force: true });
}
