import type { ScannableTable, Table } from '../../entities/core/table.ts';
import type { Measured } from '../../metrics.ts';
import type { Clock } from '../../runtime.ts';
import type { EntitySearch } from '../define.ts';
import type { Engine } from '../engine/engine.ts';
import { isMissingIndex } from '../engine/errors.ts';
import { quarantineEntries, quarantineId } from '../indexer/quarantine.ts';
import { readStates } from '../indexer/reading.ts';
import { indexTargets } from '../indexer/state.ts';
import { CapacityBudget } from '../table-scan.ts';
import { readExpected } from './expected.ts';
import { type Compared, type Drift, type Rechecked, recheck, targetOf } from './recheck.ts';
import { differingSettings } from './settings.ts';
import { suspectsOf } from './suspects.ts';

/** The side effects of comparing. */
export interface ExamineServices extends Measured {
  readonly table: ScannableTable;
  readonly engine: Engine;
  readonly clock: Clock;
}

/** How to compare. */
export interface ExamineOptions {
  /** Read capacity units a second; no limit when left out. */
  readonly maxRcu?: number | undefined;
  /**
   * How long a difference must last before it counts, milliseconds.
   *
   * @defaultValue 10,000
   */
  readonly patienceMs?: number | undefined;
  /** Called with the rows read since the last call. What it throws ends the comparison. */
  readonly onRows?: (rows: number) => void;
}

/** How an index compares with the table. */
export interface Examined extends Compared {
  /** Documents in it. */
  readonly documents: number;
  /** Documents that it should hold. */
  readonly expected: number;
  /** What is wrong, by document id. */
  readonly drift: ReadonlyMap<string, Drift>;
  /** Documents of which nobody can tell, since their items never stopped changing. */
  readonly unverified: number;
  /** Items that are not in it since they can't be indexed. */
  readonly quarantined: number;
  /** There is no such index: all that it should hold is missing. */
  readonly isGone: boolean;
  /** Names of the settings that it has otherwise than declared. */
  readonly settings: readonly string[];
}

const PATIENCE_MS = 10_000;

/**
 * Compares the indexes of these entities with the table, both ways, while both go on changing. Tells the metrics of the
 * drift in live indexes, by entity; those of a rebuild are expected to differ.
 *
 * @throws what table and search engine throw when they don't answer
 */
export async function examine(
  services: ExamineServices,
  searches: readonly EntitySearch[],
  { maxRcu, patienceMs = PATIENCE_MS, onRows = () => undefined }: ExamineOptions = {},
): Promise<Examined[]> {
  const { table, engine, clock, metrics } = services;
  const states = await readStates(table, searches);
  const budget = new CapacityBudget(clock, maxRcu);
  const { documents } = await readExpected({ table, clock, budget }, searches, onRows);
  const entries = await quarantineEntries.list(table, 'entries', clock.now());
  const quarantined = new Set(entries.map(({ quarantine }) => quarantine));
  const sighted: Sighted[] = [];
  for (const search of searches) {
    const state = states.get(search);
    for (const { index, name } of state ? indexTargets(search, state) : []) {
      const sight = await look(engine, { search, index, name }, documents.get(index) ?? new Map());
      // It may have been the index of a rebuild that ended meanwhile.
      if (!sight.isGone || (await isWritten(table, sight))) sighted.push(sight);
    }
  }
  // All at once: each takes as long as differences must last.
  const examined = await Promise.all(
    sighted.map(async ({ ids, ...sight }): Promise<Examined> => {
      const { search, isGone } = sight;
      const { drift, unverified }: Rechecked = isGone
        ? { drift: new Map(ids.map((id) => [id, 'missing'])), unverified: [] }
        : await recheck({ table, engine, clock, patienceMs }, sight, ids);
      for (const [id, kind] of drift) if (kind === 'missing' && quarantined.has(entryOf(search, id))) drift.delete(id);
      const own = entries.filter(({ itemEntity }) => itemEntity === search.entity.name).length;
      return { ...sight, drift, unverified: unverified.length, quarantined: own };
    }),
  );
  for (const search of searches) metrics.put({ Drift: liveDriftOf(search, examined) }, search.entity.name);
  return examined;
}

/** Whether an index is the one that is searched. */
export const isLive = ({ index, name }: Pick<Compared, 'index' | 'name'>): boolean => name === index.name;

const liveDriftOf = (search: EntitySearch, examined: readonly Examined[]): number =>
  examined.filter((each) => each.search === search && isLive(each)).reduce((sum, { drift }) => sum + drift.size, 0);

/** An index at first sight, and the ids of documents that may differ. */
interface Sighted extends Omit<Examined, 'drift' | 'unverified' | 'quarantined'> {
  readonly ids: readonly string[];
}

async function look(engine: Engine, compared: Compared, expected: ReadonlyMap<string, string>): Promise<Sighted> {
  const { index, name } = compared;
  try {
    const settings = differingSettings(index.settings, (await engine.settings(name)) ?? {});
    return {
      ...compared,
      ...(await suspectsOf(engine, name, expected)),
      expected: expected.size,
      isGone: false,
      settings,
    };
  } catch (error) {
    if (!isMissingIndex(error)) throw error;
    return {
      ...compared,
      documents: 0,
      ids: [...expected.keys()],
      expected: expected.size,
      isGone: true,
      settings: [],
    };
  }
}

async function isWritten(table: Table, { search, name }: Compared): Promise<boolean> {
  const state = (await readStates(table, [search])).get(search);
  return state !== undefined && indexTargets(search, state).some((target) => target.name === name);
}

function entryOf(search: EntitySearch, document: string): string {
  const target = targetOf(search, document);
  return target ? quarantineId(search.entity.name, target.org, target.id) : '';
}
