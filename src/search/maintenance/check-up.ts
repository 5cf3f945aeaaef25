import type { Measured } from '../../metrics.ts';
import { searches } from '../all.ts';
import type { EntitySearch } from '../define.ts';
import { type CheckOptions, type CheckServices, check } from '../doctor/check.ts';
import { noteComparison, outsetOf, whole } from '../doctor/comparisons.ts';
import { outdatedSearches } from '../doctor/heal.ts';
import type { Compared } from '../doctor/recheck.ts';
import { differingSettings } from '../doctor/settings.ts';
import { damaged, markDamaged, type StateValues } from '../indexer/transitions.ts';
import { CheckRecord, type Damage } from './check-record.ts';
import { alone } from './lease.ts';

/** The services of a check. */
export interface CheckUpServices extends CheckServices, Measured {}

/** How a check goes about it. */
export interface CheckUpOptions extends Pick<CheckOptions, 'maxRcu' | 'patienceMs' | 'stepSize'> {
  /** Names this process; a call that is tried again has the same name. */
  readonly owner: string;
  /** When to begin nothing more, by the monotonic clock. However soon that is, each call gets some way. */
  readonly stopAtMs: number;
}

/** What a check came to. */
export interface CheckedUp {
  /** `unfinished` is to be called again. */
  readonly outcome: 'finished' | 'unfinished';
  /** Names of the entities whose indexes were found otherwise than the table or their declaration says. */
  readonly drifting: readonly string[];
  /** Rows of the table that were compared by now, those of earlier calls included. */
  readonly rows: number;
}

/** As long as a function of Lambda can run. */
const CHECKING_MS = 900_000;

const DAMAGES: Readonly<Record<Damage, string>> = {
  gone: 'an index was gone',
  settings: 'settings were other than declared',
};

/**
 * Compares the live indexes of all entities with the table, both ways, bit by bit as {@link check} does, and writes
 * documents that differ again. Indexes that are gone or have other settings are noted as damaged, for `maintain` to put
 * right; the note of those whose documents all were as the table says, or were written again, is struck.
 *
 * @returns undefined when another process is at it
 * @throws when the table or the search engine does not answer; the next call goes on from what is recorded
 */
export function checkUp(services: CheckUpServices, options: CheckUpOptions): Promise<CheckedUp | undefined> {
  const { clock, metrics } = services;
  const { owner, stopAtMs, ...rest } = options;
  return alone(services, 'check-up', owner, CHECKING_MS, async () => {
    const record = await CheckRecord.open(services);
    const live = await seeToIndexes(services, record);
    const { isFinished } = await check(services, live, record.values, {
      ...rest,
      shouldStop: () => clock.monotonicMs() >= stopAtMs,
      save: (progress) => record.save(progress),
      isDamaged: ({ entity }) => record.values.seen[entity.name]?.isDamaged === true,
      onDrift: ({ entity }, drift) => metrics.put({ Drift: drift }, entity.name),
    });
    if (isFinished) await finish(services, record);
    const { found, seen, rows } = record.values;
    const isDrifting = (name: string) => (found[name]?.drift ?? 0) > 0 || seen[name]?.found !== undefined;
    const drifting = searches.map(({ entity }) => entity.name).filter(isDrifting);
    return { outcome: isFinished ? 'finished' : 'unfinished', drifting, rows };
  });
}

/**
 * Notes as damaged what is gone, which is not compared, or has other settings than it was built with.
 *
 * @returns the indexes that are there
 */
async function seeToIndexes(services: CheckUpServices, record: CheckRecord): Promise<Compared[]> {
  const { engine } = services;
  const outdated = await outdatedSearches(services, searches);
  const live: Compared[] = [];
  for (const search of searches) {
    const settings = await Promise.all(search.indexes.map((index) => engine.settings(index.name)));
    const isGone = settings.includes(undefined);
    const differ = search.indexes.some((index, i) => differingSettings(index.settings, settings[i] ?? {}).length > 0);
    if (!isGone) live.push(...search.indexes.map((index) => ({ search, index, name: index.name })));
    const found = isGone ? 'gone' : differ && !outdated.includes(search) ? 'settings' : undefined;
    await see(services, record, search, found);
  }
  return live;
}

/** Notes damage once for each comparison: a note that is made again hides that it was mended since. */
async function see(
  services: CheckUpServices,
  record: CheckRecord,
  search: EntitySearch,
  found: Damage | undefined,
): Promise<void> {
  const { name } = search.entity;
  const before = record.values.seen[name];
  if (found && !before?.found)
    await markDamaged(services, search, `a comparison with the table found that ${DAMAGES[found]}`);
  // Whatever is noted later is noted behind its back.
  const { generation, isDamaged } = before ?? (await outsetOf(services, search));
  record.see(name, { generation, isDamaged, found: before?.found ?? found });
}

/** Notes what came of it, for `maintain` to tell until the next one. */
async function finish(services: CheckUpServices, record: CheckRecord): Promise<void> {
  const { table, clock, metrics, log } = services;
  const { since, values } = record;
  for (const search of searches) {
    const { name: entity } = search.entity;
    const { drift = 0, left = 0, unverified = 0, documents = 0 } = values.found[entity] ?? {};
    const seen = values.seen[entity];
    if (!seen || seen.found === 'gone') continue;
    const next = (state: StateValues) => {
      if (left > 0) return damaged(state, `${left} documents could not be repaired`, clock.now());
      return seen.found ? state : whole(state);
    };
    const isNoted = await noteComparison(services, search, { since, generation: seen.generation }, left, next);
    if (isNoted) metrics.put({ Drift: left }, entity);
    const outcome = isNoted
      ? 'search indexes were compared with the table'
      : 'search indexes were rebuilt or damaged while they were compared with the table: it says nothing of those of now';
    log.info({ entity, documents, drift, left, unverified, damage: seen.found }, outcome);
  }
  log.info({ rows: values.rows, since }, 'all search indexes were compared with the table');
  await table.batchWrite([record.end()]);
}
