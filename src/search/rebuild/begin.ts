import { searches as all } from '../all.ts';
import type { EntitySearch } from '../define.ts';
import type { ApplyServices } from '../indexer/apply.ts';
import { readStates } from '../indexer/plan.ts';
import { changeStates } from '../indexer/transitions.ts';
import { Run, RunBusyError } from './run.ts';

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
  const states = await readStates(services.table, all);
  const segments = Array.from({ length: SEGMENTS }, () => null);
  const recordOf = (own: readonly EntitySearch[]) => ({ entities: own.map(nameOf), owner, segments, rows: 0 });
  for (const search of searches) {
    const run = states.get(search)?.run;
    if (run === undefined) continue;
    // Where it was broken off before it had a record, or after that was gone, all that is left of it is its states.
    const own = all.filter((each) => states.get(each)?.run === run);
    return (await Run.join(services, run, owner)) ?? Run.begin(services, run, recordOf(own));
  }
  // All at one moment, and before the record: no crash can leave a rebuild with some of its entities, or of none.
  const begun = await changeStates(services, searches, (current) =>
    current.values().every(({ phase }) => phase === 'live')
      ? new Map([...current].map(([search, state]) => [search, { ...state, phase: 'preparing', run: id }]))
      : new Map(),
  );
  const taken = searches.find((search) => begun.get(search)?.run !== id);
  if (taken) throw new RunBusyError(`another rebuild of ${taken.entity.name} has just begun; wait for it`);
  return Run.begin(services, id, recordOf(searches));
}

const nameOf = ({ entity }: EntitySearch): string => entity.name;
