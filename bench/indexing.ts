/**
 * How fast documents get from the table into Meilisearch, in one run, so that the ratios mean something:
 *
 * - the stream path (`applyStream`, batches of 1,000 records) against bare requests of the same batches, each awaited;
 * - the rebuild of all indexes against one bulk request for each with all of its documents, and against that after a scan
 *   of the table, as a script would do it;
 * - the longest that a live change took to be searchable during the rebuild.
 *
 * The table is an emulator on the same processors, so each line also tells what each process took of them.
 *
 * @example node bench/indexing.ts 20000 local
 */
import { randomUUID } from 'node:crypto';
import { chunk } from '../src/entities/core/sender.ts';
import type { Row } from '../src/entities/core/statements.ts';
import { searches } from '../src/search/all.ts';
import type { SearchIndex } from '../src/search/define.ts';
import type { WriteKey } from '../src/search/engine/engine.ts';
import { identify, planFor } from '../src/search/indexer/plan.ts';
import { makeIndex } from '../src/search/indexer/recover.ts';
import { succeeded } from '../src/search/indexer/tasks.ts';
import { finish } from '../src/search/rebuild/place.ts';
import { rebuild } from '../src/search/rebuild/rebuild.ts';
import { Run } from '../src/search/rebuild/run.ts';
import { CapacityBudget, segmentPages } from '../src/search/table-scan.ts';
import {
  applied,
  benchmark,
  between,
  changeOn,
  type Measured,
  measured,
  print,
  ratio,
  services,
  shown,
  sum,
  times,
} from './stack.ts';

const STREAM_BATCH = 1_000;
const STREAM_BATCHES = 10;
const REBUILDS = 2;
const OWNER = 'bench';
const INDEXES = searches.flatMap(({ indexes }) => indexes);

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

/** Rebuilds all indexes. @returns what filling them took */
async function rebuildAll(): Promise<Measured> {
  const at = new Map<string, Measured>();
  const onProgress = (phase: string) => {
    if (!at.has(phase)) at.set(phase, times());
  };
  const options = { owner: OWNER, soakMs: 0, patienceMs: 2_000, onProgress };
  const { run, status } = await rebuild(services, searches, options);
  if (status !== 'soaking') throw new Error(`the rebuild is ${status}`);
  const done = await Run.join(services, run, OWNER);
  if (done) await finish(services, done);
  const [filling, verifying] = ['filling', 'verifying'].map((phase) => at.get(phase));
  if (!filling || !verifying) throw new Error('a phase was not reported');
  return between(filling, verifying);
}

async function compareRebuild(rows: readonly Row[]): Promise<void> {
  const alone: Measured[] = [];
  const filled: Measured[] = [];
  for (let round = 0; round < REBUILDS; round++) {
    const bulk = await Bare.begin('bulk');
    alone.push(await bulk.send(rows));
    await bulk.end();
    filled.push(await rebuildAll());
  }
  print(`rebuild: ${REBUILDS} × ${rows.length} items filled in ${shown(sum(filled))}`);
  print(`bulk:    one request an index in ${shown(sum(alone))}; ratio of rates ${ratio(sum(alone), sum(filled))}`);
  const scanned = await measured(() => readAll());
  print(`scan:    the table alone, once, in ${shown(scanned)}`);
  const byHand = sum([...alone, ...alone.map(() => scanned)]);
  print(`by hand: a scan and then the bulk requests; ratio of rates ${ratio(byHand, sum(filled))}`);
  const live = changeOn(rows);
  const beside = await rebuildAll();
  const longestMs = await live.stop();
  print(
    `live:    a change took ${Math.round(longestMs)} ms at most, beside a rebuild whose filling took ${shown(beside)}`,
  );
}

/** What no rebuild can be faster than. */
async function readAll(): Promise<void> {
  const budget = new CapacityBudget(services.clock);
  const segments = Array.from({ length: 2 }, async (_, segment) => {
    for await (const _page of segmentPages({ table: services.table, budget }, segment, 2));
  });
  await Promise.all(segments);
}

await benchmark(async (rows) => {
  await compareStream(rows);
  await compareRebuild(rows);
});
