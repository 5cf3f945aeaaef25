import type { ScannableTable } from '../entities/core/table.ts';
import type { SearchState } from '../entities/system/search-state.ts';
import type { Clock } from '../runtime.ts';
import { searches } from './all.ts';
import type { Engine } from './engine/engine.ts';
import { declarationOf } from './indexer/declaration.ts';
import { intentKeys, intents } from './indexer/intent.ts';
import { quarantineEntries } from './indexer/quarantine.ts';
import { searchStates } from './indexer/state.ts';
import { INITIAL, valuesOf } from './indexer/transitions.ts';
import { writerRecords } from './indexer/writers.ts';
import { type Unclaimed, unclaimed } from './maintenance/collect.ts';
import { runs } from './rebuild/run-record.ts';

/** How the indexes of one entity are. */
export interface EntityHealth {
  readonly entity: string;
  readonly phase: SearchState['phase'];
  /** The rebuild of them that is under way. */
  readonly run: string | undefined;
  /** Why they may lack documents or hold wrong ones. */
  readonly damage: string | undefined;
  /** Built by another declaration than today's; undefined when nothing was ever built. */
  readonly isOutdated: boolean | undefined;
  /** Items that can't be indexed. */
  readonly quarantined: number;
}

/** A rebuild under way. */
export interface RunHealth {
  readonly run: string;
  readonly entities: readonly string[];
  readonly since: string;
  /** Rows of the table that were applied so far. */
  readonly rows: number;
  /** Names the process that works on it, or did. */
  readonly owner: string;
  /** Whether that process has given a sign of life within the last minute. */
  readonly isAlive: boolean;
  /** Until when the indexes from before are kept. */
  readonly soakUntil: string | undefined;
}

/** A writer of the indexes: at work, or dead and not swept yet. */
export interface WriterHealth {
  readonly writer: string;
  readonly expiresOn: string;
  /** When its key was withdrawn, which is when something of it went wrong. */
  readonly fencedAt: string | undefined;
  /** Items that it was about to send. */
  readonly items: number;
}

/** How the search is. */
export interface SearchHealth {
  readonly entities: readonly EntityHealth[];
  readonly runs: readonly RunHealth[];
  readonly writers: readonly WriterHealth[];
  /** What the search engine says; or why it says nothing. */
  readonly engine: (Unclaimed & { readonly missing: readonly string[] }) | { readonly error: string };
}

/** Looks at all that is recorded of the search, and at the search engine's list of indexes. Changes nothing. */
export async function searchHealth(services: {
  readonly table: ScannableTable;
  readonly engine: Engine;
  readonly clock: Clock;
}): Promise<SearchHealth> {
  const { table, clock } = services;
  const now = clock.now();
  const [states, entries, listed, writers, engine] = await Promise.all([
    Promise.all(searches.map(({ entity }) => searchStates.get(table, entity.name))),
    quarantineEntries.list(table, 'entries', now),
    runs.list(table, 'runs', now),
    writerRecords.list(table, 'writers', now),
    engineHealth(services),
  ]);
  return {
    entities: searches.map((search, i): EntityHealth => {
      const state = states[i];
      const { phase, run, damage, declaration } = state ? valuesOf(state) : INITIAL;
      return {
        entity: search.entity.name,
        phase,
        run,
        damage,
        isOutdated: state && declaration !== declarationOf(search),
        quarantined: entries.filter(({ itemEntity }) => itemEntity === search.entity.name).length,
      };
    }),
    runs: listed.map(({ searchRun, entities, createdAt, rows, owner, leaseUntil, soakUntil }) => ({
      run: searchRun,
      entities: entities.split(' '),
      since: createdAt,
      rows,
      owner,
      isAlive: Date.parse(leaseUntil) > now.getTime(),
      soakUntil,
    })),
    writers: await Promise.all(
      writers.map(async ({ searchWriter, expiresOn, fencedAt }) => {
        const intent = await intents.get(table, searchWriter);
        return { writer: searchWriter, expiresOn, fencedAt, items: intent ? intentKeys(intent).length : 0 };
      }),
    ),
    engine,
  };
}

async function engineHealth({
  table,
  engine,
}: {
  readonly table: ScannableTable;
  readonly engine: Engine;
}): Promise<SearchHealth['engine']> {
  try {
    const indexes = await engine.indexes();
    const live = searches.flatMap(({ indexes: own }) => own.map(({ name }) => name));
    const there = new Set(indexes.map(({ uid }) => uid));
    return { ...(await unclaimed(table, indexes)), missing: live.filter((name) => !there.has(name)) };
  } catch (error) {
    // What the table tells is worth showing all the same.
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
