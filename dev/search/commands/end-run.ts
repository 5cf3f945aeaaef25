import type { SearchState } from '../../../src/entities/system/search-state.ts';
import type { EntitySearch } from '../../../src/search/define.ts';
import { readStates } from '../../../src/search/indexer/reading.ts';
import { joinRun } from '../../../src/search/rebuild/begin.ts';
import { finish, rollBack } from '../../../src/search/rebuild/place.ts';
import { UsageError } from '../../arguments.ts';
import type { ExitCode, Surroundings } from '../target.ts';

type Action = 'finish' | 'roll-back' | 'abort';
type Phase = SearchState['phase'];

/** From which phases each goes on. Whoever was killed within one of them begins it again. */
const FROM: Readonly<Record<Action, readonly Phase[]>> = {
  finish: ['soaking', 'removing'],
  'roll-back': ['soaking', 'restoring', 'removing'],
  abort: ['preparing', 'building', 'removing'],
};

const DONE: Readonly<Record<Action, string>> = {
  finish: 'The indexes from before are removed',
  'roll-back': 'The indexes from before are back in their place, and the new ones removed',
  abort: 'The rebuild is given up, and what it had made is removed',
};

/**
 * Ends the rebuild that is under way.
 *
 * @throws UsageError when there is none, or it is at a point where it can't be ended so; RunBusyError when another
 *   process works on it
 */
export async function endRun(
  action: Action,
  own: readonly EntitySearch[],
  owner: string,
  { target: { services }, print }: Surroundings,
): Promise<ExitCode> {
  const run = await joinRun(services, own, owner);
  if (!run) throw new UsageError('no rebuild is under way; npm run search -- status lists those that are');
  const states = await readStates(services.table, run.searches);
  const phases = [...states.values()].filter((state) => state.run === run.id).map(({ phase }) => phase);
  if (!phases.every((phase) => FROM[action].includes(phase))) {
    await run.release();
    throw new UsageError(
      `the rebuild of ${run.values.entities.join(', ')} can't be ended by --${action}: ${advice(phases)}`,
    );
  }
  try {
    await (action === 'roll-back' ? rollBack : finish)(services, run);
  } finally {
    await run.release();
  }
  print(`${DONE[action]}: ${run.values.entities.join(', ')}.`);
  return 0;
}

function advice(phases: readonly Phase[]): string {
  if (phases.includes('swapping') || phases.includes('restoring'))
    return 'it was broken off while indexes were swapped; npm run search -- reindex ends that first';
  return phases.includes('soaking')
    ? 'its indexes are in their place; --finish keeps them, --roll-back puts those from before back'
    : 'its indexes are not in their place yet; --abort gives it up, and without any of these it goes on';
}
