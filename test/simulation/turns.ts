const settled = Promise.resolve();

/**
 * Goes on once all promise reactions that are due, and all that these set off, have run. Node runs what was given to
 * `nextTick` from a promise reaction when no further one is left, and that takes half a microsecond where a turn of the
 * event loop takes 7. From outside of a reaction, the tick would come before them.
 */
export const onceDrained = (goOn: () => void): void => void settled.then(() => process.nextTick(goOn));

/** Rejections that nobody handled, wrapped, as a reason may be undefined. */
export interface Rejections {
  readonly reasons: readonly { readonly reason: unknown }[];
  /** Hands over again to those who listened before, once the last ones are known. */
  stop(): Promise<void>;
}

/** Collects unhandled rejections in place of whoever does so otherwise. */
export function catchRejections(): Rejections {
  const reasons: { readonly reason: unknown }[] = [];
  const others = process.listeners('unhandledRejection');
  const listener = (reason: unknown) => void reasons.push({ reason });
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', listener);
  return {
    reasons,
    async stop() {
      // Node tells of them when it has nothing else to do.
      await new Promise((resolve) => setImmediate(resolve));
      process.off('unhandledRejection', listener);
      for (const other of others) process.on('unhandledRejection', other);
    },
  };
}
