import { EngineUnavailable } from '../engine/errors.ts';
import { SearchWriteError, SwapImpossibleError } from '../indexer/errors.ts';
import { outlast } from '../indexer/outlast.ts';
import { besideName } from '../indexer/state.ts';
import { processed, taskError } from '../indexer/tasks.ts';
import { openKey, retire } from '../indexer/writers.ts';
import type { RebuildServices } from './fill.ts';
import type { Run } from './run.ts';

/** A request without a body to speak of is taken or dropped within this time once its key was accepted. */
const GRACE_MS = 2_000;
const PAUSE_MS = 50;
const ATTEMPTS = 5;

/** The live indexes of a rebuild's entities, each with the one beside it. */
const pairsOf = ({ id, searches }: Run): [live: string, beside: string][] =>
  searches.flatMap(({ indexes }) => indexes.map((index): [string, string] => [index.name, besideName(index, id)]));

/** When the contents of all indexes beside the live ones were made, by which they are known wherever they are. */
export async function identitiesOf({ engine }: RebuildServices, run: Run): Promise<Record<string, string>> {
  const found = new Map((await engine.indexes()).map(({ uid, createdAt }) => [uid, createdAt]));
  return Object.fromEntries(
    pairsOf(run).map(([, beside]) => {
      const createdAt = found.get(beside);
      if (createdAt === undefined) throw new SwapImpossibleError(`there is no index "${beside}" to put in place`);
      return [beside, createdAt];
    }),
  );
}

/**
 * Exchanges the live indexes for those beside them, or back, exactly once, however often this was begun and broken off.
 *
 * A swap that was sent and never answered may still come, and would undo what is done. So each is sent under a key of its
 * own, whose uid is recorded before, and before another one is sent that key is withdrawn and what is on its way has
 * arrived. The contents tell by their time of creation where they are.
 *
 * @param wanted where the new contents are to be
 */
export async function swap(services: RebuildServices, run: Run, wanted: 'live' | 'beside'): Promise<void> {
  const { engine, ids } = services;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    await settle(services, run);
    if (await isInPlace(services, run, wanted)) return;
    const swapKey = ids.uuid();
    await run.change({ swapKey });
    const { key } = await openKey(services, swapKey);
    try {
      const task = await processed(services, await engine.swapIndexes(key, pairsOf(run)));
      if (task.error?.code === 'index_not_found') throw new SwapImpossibleError(task.error.message);
      if (task.status !== 'succeeded') throw taskError(task, 'swap');
      // It was answered, so it can't come again.
      await run.change({ swapKey: undefined });
      await retire(services, key.uid);
    } catch (error) {
      if (!(error instanceof EngineUnavailable)) throw error;
      services.log.warn({ err: error, run: run.id, attempt }, 'nobody knows whether indexes were swapped');
    }
  }
  throw new SearchWriteError(`the indexes could not be swapped ${ATTEMPTS} times`);
}

/** Resolves when no swap that was ever sent for this rebuild can come any more. */
async function settle(services: RebuildServices, run: Run): Promise<void> {
  const { engine, clock } = services;
  const { swapKey } = run.values;
  if (swapKey === undefined) return;
  await engine.deleteKey(swapKey);
  await outlast(services, GRACE_MS);
  while ((await engine.pendingSwaps()).length > 0) await clock.sleep(PAUSE_MS);
  await run.change({ swapKey: undefined });
}

/**
 * Whether the new contents are where they are wanted.
 *
 * @throws SwapImpossibleError when only some of them are, or some are in neither place: somebody has deleted an index
 */
async function isInPlace({ engine }: RebuildServices, run: Run, wanted: 'live' | 'beside'): Promise<boolean> {
  const found = new Map((await engine.indexes()).map(({ uid, createdAt }) => [uid, createdAt]));
  const places = pairsOf(run).map(([live, beside]) => {
    const createdAt = run.values.createdOn?.[beside];
    if (createdAt !== undefined && found.get(live) === createdAt) return 'live';
    if (createdAt !== undefined && found.get(beside) === createdAt) return 'beside';
    throw new SwapImpossibleError(`the contents that the rebuild made for ${live} are gone`);
  });
  if (new Set(places).size > 1)
    throw new SwapImpossibleError('only some of the indexes hold what the rebuild made: who swapped them?');
  return places[0] === wanted;
}
