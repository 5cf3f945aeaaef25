import type { ScannableTable } from '../../entities/core/table.ts';
import type { Clock } from '../../runtime.ts';
import type { EntitySearch } from '../define.ts';
import type { Engine } from '../engine/engine.ts';
import { readStates } from '../indexer/plan.ts';
import { quarantineEntries, quarantineId } from '../indexer/quarantine.ts';
import { indexTargets } from '../indexer/state.ts';
import { CapacityBudget } from '../table-scan.ts';
import { readExpected } from './expected.ts';
import { type Compared, type Drift, recheck, targetOf } from './recheck.ts';
import { suspectsOf } from './suspects.ts';

/** The side effects of comparing. */
export interface ExamineServices {
  readonly table: ScannableTable;
  readonly engine: Engine;
  readonly clock: Clock;
}

/** How to compare. */
export interface ExamineOptions {
  /** Only the indexes of this rebuild. */
  readonly run?: string;
  /** Read capacity units a second; no limit when left out. */
  readonly maxRcu?: number | undefined;
  /**
   * How long a difference must last before it counts, milliseconds.
   *
   * @defaultValue 10,000
   */
  readonly patienceMs?: number | undefined;
  /** Called with the rows read since the last call. */
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
  /** Items that are not in it since they can't be indexed. */
  readonly quarantined: number;
}

const PATIENCE_MS = 10_000;

/**
 * Compares the indexes of these entities with the table, both ways, while both go on changing.
 *
 * @throws EngineRefusal `index_not_found`, and what table and search engine throw when they don't answer
 */
export async function examine(
  services: ExamineServices,
  searches: readonly EntitySearch[],
  { run, maxRcu, patienceMs = PATIENCE_MS, onRows = () => undefined }: ExamineOptions = {},
): Promise<Examined[]> {
  const { table, engine, clock } = services;
  const states = await readStates(table, searches);
  const budget = new CapacityBudget(clock, maxRcu);
  const { documents } = await readExpected({ table, clock, budget }, searches, onRows);
  const entries = await quarantineEntries.list(table, 'entries', clock.now());
  const quarantined = new Set(entries.map(({ quarantine }) => quarantine));
  const examined: Examined[] = [];
  for (const search of searches) {
    const state = states.get(search);
    for (const { index, name } of state ? indexTargets(search, state, run) : []) {
      const expected = documents.get(index) ?? new Map();
      const suspects = await suspectsOf(engine, name, expected);
      const compared = { search, index, name };
      const drift = await recheck({ table, engine, clock, patienceMs }, compared, suspects.ids);
      for (const [id, kind] of drift) if (kind === 'missing' && quarantined.has(entryOf(search, id))) drift.delete(id);
      const own = entries.filter(({ itemEntity }) => itemEntity === search.entity.name).length;
      examined.push({ ...compared, documents: suspects.documents, expected: expected.size, drift, quarantined: own });
    }
  }
  return examined;
}

function entryOf(search: EntitySearch, document: string): string {
  const target = targetOf(search, document);
  return target ? quarantineId(search.entity.name, target.org, target.id) : '';
}
