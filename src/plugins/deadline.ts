import type { Plugin } from 'graphql-yoga';
import { DeadlineExceededError } from '../errors.ts';
import type { Clock } from '../runtime.ts';
import type { Services } from '../services.ts';
import { isMutation } from './mutation.ts';

/** What {@link useDeadline} is told by whoever hands over a request, and leaves for whoever sends calls. */
export interface DeadlineContext {
  /** For the whole request, milliseconds; no less than an operation may take where it is left out. */
  timeLeftMs?: number;
  /** When its operation must have ended: by the clock's own milliseconds, and so many after the request had come. */
  end?: { readonly atMs: number; readonly afterMs: number };
  /** Aborted, with the error as its reason, when the operation's time is up. */
  deadline?: AbortSignal;
}

/**
 * Ends operations that take too long, from when their requests have come: the client gets an answer, nothing more is
 * resolved, and no further call is sent.
 */
export const useDeadline = (
  timeoutMs: number,
  clock: Pick<Clock, 'sleep' | 'monotonicMs'>,
): Plugin<DeadlineContext, DeadlineContext> => ({
  onRequest({ serverContext }) {
    const afterMs = Math.max(0, Math.min(timeoutMs, serverContext.timeLeftMs ?? timeoutMs));
    serverContext.end = { atMs: clock.monotonicMs() + afterMs, afterMs };
  },
  onExecute({ args, extendContext, executeFn, setExecuteFn }) {
    const { end }: DeadlineContext = args.contextValue;
    if (!end) throw new Error('the request never came');
    const leftMs = end.atMs - clock.monotonicMs();
    // Nothing of it has been done yet, be it a mutation.
    if (leftMs <= 0) throw new DeadlineExceededError(end.afterMs, false);
    const [late, done] = [new AbortController(), new AbortController()];
    extendContext({ deadline: late.signal });
    setExecuteFn(async (executing) => {
      const timeUp = clock.sleep(leftMs, done.signal).then(
        () => late.abort(new DeadlineExceededError(end.afterMs, isMutation(args))),
        () => undefined,
      );
      try {
        // Yoga's executor heeds a signal that graphql's does not know, between fields; and a field may hang.
        const heeding = { ...executing, signal: late.signal };
        const result = await Promise.race([executeFn(heeding), timeUp]);
        late.signal.throwIfAborted();
        return result;
      } finally {
        done.abort();
      }
    });
  },
});

/** The same services, which send nothing more to the table once the time is up. */
export function untilDeadline<S extends Pick<Services, 'table'>>(context: DeadlineContext, services: S): S {
  const observe = () => {
    context.deadline?.throwIfAborted();
    return () => undefined;
  };
  return { ...services, table: services.table.observed(observe) };
}
