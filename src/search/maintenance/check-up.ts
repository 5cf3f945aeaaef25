import type { Measured } from '../../metrics.ts';
import { searches } from '../all.ts';
import type { EntitySearch } from '../define.ts';
import { type CheckOptions, type CheckServices, check } from '../doctor/check.ts';
import { mended, noteComparison, outsetOf } from '../doctor/comparisons.ts';
import { outdatedSearches } from '../doctor/heal.ts';
import type { Compared } from '../doctor/recheck.ts';
import { differingSettings } from '../doctor/settings.ts';
import { ensureIndexes } from '../indexer/ensure.ts';
import { damaged, markDamaged, type StateValues } from '../indexer/transitions.ts';
import { CheckRecord, type Finding } from './check-record.ts';
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

const FINDINGS: Readonly<Record<Finding, string>> = {
  gone: 'an index was gone',
  settings: 'settings were other than declared',
};

/**
 * Compares the live indexes of all entities with the table, both ways, bit by bit as {@link check} does, and writes
 * documents that differ again. Indexes that are gone are made anew before; those that have other settings are noted as
 * damaged, for the next look at them to put right. The note of those whose documents all were as the table says, or were
 * written again, is struck. Where damage is noted meanwhile, it begins anew.
 *
 * @returns undefined when another process is at it
 * @throws when the table or the search engine does not answer; the next call goes on from what is recorded
 */
export function checkUp(services: CheckUpServices, options: CheckUpOptions): Promise<CheckedUp | undefined> {
  return alone(services, 'check-up', options.owner, CHECKING_MS, async () => {
    const drifting = new Set<string>();
    for (;;) {
      // What is gone or damaged has its settings before its documents are compared.
      await ensureIndexes(services);
      const record = await CheckRecord.open(services);
      const isFinished = await goOn(services, record, options);
      for (const name of driftingIn(record)) drifting.add(name);
      if (!isFinished && services.clock.monotonicMs() < options.stopAtMs) continue;
      const outcome = isFinished ? 'finished' : 'unfinished';
      return { outcome, drifting: [...drifting].sort(), rows: record.values.rows };
    }
  });
}

/** @returns whether it has come to its end: not when time is up, nor when damage was noted meanwhile */
async function goOn(services: CheckUpServices, record: CheckRecord, options: CheckUpOptions): Promise<boolean> {
  const { clock, metrics } = services;
  const { stopAtMs, maxRcu, patienceMs, stepSize } = options;
  let isOvertaken = false;
  const live = await lookAtIndexes(services, record);
  const { isFinished } = await check(services, live, record.values, {
    maxRcu,
    patienceMs,
    stepSize,
    shouldStop: () => isOvertaken || clock.monotonicMs() >= stopAtMs,
    async save(progress) {
      await record.save(progress);
      isOvertaken = await record.isOvertaken();
    },
    isDamaged: ({ entity }) => record.values.outsets[entity.name]?.damage !== undefined,
    onDrift: ({ entity }, drift) => metrics.put({ Drift: drift }, entity.name),
  });
  if (!isFinished || isOvertaken) return false;
  await finish(services, record);
  return true;
}

/** Names of the entities of which something was found otherwise than it must be. */
const driftingIn = ({ values: { found, outsets } }: CheckRecord): string[] =>
  searches
    .map(({ entity }) => entity.name)
    .filter((name) => (found[name]?.drift ?? 0) > 0 || outsets[name]?.found !== undefined);

/**
 * Notes as damaged what is gone, which is not compared, or has other settings than it was built with.
 *
 * @returns the indexes that are there
 */
async function lookAtIndexes(services: CheckUpServices, record: CheckRecord): Promise<Compared[]> {
  const { engine } = services;
  const outdated = await outdatedSearches(services, searches);
  const live: Compared[] = [];
  for (const search of searches) {
    const settings = await Promise.all(search.indexes.map((index) => engine.settings(index.name)));
    const isGone = settings.includes(undefined);
    const differ = search.indexes.some((index, i) => differingSettings(index.settings, settings[i] ?? {}).length > 0);
    if (!isGone) live.push(...search.indexes.map((index) => ({ search, index, name: index.name })));
    const found = isGone ? 'gone' : differ && !outdated.includes(search) ? 'settings' : undefined;
    await noteOutset(services, record, search, found);
  }
  return live;
}

/** Notes the same damage once for each comparison: a note that is made again hides that it was mended since. */
async function noteOutset(
  services: CheckUpServices,
  record: CheckRecord,
  search: EntitySearch,
  now: Finding | undefined,
): Promise<void> {
  const { name } = search.entity;
  const before = record.values.outsets[name];
  const found = now ?? before?.found;
  if (found && found !== before?.found)
    await markDamaged(services, search, `a comparison with the table found that ${FINDINGS[found]}`);
  // Whatever is noted later is noted behind its back.
  const { generation, damage } = before ?? (await outsetOf(services, search));
  record.note(name, { generation, damage, found });
}

/** Notes what came of it, for `maintain` to tell until the next one. */
async function finish(services: CheckUpServices, record: CheckRecord): Promise<void> {
  const { table, clock, metrics, log } = services;
  const { since, values } = record;
  for (const search of searches) {
    const { name: entity } = search.entity;
    const { drift = 0, left = 0, unverified = 0, documents = 0 } = values.found[entity] ?? {};
    const outset = values.outsets[entity];
    if (!outset || outset.found === 'gone') continue;
    const next = (state: StateValues) => {
      if (left === 0) return outset.found ? state : mended(state);
      // Nothing new has happened to those that are noted as damaged: a rebuild of them goes on.
      return state.damage === undefined
        ? damaged(state, `${left} documents could not be repaired`, clock.now())
        : state;
    };
    const isNoted = await noteComparison(services, search, { since, ...outset }, left, next);
    if (isNoted) metrics.put({ Drift: left }, entity);
    const outcome = isNoted
      ? 'search indexes were compared with the table'
      : 'search indexes were rebuilt or damaged while they were compared with the table: it says nothing of those of now';
    log.info({ entity, documents, drift, left, unverified, damage: outset.found }, outcome);
  }
  log.info({ rows: values.rows, since }, 'all search indexes were compared with the table');
  await table.batchWrite([record.end()]);
}
