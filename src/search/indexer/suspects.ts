import { chunk } from '../../entities/core/sender.ts';
import { keyText, type Put, type TableKey } from '../../entities/core/statements.ts';
import type { Table } from '../../entities/core/table.ts';
import type { EntitySearch } from '../define.ts';
import { type ApplyServices, apply } from './apply.ts';
import { intentKeys, intents } from './intent.ts';
import { outlast } from './outlast.ts';
import { identify } from './plan.ts';
import { forget } from './writers.ts';

/** How long the server is to be seen at work before anything is believed to have arrived. */
const AT_WORK_MS = 1_000;

/** Intents that are read at a time; each holds up to 400 KB. */
const INTENTS = 25;
/**
 * Where so many fail one by one, it is not they who are to blame. Whoever applies suspects and fails leaves suspects of
 * its own, for another process may have ended those that it began with: more attempts would make more of them.
 */
const FAILURES = 3;
/** As many different items as make it worth a batch. */
const PART_KEYS = 1_000;

/** A writer whose key was withdrawn long enough ago. */
export interface EndedWriter {
  readonly uid: string;
  /** What is recorded of it once its suspects are applied; it is forgotten when there is nothing. */
  readonly left?: Put;
}

/** What a writer had been about to send. */
interface Suspects {
  readonly writer: EndedWriter;
  readonly keys: readonly TableKey[];
}

/**
 * Applies once more what writers had been about to send of whom nothing can arrive any more, once the server has been
 * seen at work. Those of whom all is applied are forgotten, or what is left of them is recorded.
 *
 * Writers that died in the same outage have much the same items: these are applied once for all of them. What fails for
 * one entity or one writer does not touch the others.
 *
 * @param writers whose keys were withdrawn long enough ago
 * @param deadlineMs after which nothing new is begun, by the monotonic clock
 * @returns those of whom all is applied
 * @throws when the search engine does not answer, or the table when it is asked what these items are
 */
export async function applySuspects(
  services: ApplyServices,
  writers: readonly EndedWriter[],
  deadlineMs: number,
): Promise<EndedWriter[]> {
  if (!(await outlast(services, AT_WORK_MS, deadlineMs))) return [];
  const failing = new Set<EntitySearch>();
  const isLate = () => services.clock.monotonicMs() >= deadlineMs;
  const ended: EndedWriter[] = [];
  for await (const part of partsOf(services.table, writers)) {
    if (isLate()) break;
    ended.push(...(await endWriters(services, part, failing, isLate)));
  }
  return ended;
}

/** The suspects of writers, in parts each of which is worth a batch: many of them may have the same few items. */
async function* partsOf(table: Table, writers: readonly EndedWriter[]): AsyncGenerator<readonly Suspects[]> {
  let part: Suspects[] = [];
  let distinct = new Map<string, TableKey>();
  for (const some of chunk(writers, INTENTS))
    for (const { writer, keys } of await readIntents(table, some)) {
      for (const key of keys) if (!distinct.has(keyText(key))) distinct.set(keyText(key), key);
      // One and the same object for each item, since there may be a thousand writers with a thousand items.
      part.push({ writer, keys: keys.map((key) => distinct.get(keyText(key)) ?? key) });
      if (distinct.size < PART_KEYS) continue;
      yield part;
      part = [];
      distinct = new Map();
    }
  if (part.length > 0) yield part;
}

/** A writer that died before it was given anything has none. */
async function readIntents(table: Table, writers: readonly EndedWriter[]): Promise<Suspects[]> {
  const rows = await table.batchGet(
    writers.map(({ uid }) => intents.key(uid)),
    { consistent: true },
  );
  const found = new Map(rows.flatMap((row) => intents.parse(row) ?? []).map((intent) => [intent.searchIntent, intent]));
  return writers.map((writer) => {
    const intent = found.get(writer.uid);
    return { writer, keys: intent ? intentKeys(intent) : [] };
  });
}

/**
 * Ends writers together, and where the table does not answer, each by itself: one of them may be to blame.
 *
 * @returns those whose suspects are all applied
 */
async function endWriters(
  services: ApplyServices,
  part: readonly Suspects[],
  failing: Set<EntitySearch>,
  isLate: () => boolean,
): Promise<EndedWriter[]> {
  try {
    return await endTogether(services, part, failing);
  } catch (error) {
    services.log.warn({ err: error, writers: part.map(({ writer }) => writer.uid) }, 'writers could not be ended');
    if (part.length === 1) return [];
  }
  const all: EndedWriter[] = [];
  let failures = 0;
  // Begun with another one every minute, so that the same few can't keep the others from being tried.
  const from = Math.floor(services.clock.now().getTime() / 60_000) % part.length;
  for (const one of [...part.slice(from), ...part.slice(0, from)]) {
    if (isLate() || failures === FAILURES) break;
    const ended = await endWriters(services, [one], failing, isLate);
    if (ended.length === 0) failures++;
    all.push(...ended);
  }
  return all;
}

/** @param failing entities that the engine takes nothing of: what is left of them waits for the next call */
async function endTogether(
  services: ApplyServices,
  part: readonly Suspects[],
  failing: Set<EntitySearch>,
): Promise<EndedWriter[]> {
  const { table, log } = services;
  const targets = Map.groupBy(identify(part.flatMap(({ keys }) => keys)), ({ search }) => search);
  const tried = [...targets].flatMap(([search, own]) => (failing.has(search) ? [] : own)).map(({ key }) => key);
  const { applied, failed } = await apply(services, tried);
  const done = new Set(tried.map(keyText));
  for (const key of failed) done.delete(keyText(key));
  for (const [search, own] of targets) if (!own.some(({ key }) => done.has(keyText(key)))) failing.add(search);
  const ended = part.filter(({ keys }) => keys.every((key) => done.has(keyText(key)))).map(({ writer }) => writer);
  await table.batchWrite(ended.flatMap(({ left }) => left ?? []));
  await forget(table, ...ended.flatMap(({ uid, left }) => (left ? [] : [uid])));
  const counts = { writers: part.length, ended: ended.length, applied, failed: failed.length };
  log.info(counts, 'what ended writers had sent was checked again');
  return ended;
}
