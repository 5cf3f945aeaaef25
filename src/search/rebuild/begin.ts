import type { EntitySearch } from '../define.ts';
import type { ApplyServices } from '../indexer/apply.ts';
import { readStates } from '../indexer/plan.ts';
import { changeState } from '../indexer/transitions.ts';
import { Run, RunBusyError, type RunServices, type RunValues } from './run.ts';

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
  const run = await Run.begin(services, id, recordOf(searches, owner));
  for (const search of searches) {
    const { run: taken } = await changeState(services, search, (current) =>
      current.phase === 'live' ? { ...current, phase: 'preparing', run: id } : undefined,
    );
    if (taken === id) continue;
    await withdraw(services, searches, id);
    await run.end();
    throw new RunBusyError(`another rebuild of ${search.entity.name} has just begun; wait for it`);
  }
  return run;
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
  const states = await readStates(services.table, searches);
  for (const { run } of states.values()) {
    if (run === undefined) continue;
    // Where only its record is lost, it begins anew with the indexes that it has.
    const orphans = [...states].flatMap(([search, state]) => (state.run === run ? [search] : []));
    return (await Run.join(services, run, owner)) ?? Run.begin(services, run, recordOf(orphans, owner));
  }
  return undefined;
}

const recordOf = (own: readonly EntitySearch[], owner: string): RunValues => ({
  entities: own.map(nameOf),
  owner,
  segments: Array.from({ length: SEGMENTS }, () => null),
  rows: 0,
});

const nameOf = ({ entity }: EntitySearch): string => entity.name;

/** Takes back the beginning of a rebuild, before it has any index. */
async function withdraw(services: ApplyServices, searches: readonly EntitySearch[], id: string): Promise<void> {
  for (const search of searches)
    await changeState(services, search, (current) =>
      current.phase === 'preparing' && current.run === id ? { ...current, phase: 'live', run: undefined } : undefined,
    );
}
