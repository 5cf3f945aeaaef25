import { isDeepStrictEqual } from 'node:util';
import type { SearchState } from '../../entities/system/search-state.ts';
import type { EntitySearch } from '../define.ts';
import { type CheckOptions, type CheckProgress, check, notBegun } from '../doctor/check.ts';
import { differingSettings } from '../doctor/settings.ts';
import { isMissingIndex } from '../engine/errors.ts';
import { RunOverError, SearchWriteError, SwapImpossibleError } from '../indexer/errors.ts';
import { readStates } from '../indexer/reading.ts';
import { besideName, indexTargets, searchStates } from '../indexer/state.ts';
import { generationOf, INITIAL } from '../indexer/transitions.ts';
import { CapacityBudget } from '../table-scan.ts';
import { beginRun, joinRun } from './begin.ts';
import { RunStuckError } from './errors.ts';
import { type FillLimits, fill, prepare, type RebuildServices } from './fill.ts';
import { finish, putInPlace, rollBack } from './place.ts';
import { keepAlive, type Run } from './run.ts';
import { type Ending, isStuck, MOST_FAILED_PASSES, type Verification } from './run-record.ts';

/** What a rebuild is doing. */
export type RebuildPhase = 'filling' | 'verifying' | 'swapping';

/** How to rebuild. */
export interface RebuildOptions {
  /** Names this process. */
  readonly owner: string;
  /** Read capacity units a second; no limit when left out. */
  readonly maxRcu?: number | undefined;
  /** For how long the indexes from before are kept, milliseconds, so that they can be put back. */
  readonly soakMs: number;
  /**
   * When to begin nothing more and leave the rest to another call, by the monotonic clock. What is under way then is
   * ended: what was read of the table is applied, or compared.
   *
   * @defaultValue never
   */
  readonly stopAtMs?: number | undefined;
  /** The same, as soon as it is aborted. */
  readonly signal?: AbortSignal | undefined;
  /** How long a difference must last before it counts when the new indexes are verified, milliseconds. @defaultValue 10,000 */
  readonly patienceMs?: number | undefined;
  /** Fails after so many calls in a row that brought it no further, or 8 comparisons that found differences. @defaultValue never */
  readonly maxAttempts?: number | undefined;
  /** How much of the table is read and sent at a time. @defaultValue what suits tables of any size */
  readonly limits?: FillLimits | undefined;
  /** Called with the phase, and the rows that were read in it so far. */
  readonly onProgress?: (phase: RebuildPhase, rows: number) => void;
}

/** How far a rebuild got. */
export interface Rebuilt {
  readonly run: string;
  /**
   * `soaking`: the new indexes are in place, and those from before are kept for a while; `unfinished`: time was up;
   * `ended`: it had been given up or rolled back, and what was left of it has been removed.
   */
  readonly status: 'soaking' | 'unfinished' | 'ended';
}

/**
 * Rebuilds the indexes of entities beside the live ones, and puts them in their place once they equal the table.
 *
 * The new indexes get every write from the moment that the scan begins. A process that dies at any point leaves what it
 * did, and the next call goes on from there, also when it asks for other entities.
 *
 * @throws RunBusyError when another process is at it, RunOverError when another one has taken over, RunStuckError when
 *   calls bring it no further, SearchWriteError
 */
export async function rebuild(
  services: RebuildServices,
  searches: readonly EntitySearch[],
  options: RebuildOptions,
): Promise<Rebuilt> {
  return carryOn(services, await beginRun(services, searches, services.ids.next(), options.owner), options);
}

/**
 * Goes on with the rebuild of entities that is under way, and begins none.
 *
 * @returns undefined when there is none any more
 * @throws what {@link rebuild} does
 */
export async function resume(
  services: RebuildServices,
  searches: readonly EntitySearch[],
  options: RebuildOptions,
): Promise<Rebuilt | undefined> {
  const run = await joinRun(services, searches, options.owner);
  return run && carryOn(services, run, options);
}

async function carryOn(services: RebuildServices, run: Run, options: RebuildOptions): Promise<Rebuilt> {
  try {
    return { run: run.id, status: await keepAlive(services.clock, run, () => advance(services, run, options)) };
  } catch (error) {
    // It has been given up.
    if (error instanceof SwapImpossibleError) return { run: run.id, status: 'ended' };
    // Whoever has ended it may have done so before this process recorded it anew.
    if (error instanceof RunOverError && (await phasesOf(services, run)).size === 0) await run.end();
    throw error;
  } finally {
    // So that nobody need wait for the lease to end; whoever has taken over keeps it.
    await run
      .release()
      .catch((error: unknown) => services.log.warn({ err: error, run: run.id }, 'a lease was not ended'));
  }
}

async function advance(services: RebuildServices, run: Run, options: RebuildOptions): Promise<Rebuilt['status']> {
  const { clock } = services;
  const { maxRcu, soakMs, maxAttempts = Number.POSITIVE_INFINITY, onProgress = () => undefined } = options;
  const shouldStop = () => options.signal?.aborted === true || clock.monotonicMs() >= (options.stopAtMs ?? Infinity);
  const phases = await phasesOf(services, run);
  if (phases.size === 0) {
    await run.end();
    return 'ended';
  }
  const ending = run.values.ending ?? endingIn(phases);
  if (ending) {
    await (ending === 'roll-back' ? rollBack : finish)(services, run);
    return 'ended';
  }
  if (phases.has('soaking') && phases.size === 1) return 'soaking';
  const isForFunction = maxAttempts < Number.POSITIVE_INFINITY;
  if (isForFunction && !phases.has('swapping') && isStuck(run.values, maxAttempts)) throw new RunStuckError(run.values);
  // Whoever has the time may compare as often again.
  await run.change({ maxRcu, soakMs, ...(!isForFunction && { failedPasses: 0 }) });
  if (!phases.has('swapping') && !phases.has('soaking')) {
    await prepare(services, run);
    const budget = new CapacityBudget(clock, maxRcu);
    let { rows } = run.values;
    const onRows = (more: number) => {
      rows += more;
      onProgress('filling', rows);
    };
    onRows(0);
    if (!(await fill(services, run, { budget, onRows, shouldStop, limits: options.limits }))) return 'unfinished';
    if (!(await verify(services, run, options, shouldStop))) return 'unfinished';
  }
  onProgress('swapping', run.values.rows);
  await putInPlace(services, run, soakMs);
  return 'soaking';
}

/** How a rebuild was being ended that has no record any more. */
function endingIn(phases: ReadonlySet<SearchState['phase']>): Ending | undefined {
  if (phases.has('restoring')) return 'roll-back';
  return phases.has('removing') ? 'removal' : undefined;
}

/** How far it is with each of its entities; none once it is over. */
const phasesOf = async ({ table }: RebuildServices, run: Run) => {
  const states = await Promise.all(run.searches.map(({ entity }) => searchStates.get(table, entity.name)));
  return new Set(states.flatMap((state) => (state?.run === run.id ? [state.phase] : [])));
};

/**
 * Compares the new indexes with the table until they were found equal to it twice, one time after the other. What was
 * compared is recorded: another process goes on from there. What that has found counts for one of the two times.
 *
 * @returns false when it was stopped before that; true also when whoever was at it before has begun to swap all the same,
 *   which nobody knows to be verified then
 * @throws SwapImpossibleError when an index is gone; the rebuild is given up then
 */
async function verify(
  services: RebuildServices,
  run: Run,
  { maxRcu, patienceMs, limits, onProgress = () => undefined }: RebuildOptions,
  shouldStop: () => boolean,
): Promise<boolean> {
  await restoreSettings(services, run);
  if (run.values.clean > 0) await run.change({ clean: 1, verified: undefined });
  for (;;) {
    let isSwapped = (await phasesOf(services, run)).has('swapping');
    if (isSwapped) return true;
    const { progress: from, ...outset } = run.values.verification ?? (await beginVerification(services, run));
    let { rows } = from;
    const onRows = (more: number) => {
      rows += more;
      onProgress('verifying', rows);
    };
    const { isFinished, progress } = await compare(services, run, from, {
      maxRcu,
      patienceMs,
      stepSize: limits?.pageRows,
      shouldStop: () => isSwapped || shouldStop(),
      async save(now) {
        await run.change({ verification: { ...outset, progress: now }, attempts: 0 });
        isSwapped = (await phasesOf(services, run)).has('swapping');
      },
      onRows,
    });
    if (isSwapped) return true;
    if (!isFinished) return false;
    const drift = driftIn(progress);
    // What has happened to the engine meanwhile has happened to what was compared before it, too.
    const isClean = drift === 0 && isDeepStrictEqual(await generationsOf(services, run), outset.generations);
    await run.change(({ clean, failedPasses = 0 }) => ({
      clean: isClean ? clean + 1 : 0,
      failedPasses: isClean ? failedPasses : failedPasses + 1,
      verification: undefined,
      verified: isClean ? outset : undefined,
    }));
    const { clean, failedPasses = 0 } = run.values;
    if (clean === 2) return true;
    if (!isClean && failedPasses >= MOST_FAILED_PASSES)
      throw new SearchWriteError(
        `the new indexes were not found equal to the table ${failedPasses} times; documents that differed: ${drift}`,
      );
  }
}

const driftIn = ({ found }: CheckProgress): number => Object.values(found).reduce((sum, { drift }) => sum + drift, 0);

async function beginVerification(services: RebuildServices, run: Run): Promise<Verification> {
  const comparedAt = services.clock.now().toISOString();
  return { comparedAt, generations: await generationsOf(services, run), progress: notBegun(run.searches) };
}

/** The generations of a rebuild's entities, by name. */
async function generationsOf({ table }: RebuildServices, { searches }: Run): Promise<Record<string, number>> {
  const states = searches.map(({ entity: { name } }) => searchStates.get(table, name));
  const generations = (await Promise.all(states)).map((state) => generationOf(state ?? INITIAL));
  return Object.fromEntries(searches.map(({ entity }, i) => [entity.name, generations[i] ?? 0]));
}

/** Compares the new indexes with the table. @throws SwapImpossibleError when one is gone; the rebuild is given up then */
async function compare(services: RebuildServices, run: Run, progress: CheckProgress, options: CheckOptions) {
  const compared = run.searches.flatMap((search) =>
    search.indexes.map((index) => ({ search, index, name: besideName(index, run.id) })),
  );
  try {
    return await check(services, compared, progress, options);
  } catch (error) {
    if (!isMissingIndex(error)) throw error;
    await finish(services, run);
    throw new SwapImpossibleError(`an index to put in place is gone: ${error.message}`);
  }
}

/**
 * Sends settings again that somebody has changed meanwhile. They need not be waited for, which may take long: the engine
 * has them before it does what is sent later, such as the swap.
 */
async function restoreSettings({ table, engine, log }: RebuildServices, run: Run): Promise<void> {
  const states = await readStates(table, run.searches);
  for (const [search, state] of states)
    for (const { index, name } of indexTargets(search, state, run.id)) {
      const settings = await engine.settings(name);
      const names = settings ? differingSettings(index.settings, settings) : [];
      if (names.length === 0) continue;
      log.warn(
        { index: name, settings: names },
        'an index that is being built had other settings; they are sent again',
      );
      await engine.updateSettings(name, index.settings);
    }
}
