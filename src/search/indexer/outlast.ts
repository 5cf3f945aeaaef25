import type { Clock } from '../../runtime.ts';
import type { Engine } from '../engine/engine.ts';

const PAUSE_MS = 100;
/** A server that takes longer to answer the simplest of questions may have been suspended meanwhile. */
const PROMPT_MS = 500;

/**
 * Resolves when the server has been seen at work for a while: a request whose key it had accepted before has been taken
 * or dropped by then. The time that passes while it is suspended or away does not count.
 *
 * @param deadlineMs when to give that up, by the monotonic clock. @defaultValue never
 * @returns false when it was given up
 * @throws EngineUnavailable, EngineRefusal
 */
export async function outlast(
  { engine, clock }: { readonly engine: Engine; readonly clock: Clock },
  ms: number,
  deadlineMs = Number.POSITIVE_INFINITY,
): Promise<boolean> {
  for (let seen = 0; seen < ms; ) {
    const start = clock.monotonicMs();
    if (start >= deadlineMs) return false;
    await clock.sleep(PAUSE_MS);
    await engine.newestTask();
    const took = clock.monotonicMs() - start;
    seen = took - PAUSE_MS <= PROMPT_MS ? seen + took : 0;
  }
  return true;
}
