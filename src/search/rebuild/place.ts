import type { SearchState } from '../../entities/system/search-state.ts';
import type { EntitySearch } from '../define.ts';
import { declarationOf } from '../indexer/declaration.ts';
import { besideName, searchStates } from '../indexer/state.ts';
import { succeeded } from '../indexer/tasks.ts';
import { changeState, type StateValues } from '../indexer/transitions.ts';
import type { RebuildServices } from './fill.ts';
import type { Run } from './run.ts';
import { identitiesOf, swap } from './swap.ts';

type Phase = SearchState['phase'];

/** Moves the states of all entities of a rebuild on from a phase, those that are in it. */
async function moveOn(
  services: RebuildServices,
  run: Run,
  from: readonly Phase[],
  to: (current: StateValues, search: EntitySearch) => StateValues,
): Promise<void> {
  for (const search of run.searches)
    await changeState(services, search, (current) =>
      current.run === run.id && from.includes(current.phase) ? to(current, search) : undefined,
    );
}

/**
 * Puts the new indexes of a rebuild in the place of the live ones, and keeps those beside them, which go on being
 * written, for as long as the rebuild soaks.
 *
 * @param damage what was noted of the live indexes before the new ones were verified: that is mended now
 */
export async function putInPlace(
  services: RebuildServices,
  run: Run,
  soakMs: number,
  damage: ReadonlyMap<EntitySearch, string | undefined>,
): Promise<void> {
  if (!run.values.createdOn) {
    const before = run.searches.map(async ({ entity }) => {
      const state = await searchStates.get(services.table, entity.name);
      return [entity.name, state?.declaration ?? ''] as const;
    });
    const previous = Object.fromEntries(await Promise.all(before));
    await run.change({ createdOn: await identitiesOf(services, run), previous });
  }
  await moveOn(services, run, ['building'], (current) => ({
    ...current,
    phase: 'swapping',
    epoch: current.epoch + 1,
  }));
  await swap(services, run, 'live');
  // Recorded first: whoever finds the states soaking must know until when.
  await run.change({ soakUntil: new Date(services.clock.now().getTime() + soakMs).toISOString() });
  await moveOn(services, run, ['swapping'], (current, search) => ({
    ...current,
    phase: 'soaking',
    epoch: current.epoch + 1,
    declaration: declarationOf(search),
    damage: current.damage === damage.get(search) ? undefined : current.damage,
  }));
}

/** Puts the indexes from before a rebuild back in their place, while it soaks, and removes the new ones. */
export async function rollBack(services: RebuildServices, run: Run): Promise<void> {
  await moveOn(services, run, ['soaking'], (current) => ({
    ...current,
    phase: 'restoring',
    epoch: current.epoch + 1,
  }));
  await swap(services, run, 'beside');
  await moveOn(services, run, ['restoring'], (current, { entity }) => ({
    ...current,
    phase: 'removing',
    epoch: current.epoch + 1,
    declaration: run.values.previous?.[entity.name] || undefined,
  }));
  await remove(services, run);
}

/** Gives a rebuild up that is not in place, or ends one that is, and removes the indexes beside the live ones. */
export async function finish(services: RebuildServices, run: Run): Promise<void> {
  await moveOn(services, run, ['preparing', 'building', 'soaking'], (current) => ({
    ...current,
    phase: 'removing',
    epoch: current.epoch + 2,
  }));
  await remove(services, run);
}

/**
 * Gives a rebuild up whose indexes can't be swapped: the swap that failed was processed, so none is under way. Until the
 * live ones have been compared with the table, nobody knows what they hold.
 */
export async function giveUp(services: RebuildServices, run: Run, reason: string): Promise<void> {
  services.log.error({ run: run.id, reason }, 'indexes can not be swapped; their rebuild is given up');
  await moveOn(services, run, ['preparing', 'building', 'swapping', 'soaking', 'restoring'], (current) => ({
    ...current,
    phase: 'removing',
    // Even in any case, and another one than before.
    epoch: current.epoch + 2 - (current.epoch % 2),
    damage: `a swap of the indexes failed: ${reason}`.slice(0, 400),
  }));
  await remove(services, run);
}

/** Nobody writes these indexes any more. */
async function remove(services: RebuildServices, run: Run): Promise<void> {
  for (const index of run.searches.flatMap(({ indexes }) => indexes)) {
    const name = besideName(index, run.id);
    await succeeded(services, name, await services.engine.deleteIndex(name), 'index_not_found');
  }
  // The record first: states without one are found by the next rebuild, a record without states only by `collect`.
  await run.end();
  await moveOn(services, run, ['removing'], (current) => ({ ...current, phase: 'live', run: undefined }));
}
