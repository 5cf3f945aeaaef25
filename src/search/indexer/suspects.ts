import { chunk } from '../../entities/core/sender.ts';
import { keyText, type TableKey } from '../../entities/core/statements.ts';
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

/** What a writer had been about to send. */
interface Suspects {
  readonly uid: string;
  readonly keys: readonly TableKey[];
}

/**
 * Applies once more what writers had been about to send of whom nothing can arrive any more, once the server has been
 * seen at work, and forgets those of whom all is applied.
 *
 * Writers that died in the same outage have much the same items: these are applied once for all of them. What fails for
 * one entity or one writer does not touch the others.
 *
 * @param uids of the writers' keys, which were withdrawn long enough ago
 * @param deadlineMs after which nothing new is begun, by the monotonic clock
 * @returns how many writers were forgotten
 * @throws when the search engine does not answer, or the table when it is asked what these items are
 */
export async function applySuspects(
  services: ApplyServices,
  uids: readonly string[],
  deadlineMs: number,
): Promise<number> {
  if (!(await outlast(services, AT_WORK_MS, deadlineMs))) return 0;
  const failing = new Set<EntitySearch>();
  const isLate = () => services.clock.monotonicMs() >= deadlineMs;
  let ended = 0;
  for await (const part of partsOf(services.table, uids)) {
    if (isLate()) break;
    ended += await endWriters(services, part, failing, isLate);
  }
  return ended;
}

/** The suspects of writers, in parts each of which is worth a batch: many of them may have the same few items. */
async function* partsOf(table: Table, uids: readonly string[]): AsyncGenerator<readonly Suspects[]> {
  let part: Suspects[] = [];
  let distinct = new Map<string, TableKey>();
  for (const some of chunk(uids, INTENTS))
    for (const { uid, keys } of await readIntents(table, some)) {
      for (const key of keys) if (!distinct.has(keyText(key))) distinct.set(keyText(key), key);
      // One and the same object for each item, since there may be a thousand writers with a thousand items.
      part.push({ uid, keys: keys.map((key) => distinct.get(keyText(key)) ?? key) });
      if (distinct.size < PART_KEYS) continue;
      yield part;
      part = [];
      distinct = new Map();
    }
  if (part.length > 0) yield part;
}

/** A writer that died before it was given anything has none. */
async function readIntents(table: Table, uids: readonly string[]): Promise<Suspects[]> {
  const rows = await table.batchGet(
    uids.map((uid) => intents.key(uid)),
    { consistent: true },
  );
  const found = new Map(rows.flatMap((row) => intents.parse(row) ?? []).map((intent) => [intent.searchIntent, intent]));
  return uids.map((uid) => {
    const intent = found.get(uid);
    return { uid, keys: intent ? intentKeys(intent) : [] };
  });
}

/**
 * Ends writers together, and where the table does not answer, each by itself: one of them may be to blame.
 *
 * @returns how many were forgotten
 */
async function endWriters(
  services: ApplyServices,
  part: readonly Suspects[],
  failing: Set<EntitySearch>,
  isLate: () => boolean,
): Promise<number> {
  try {
    return await endTogether(services, part, failing);
  } catch (error) {
    services.log.warn({ err: error, writers: part.map(({ uid }) => uid) }, 'writers could not be ended');
    if (part.length === 1) return 0;
  }
  let ended = 0;
  let failures = 0;
  // Begun with another one every minute, so that the same few can't keep the others from being tried.
  const from = Math.floor(services.clock.now().getTime() / 60_000) % part.length;
  for (const one of [...part.slice(from), ...part.slice(0, from)]) {
    if (isLate() || failures === FAILURES) break;
    const isEnded = (await endWriters(services, [one], failing, isLate)) > 0;
    if (isEnded) ended++;
    else failures++;
  }
  return ended;
}

/** @param failing entities that the engine takes nothing of: what is left of them waits for the next call */
async function endTogether(
  services: ApplyServices,
  part: readonly Suspects[],
  failing: Set<EntitySearch>,
): Promise<number> {
  const { table, log } = services;
  const targets = Map.groupBy(identify(part.flatMap(({ keys }) => keys)), ({ search }) => search);
  const tried = [...targets].flatMap(([search, own]) => (failing.has(search) ? [] : own)).map(({ key }) => key);
  const { applied, failed } = await apply(services, tried);
  const done = new Set(tried.map(keyText));
  for (const key of failed) done.delete(keyText(key));
  for (const [search, own] of targets) if (!own.some(({ key }) => done.has(keyText(key)))) failing.add(search);
  const ended = part.filter(({ keys }) => keys.every((key) => done.has(keyText(key)))).map(({ uid }) => uid);
  await forget(table, ...ended);
  const counts = { writers: part.length, ended: ended.length, applied, failed: failed.length };
  log.info(counts, 'what ended writers had sent was checked again');
  return ended.length;
}
