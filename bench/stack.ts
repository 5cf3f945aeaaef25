/**
 * What the benchmarks of search run on: the real servers on free ports, with a table of the items that development begins
 * with, in an order of chance. Ends with the process that imports it.
 *
 * The first argument is how many items there are; a second one, `local`, takes DynamoDB Local for the table, which
 * reads several times as fast as dynoxide and needs Java.
 */
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
import { realLogger } from '../src/logger.ts';
import { realClock } from '../src/runtime.ts';
import { ensureIndexes } from '../src/search/indexer/ensure.ts';
import { applyStream } from '../src/search/indexer/stream.ts';
import { createServices, dynamoOptions } from '../src/services.ts';
import { random, shuffled } from '../test/support/random.ts';

const [count = '20000', server] = process.argv.slice(2);

const folder = await mkdtemp(join(tmpdir(), 'roster-bench-'));
const log = realLogger({ level: 'silent' });
const tableOptions = { logFile: join(folder, 'dynamodb.log'), log };
const dynamodb =
  server === 'local'
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
});
export const services = createServices(config, { log });

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
export interface Measured {
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

export const times = (): Measured => ({
  seconds: performance.now() / 1_000,
  indexer: secondsOf(process),
  table: secondsOf(dynamodb.process),
  engine: secondsOf(meilisearch.process),
});

export const sum = (all: readonly Measured[]): Measured =>
  all.reduce((a, b) => ({
    seconds: a.seconds + b.seconds,
    indexer: a.indexer + b.indexer,
    table: a.table + b.table,
    engine: a.engine + b.engine,
  }));

export const ratio = (bare: Measured, own: Measured): string => (bare.seconds / own.seconds).toFixed(2);

export const between = (before: Measured, after: Measured): Measured => ({
  seconds: after.seconds - before.seconds,
  indexer: after.indexer - before.indexer,
  table: after.table - before.table,
  engine: after.engine - before.engine,
});

export async function measured(work: () => Promise<unknown>): Promise<Measured> {
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

export const print = (line: string) => void process.stdout.write(`${line}\n`);
export const shown = ({ seconds, indexer, table, engine }: Measured) =>
  `${seconds.toFixed(2)} s (processors: indexer ${indexer.toFixed(1)} s, table ${table.toFixed(1)} s, Meilisearch ${engine.toFixed(1)} s)`;

/** Delivers a batch, again where it fails, as Lambda does: an index may be removed beneath it. */
export async function applied(rows: readonly Row[]): Promise<Measured> {
  const event = { Records: rows.map(record) };
  return measured(async () => {
    while ((await applyStream(services, event)).batchItemFailures.length > 0);
  });
}

/** Changes an item every 100 ms until it is told to stop. @returns the longest that it took to be searchable */
export function changeOn(rows: readonly Row[]): { stop(): Promise<number> } {
  let isOver = false;
  let longestMs = 0;
  const changing = (async () => {
    for (let n = 0; !isOver; n++) {
      const row = rows[n % rows.length] as Row;
      // Found by: every entity has one of them.
      const field = 'title' in row ? 'title' : 'name';
      const changed = { ...row, [field]: `Changed ${n}` };
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

/** Fills the table, runs a benchmark over its rows, and stops the servers. */
export async function benchmark(run: (rows: readonly Row[]) => Promise<void>): Promise<void> {
  try {
    await ensureTable(new DynamoDBClient(dynamoOptions(config)), config.tableName, await readStackFile(), realClock());
    await ensureIndexes(services);
    const rows = exampleRows(Number(count));
    for (const part of chunk(rows, 1_000)) await services.table.batchWrite(part.map((Item) => ({ Put: { Item } })));
    await run(rows);
  } finally {
    await Promise.all([dynamodb.process.stop(), meilisearch.process.stop()]);
    await rm(folder, { recursive: true, force: true });
  }
}
