import { keyText } from '../entities/core/statements.ts';
import type { Table } from '../entities/core/table.ts';
import type { SearchBatch } from '../entities/system/search-batch.ts';
import type { SearchComparison } from '../entities/system/search-comparison.ts';
import type { SearchState } from '../entities/system/search-state.ts';
import type { Clock } from '../runtime.ts';
import { searches } from './all.ts';
import type { Search, SearchStats } from './client.ts';
import type { EntitySearch } from './define.ts';
import { comparisons } from './doctor/comparisons.ts';
import { batchRecords, LAST_BATCH } from './indexer/batch-report.ts';
import { declarationOf } from './indexer/declaration.ts';
import { countQuarantined } from './indexer/quarantine.ts';
import { indexTargets, searchStates } from './indexer/state.ts';
import { SKEW_MS } from './indexer/sweep.ts';
import { INITIAL, type StateValues, valuesOf } from './indexer/transitions.ts';
import { writerRecords } from './indexer/writers.ts';
import { runs, valuesOf as valuesOfRun } from './rebuild/run-record.ts';

/** What looking at the search takes. */
export interface HealthServices {
  readonly table: Table;
  readonly search: Pick<Search, 'stats'>;
  readonly clock: Clock;
}

/** An index that gets the documents of an entity. */
export interface IndexHealth {
  readonly name: string;
  /** Undefined when the engine does not tell, or has no such index. */
  readonly documents: number | undefined;
}

/** How the indexes of one entity are. */
export interface EntityHealth {
  /** Its name. */
  readonly entity: string;
  readonly phase: SearchState['phase'];
  /** The id of the rebuild that is under way. */
  readonly run: string | undefined;
  /** Why the live indexes may lack documents or hold wrong ones. */
  readonly damage: string | undefined;
  /** To be rebuilt: built by another declaration than today's, or by none that is known. */
  readonly isOutdated: boolean;
  /** False as long as it is not recorded by which declaration the live indexes were built. */
  readonly isBuilt: boolean;
  /** The live ones first, then those of a rebuild that get every write beside them. */
  readonly indexes: readonly IndexHealth[];
  /** Items that can't be indexed; 1,000 stands for as many or more. */
  readonly quarantined: number;
  /** The last one of the live indexes with the table; undefined where none of them has come to its end yet. */
  readonly comparison: ComparisonHealth | undefined;
}

/** What a comparison of an entity's indexes with the table has come to. */
export interface ComparisonHealth {
  /** When it began: every document was compared then or later. */
  readonly startedAt: string;
  /** Documents that differed and were not repaired since. */
  readonly drift: number;
}

/** How far a rebuild is. */
export interface RunHealth {
  readonly run: string;
  /** Names of entities. */
  readonly entities: readonly string[];
  /** RFC 3339, as all times here. */
  readonly startedAt: string;
  /** Rows of the table, of whatever entity, that were read and applied. */
  readonly rows: number;
  readonly segments: number;
  readonly segmentsDone: number;
  /** Names the process that works on it, or did. */
  readonly owner: string;
  /** Whether that process has given a sign of life within the last minute. */
  readonly isAlive: boolean;
  /** Until when the indexes from before are kept; undefined before the new ones are in place. */
  readonly soakUntil: string | undefined;
}

/** A writer of the indexes: alive, or dead and not swept yet. */
export interface WriterHealth {
  readonly writer: string;
  /** When it was recorded: with its key, and once more when that was withdrawn. */
  readonly since: string;
  /** When its key ends by itself. */
  readonly expiresOn: string;
  /** When its key was withdrawn. */
  readonly fencedAt: string | undefined;
  /** When what it had been about to send was applied once more, while its key would still be good. */
  readonly appliedAt: string | undefined;
  /** Its requests may have arrived although nobody waits for them any more, and nobody has looked yet. */
  readonly isSuspect: boolean;
}

/** How the search is. */
export interface SearchHealth {
  /** What the engine says, with the live indexes that it lacks; or why it says nothing. */
  readonly engine: EngineHealth | { readonly problem: string };
  readonly entities: readonly EntityHealth[];
  readonly runs: readonly RunHealth[];
  readonly lastBatch: SearchBatch | undefined;
  readonly writers: readonly WriterHealth[];
}

/** How the search engine is. */
export interface EngineHealth {
  /** Tasks that are accepted and not done, of all stages that share the server. */
  readonly pendingTasks: number;
  /** Names of live indexes that it does not have. */
  readonly missing: readonly string[];
}

/**
 * Looks at what is recorded of the search and asks its engine, all at once; changes nothing.
 *
 * @throws UnavailableError when the table does not answer; the engine may be away
 */
export async function readHealth({ table, search, clock }: HealthServices): Promise<SearchHealth> {
  const now = clock.now();
  const names = searches.map(({ entity }) => entity.name);
  const ofEntities = names.flatMap((name) => [searchStates.key(name), comparisons.key(name)]);
  const [records, quarantined, listed, writers, stats] = await Promise.all([
    table.batchGet([...ofEntities, batchRecords.key(LAST_BATCH)], { consistent: true }),
    Promise.all(names.map((name) => countQuarantined(table, name))),
    runs.list(table, 'runs', now),
    writerRecords.list(table, 'writers', now),
    search.stats().catch((error: unknown) => ({ problem: reasonOf(error) })),
  ]);
  const rows = new Map(records.map((row) => [keyText(row), row]));
  const documents = 'documents' in stats ? stats.documents : new Map<string, number>();
  return {
    engine: 'documents' in stats ? engineHealth(stats) : stats,
    entities: searches.map((own, i) => {
      const { name } = own.entity;
      const stored = searchStates.parse(rows.get(keyText(searchStates.key(name))));
      return {
        ...entityHealth(own, stored ? valuesOf(stored) : INITIAL, documents),
        quarantined: quarantined[i] ?? 0,
        comparison: comparisonHealth(comparisons.parse(rows.get(keyText(comparisons.key(name))))),
      };
    }),
    runs: listed.map((stored) => runHealth(stored, now)),
    lastBatch: batchRecords.parse(rows.get(keyText(batchRecords.key(LAST_BATCH)))),
    writers: writers.map((stored) => writerHealth(stored, now)),
  };
}

const engineHealth = ({ pendingTasks, documents }: SearchStats): EngineHealth => ({
  pendingTasks,
  missing: searches.flatMap(({ indexes }) => indexes.map(({ name }) => name)).filter((name) => !documents.has(name)),
});

const entityHealth = (
  search: EntitySearch,
  state: StateValues,
  documents: ReadonlyMap<string, number>,
): Omit<EntityHealth, 'quarantined' | 'comparison'> => ({
  entity: search.entity.name,
  phase: state.phase,
  run: state.run,
  damage: state.damage,
  isOutdated: state.declaration !== declarationOf(search),
  isBuilt: state.declaration !== undefined,
  indexes: indexTargets(search, state).map(({ name }) => ({ name, documents: documents.get(name) })),
});

const comparisonHealth = (stored: SearchComparison | undefined): ComparisonHealth | undefined =>
  stored?.comparedAt === undefined ? undefined : { startedAt: stored.comparedAt, drift: stored.drift ?? 0 };

function runHealth(stored: Awaited<ReturnType<typeof runs.list>>[number], now: Date): RunHealth {
  const { entities, owner, segments, rows, soakUntil } = valuesOfRun(stored);
  return {
    run: stored.searchRun,
    entities,
    startedAt: stored.createdAt,
    rows,
    segments: segments.length,
    segmentsDone: segments.filter((progress) => progress === 'done').length,
    owner,
    isAlive: Date.parse(stored.leaseUntil) > now.getTime(),
    soakUntil,
  };
}

const writerHealth = (
  { searchWriter, createdAt, expiresOn, fencedAt, appliedAt }: Awaited<ReturnType<typeof writerRecords.list>>[number],
  now: Date,
): WriterHealth => ({
  writer: searchWriter,
  since: createdAt,
  expiresOn,
  fencedAt,
  appliedAt,
  isSuspect: appliedAt === undefined && (fencedAt !== undefined || Date.parse(expiresOn) + SKEW_MS <= now.getTime()),
});

/** Says of an outage what is behind it: the errors between only say that a request has failed. */
export function reasonOf(error: unknown): string {
  const { message } = error instanceof Error ? error : new Error(String(error));
  let root = error;
  while (root instanceof Error && root.cause instanceof Error && root.cause.message) root = root.cause;
  return root instanceof Error && !message.includes(root.message) ? `${message} (${root.message})` : message;
}
