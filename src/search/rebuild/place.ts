import type { Statement } from '../../entities/core/statements.ts';
import type { SearchState } from '../../entities/system/search-state.ts';
import type { EntitySearch } from '../define.ts';
import { comparisonPut, mended, noComparisonPut } from '../doctor/comparisons.ts';
import { declarationOf } from '../indexer/declaration.ts';
import { SwapImpossibleError } from '../indexer/errors.ts';
import { besideName, searchStates } from '../indexer/state.ts';
import { succeeded } from '../indexer/tasks.ts';
import { changeState, damaged, generationOf, INITIAL, renewed, type StateValues } from '../indexer/transitions.ts';
import { RunEndingError } from './errors.ts';
import type { RebuildServices } from './fill.ts';
import type { Run } from './run.ts';
import type { Ending, Previous } from './run-record.ts';
import { identitiesOf, swap } from './swap.ts';

type Phase = SearchState['phase'];

const isEarly = ({ phase }: StateValues): boolean => phase === 'preparing' || phase === 'building';

const UNVERIFIED = 'something happened to the new indexes after they had been compared';
const PUT_BACK = 'something happened before the indexes from before a rebuild were put back';

/** Moves the states of all entities of a rebuild on from a phase, those that are in it. */
async function moveOn(
  services: RebuildServices,
  run: Run,
  from: readonly Phase[],
  to: (current: StateValues, search: EntitySearch) => StateValues,
  alongside?: (next: StateValues, search: EntitySearch) => readonly Statement[],
): Promise<void> {
  for (const search of run.searches)
    await changeState(
      services,
      search,
      (current) => (current.run === run.id && from.includes(current.phase) ? to(current, search) : undefined),
      (next) => alongside?.(next, search) ?? [],
    );
}

/**
 * Puts the new indexes of a rebuild in the place of the live ones, and keeps those beside them, which go on being
 * written, for as long as the rebuild soaks.
 *
 * Unless it is known that nothing has happened to them since they were verified, they are noted as damaged.
 */
export async function putInPlace(services: RebuildServices, run: Run, soakMs: number): Promise<void> {
  const { clock } = services;
  await orGiveUp(services, run, async () => {
    // Either way whoever has lost the lease goes no further.
    if (run.values.createdOn) await run.change({});
    else await noteContents(services, run);
    await moveOn(services, run, ['building'], (current) => ({
      ...renewed(current),
      phase: 'swapping',
      epoch: current.epoch + 1,
    }));
    await swap(services, run, 'live');
  });
  // Recorded first: whoever finds the states soaking must know until when.
  await run.change({ soakUntil: new Date(clock.now().getTime() + soakMs).toISOString() });
  const { verified } = run.values;
  const isAsVerified = (current: StateValues, { entity }: EntitySearch) =>
    // One more for this swap.
    generationOf(current) === (verified?.generations[entity.name] ?? Number.NaN) + 1;
  await moveOn(
    services,
    run,
    ['swapping'],
    (current, search) => ({
      ...(isAsVerified(current, search) ? mended(current) : damaged(current, UNVERIFIED, clock.now())),
      phase: 'soaking',
      epoch: current.epoch + 1,
      declaration: declarationOf(search),
    }),
    (next, search) => [
      verified && next.damage === undefined
        ? comparisonPut(search, new Date(verified.comparedAt), 0, clock.now())
        : noComparisonPut(search, clock.now()),
    ],
  );
}

/** Records which contents are new, and how the indexes are that they take the place of. */
async function noteContents(services: RebuildServices, run: Run): Promise<void> {
  const before = run.searches.map(async ({ entity }): Promise<[string, Previous]> => {
    const state = (await searchStates.get(services.table, entity.name)) ?? INITIAL;
    const { declaration, damage } = state;
    return [entity.name, { declaration, damage, generation: generationOf(state) }];
  });
  const previous = Object.fromEntries(await Promise.all(before));
  await run.change({ createdOn: await identitiesOf(services, run), previous });
}

/**
 * Decides how a rebuild ends, before anything is done for it: whoever goes on with it must know.
 *
 * @throws RunEndingError when it is being ended otherwise already
 */
async function decide(run: Run, ending: Ending): Promise<void> {
  const before = run.values.ending;
  if (before === undefined) await run.change({ ending });
  else if (before !== ending) throw new RunEndingError(run.values, before);
}

/**
 * Puts the indexes from before a rebuild back in their place, while it soaks, and removes the new ones.
 *
 * @throws RunEndingError when the rebuild is being finished already, SwapImpossibleError when it had to be given up
 */
export async function rollBack(services: RebuildServices, run: Run): Promise<void> {
  await decide(run, 'roll-back');
  await moveOn(services, run, ['soaking'], (current) => ({
    ...current,
    phase: 'restoring',
    epoch: current.epoch + 1,
  }));
  await orGiveUp(services, run, () => swap(services, run, 'beside'));
  const now = services.clock.now();
  await moveOn(
    services,
    run,
    ['restoring'],
    (current, { entity }) => {
      const { declaration, damage, generation = Number.NaN } = run.values.previous?.[entity.name] ?? {};
      // One more for the swap. What was noted since may be of either, and was struck after the others were compared.
      const isAsBefore = generationOf(current) === generation + 1;
      const restored = isAsBefore ? { ...renewed(current), damage } : damaged(current, PUT_BACK, now);
      return { ...restored, phase: 'removing', epoch: current.epoch + 1, declaration };
    },
    (_next, search) => [noComparisonPut(search, now)],
  );
  await remove(services, run);
}

/**
 * Gives a rebuild up that is not in place, or ends one that is, and removes the indexes beside the live ones.
 *
 * @throws RunEndingError when the rebuild is being rolled back already
 */
export async function finish(services: RebuildServices, run: Run): Promise<void> {
  await decide(run, 'removal');
  await moveOn(services, run, ['preparing', 'building', 'soaking'], (current) => ({
    ...current,
    phase: 'removing',
    epoch: current.epoch + 2,
  }));
  await remove(services, run);
}

/** Does what swaps indexes; where they can't be, gives the rebuild up. @throws SwapImpossibleError then, all the same */
async function orGiveUp(services: RebuildServices, run: Run, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof SwapImpossibleError) await giveUp(services, run, error.message);
    throw error;
  }
}

/**
 * Gives a rebuild up whose indexes can't be swapped: the swap that failed was processed, so none is under way. Until the
 * live ones have been compared with the table, nobody knows what they hold.
 */
async function giveUp(services: RebuildServices, run: Run, reason: string): Promise<void> {
  await run.change({ ending: 'removal' });
  services.log.error({ run: run.id, reason }, 'indexes can not be swapped; their rebuild is given up');
  const now = services.clock.now();
  await moveOn(
    services,
    run,
    ['preparing', 'building', 'swapping', 'soaking', 'restoring'],
    (current) => ({
      // Before that, no swap was sent.
      ...(isEarly(current) ? current : damaged(current, `a swap of the indexes failed: ${reason}`, now)),
      phase: 'removing',
      // Even in any case, and another one than before.
      epoch: current.epoch + 2 - (current.epoch % 2),
    }),
    (next, search) => (next.damage === undefined ? [] : [noComparisonPut(search, now)]),
  );
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
