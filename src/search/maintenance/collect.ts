import type { Table } from '../../entities/core/table.ts';
import type { Clock } from '../../runtime.ts';
import { searches } from '../all.ts';
import type { IndexInfo } from '../engine/engine.ts';
import { readStates } from '../indexer/reading.ts';
import { besideName } from '../indexer/state.ts';
import { succeeded, type TaskServices } from '../indexer/tasks.ts';
import { runs } from '../rebuild/run-record.ts';

/** What of the search engine's indexes belongs to nothing. */
export interface Unclaimed {
  /** Left behind by rebuilds that are over: nobody reads or writes them, and they can go. */
  readonly leftovers: readonly string[];
  /** Not made by any entity of today: one that was removed, or somebody's own. Not Roster's to delete. */
  readonly unknown: readonly string[];
}

/** What is left of the name of a rebuild's index behind that of the live one. */
const RUN = /^-[0-9a-z]{26}$/;

/**
 * The indexes under this stage's prefix that no entity is served by or builds.
 *
 * @param indexes as they were listed before: those of a rebuild that begins meanwhile are not among them
 */
export async function unclaimed(table: Table, indexes: readonly IndexInfo[]): Promise<Unclaimed> {
  const states = await readStates(table, searches);
  const claimed = new Set(
    searches.flatMap((search) => {
      const state = states.get(search);
      const live = search.indexes.map(({ name }) => name);
      const run = state?.run;
      // While a rebuild begins and ends, its indexes are there although nobody writes them.
      return run === undefined ? live : [...live, ...search.indexes.map((index) => besideName(index, run))];
    }),
  );
  const names = indexes.map(({ uid }) => uid).filter((uid) => !claimed.has(uid));
  const known = searches.flatMap(({ indexes: own }) => own.map(({ name }) => name));
  const isLeftover = (uid: string) => known.some((name) => uid.startsWith(name) && RUN.test(uid.slice(name.length)));
  return { leftovers: names.filter(isLeftover), unknown: names.filter((uid) => !isLeftover(uid)) };
}

/** What was collected. */
export interface Collected {
  readonly indexes: readonly string[];
  readonly runs: readonly string[];
}

/**
 * Deletes what rebuilds have left behind that ended otherwise than they should: indexes, and records of rebuilds that no
 * entity refers to.
 *
 * @throws when the table or the search engine does not answer; what was done by then stays done
 */
export async function collect(
  services: TaskServices & { readonly table: Table; readonly clock: Clock },
): Promise<Collected> {
  const { table, engine, clock } = services;
  const { leftovers } = await unclaimed(table, await engine.indexes());
  for (const name of leftovers) await succeeded(services, name, await engine.deleteIndex(name), 'index_not_found');
  const now = clock.now();
  const listed = await runs.list(table, 'runs', now);
  // Read after the list: states refer to a rebuild before it is recorded, and until it is not any more.
  const states = await readStates(table, searches);
  const referred = new Set([...states.values()].map(({ run }) => run));
  const orphans = listed
    .filter(({ searchRun, leaseUntil }) => !referred.has(searchRun) && Date.parse(leaseUntil) <= now.getTime())
    .map(({ searchRun }) => searchRun);
  await table.batchWrite(orphans.map((run) => runs.delete(run)));
  return { indexes: leftovers, runs: orphans };
}
