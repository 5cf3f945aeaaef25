import { getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { DeadlineExceededError } from '../errors.ts';
import type { Clock } from '../runtime.ts';
import type { Services } from '../services.ts';

/** What {@link useDeadline} leaves for whoever sends calls. */
export interface DeadlineContext {
  /** Aborted, with the error as its reason, when the operation's time is up. */
  deadline?: AbortSignal;
}

/** Ends operations that take too long: the client gets an answer, nothing more is resolved, and no further call is sent. */
export const useDeadline = (timeoutMs: number, clock: Pick<Clock, 'sleep'>): Plugin<DeadlineContext> => ({
  onExecute({ args, extendContext, executeFn, setExecuteFn }) {
    const isMutation = getOperationAST(args.document, args.operationName)?.operation === 'mutation';
    const [late, done] = [new AbortController(), new AbortController()];
    extendContext({ deadline: late.signal });
    setExecuteFn(async (executing) => {
      const timeUp = clock.sleep(timeoutMs, done.signal).then(
        () => late.abort(new DeadlineExceededError(timeoutMs, isMutation)),
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
