import { keyText } from '../entities/core/statements.ts';
import type { Table } from '../entities/core/table.ts';
import type { SearchBatch } from '../entities/system/search-batch.ts';
import type { SearchState } from '../entities/system/search-state.ts';
import type { Clock } from '../runtime.ts';
import { searches } from './all.ts';
import type { Search, SearchStats } from './client.ts';
import type { EntitySearch } from './define.ts';
import { batchRecords, LAST_BATCH } from './indexer/batch-report.ts';
import { declarationOf } from './indexer/declaration.ts';
import { countQuarantined } from './indexer/quarantine.ts';
import { indexTargets, searchStates } from './indexer/state.ts';
import { INITIAL, valuesOf } from './indexer/transitions.ts';
import { writerRecords } from './indexer/writers.ts';
import { runs, valuesOf as valuesOfRun } from './rebuild/run-record.ts';

/** What looking at the search takes. */
export interface VitalServices {
  readonly table: Table;
  readonly search: Pick<Search, 'stats'>;
  readonly clock: Clock;
}

/** An index that gets the documents of an entity. */
export interface IndexVitals {
  readonly name: string;
  /** Undefined when the engine does not tell, or has no such index. */
  readonly documents: number | undefined;
}

/** How far a rebuild is. */
export interface RunVitals {
  readonly run: string;
  readonly startedAt: string;
  /** Rows of the table, of whatever entity, that were read and applied. */
  readonly rows: number;
  readonly segments: number;
  readonly segmentsDone: number;
  /** Whether the process that works on it has given a sign of life within the last minute. */
  readonly isAlive: boolean;
  /** Until when the indexes from before are kept; undefined before the new ones are in place. */
  readonly soakUntil: string | undefined;
}

/** How the indexes of one entity are. */
export interface EntityVitals {
  readonly search: EntitySearch;
  readonly phase: SearchState['phase'];
  readonly damage: string | undefined;
  /** Built by another declaration than today's, or never. */
  readonly isOutdated: boolean;
  readonly indexes: readonly IndexVitals[];
  /** 1,000 stands for as many or more. */
  readonly quarantined: number;
  readonly rebuild: RunVitals | undefined;
}

/** How the search is. */
export interface Vitals {
  /** What the engine says, or why it says nothing. */
  readonly engine: SearchStats | { readonly problem: string };
  readonly entities: readonly EntityVitals[];
  readonly lastBatch: SearchBatch | undefined;
  /** Writers whose requests may still arrive although nobody waits for them any more. */
  readonly suspects: number;
}

/**
 * Looks at what is recorded of the search and asks its engine, all at once; changes nothing.
 *
 * @throws UnavailableError when the table does not answer; the engine may be away
 */
export async function readVitals({ table, search, clock }: VitalServices): Promise<Vitals> {
  const now = clock.now();
  const stateKeys = searches.map(({ entity }) => searchStates.key(entity.name));
  const [records, quarantined, listed, writers, engine] = await Promise.all([
    table.batchGet([...stateKeys, batchRecords.key(LAST_BATCH)], { consistent: true }),
    Promise.all(searches.map(({ entity }) => countQuarantined(table, entity.name))),
    runs.list(table, 'runs', now),
    writerRecords.list(table, 'writers', now),
    search.stats().catch((error: unknown) => ({ problem: reasonOf(error) })),
  ]);
  const rows = new Map(records.map((row) => [keyText(row), row]));
  return {
    engine,
    entities: searches.map((own, i) => {
      const stored = searchStates.parse(rows.get(keyText(searchStates.key(own.entity.name))));
      const state = stored ? valuesOf(stored) : INITIAL;
      const run = listed.find(({ searchRun }) => searchRun === state.run);
      return {
        search: own,
        phase: state.phase,
        damage: state.damage,
        isOutdated: state.declaration !== declarationOf(own),
        indexes: indexTargets(own, state).map(({ name }) => ({
          name,
          documents: 'documents' in engine ? engine.documents.get(name) : undefined,
        })),
        quarantined: quarantined[i] ?? 0,
        rebuild: run && runVitals(run, now),
      };
    }),
    lastBatch: batchRecords.parse(rows.get(keyText(batchRecords.key(LAST_BATCH)))),
    suspects: writers.filter(({ fencedAt, expiresOn }) => fencedAt || Date.parse(expiresOn) < now.getTime()).length,
  };
}

function runVitals(stored: Awaited<ReturnType<typeof runs.list>>[number], now: Date): RunVitals {
  const { segments, rows, soakUntil } = valuesOfRun(stored);
  return {
    run: stored.searchRun,
    startedAt: stored.createdAt,
    rows,
    segments: segments.length,
    segmentsDone: segments.filter((progress) => progress === 'done').length,
    isAlive: Date.parse(stored.leaseUntil) > now.getTime(),
    soakUntil,
  };
}

/** Says of an outage what is behind it: the errors between only say that a request has failed. */
function reasonOf(error: unknown): string {
  const { message } = error instanceof Error ? error : new Error(String(error));
  let root = error;
  while (root instanceof Error && root.cause instanceof Error && root.cause.message) root = root.cause;
  return root instanceof Error && root !== error ? `${message} (${root.message})` : message;
}
