import { searches as all } from '../all.ts';
import type { EntitySearch } from '../define.ts';
import type { ApplyServices } from '../indexer/apply.ts';
import { readStates } from '../indexer/reading.ts';
import { changeStates } from '../indexer/transitions.ts';
import { RunBusyError } from './errors.ts';
import { Run, type RunServices } from './run.ts';
import type { RunValues } from './run-record.ts';

/** As many segments are read in turn by as many readers as run at once. */
const SEGMENTS = 8;

/**
 * Begins a rebuild of the indexes of these entities, or joins the one that is under way if whoever worked on it has
 * stopped.
 *
 * @param id of a new rebuild
 * @param owner names this process
 * @throws RunBusyError when another process works on one
 */
export async function beginRun(
  services: ApplyServices,
  searches: readonly EntitySearch[],
  id: string,
  owner: string,
): Promise<Run> {
  const joined = await joinRun(services, searches, owner);
  if (joined) return joined;
  // All at one moment, and before the record: no crash can leave a rebuild with some of its entities, or of none.
  const begun = await changeStates(services, searches, (current) =>
    current.values().every(({ phase }) => phase === 'live')
      ? new Map([...current].map(([search, state]) => [search, { ...state, phase: 'preparing', run: id }]))
      : new Map(),
  );
  const taken = searches.find((search) => begun.get(search)?.run !== id);
  if (taken) throw new RunBusyError(`another rebuild of ${taken.entity.name} has just begun; wait for it`);
  return Run.begin(services, id, recordOf(searches, owner));
}

/**
 * Joins the rebuild of some of these entities that is under way, if there is one and whoever worked on it has stopped.
 *
 * @throws RunBusyError when another process works on it
 */
export async function joinRun(
  services: RunServices,
  searches: readonly EntitySearch[],
  owner: string,
): Promise<Run | undefined> {
  const states = await readStates(services.table, all);
  for (const search of searches) {
    const run = states.get(search)?.run;
    if (run === undefined) continue;
    // Where it was broken off before it had a record, or after that was gone, all that is left of it is its states.
    const own = all.filter((each) => states.get(each)?.run === run);
    return (await Run.join(services, run, owner)) ?? Run.begin(services, run, recordOf(own, owner));
  }
  return undefined;
}

const recordOf = (own: readonly EntitySearch[], owner: string): RunValues => ({
  entities: own.map(nameOf),
  owner,
  segments: Array.from({ length: SEGMENTS }, () => null),
  rows: 0,
  attempts: 1,
  clean: 0,
});

const nameOf = ({ entity }: EntitySearch): string => entity.name;
