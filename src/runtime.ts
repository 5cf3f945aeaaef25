import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ulid } from 'ulid';

/** Time, as an injected side effect. */
export interface Clock {
  now(): Date;
  /** Milliseconds since some moment, to tell how long something takes: never set back, with fractions. */
  monotonicMs(): number;
  /**
   * Resolves after `ms` milliseconds.
   *
   * @param signal ends it at once, by a rejection; nothing goes on living only for a sleep that has one
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Waits before another attempt: a random time of at most 25 ms × 2^attempt, and never over 2 s. */
  backOff(attempt: number): Promise<void>;
}

/** Makes ids that nobody else has. */
export interface Ids {
  /** One that sorts by time of creation, can't be guessed and is safe in keys. */
  next(): string;
  /** A random UUID (version 4), for those who want nothing else. */
  uuid(): string;
}

/** Structured logging: an object of facts first, then one sentence. Facts hold no personal data and no secrets. */
export interface Logger {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** The machine's own clock. */
export const realClock = (): Clock => ({
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, signal && { signal, ref: false }),
  backOff: (attempt) => delay(Math.random() * Math.min(2_000, 25 * 2 ** attempt)),
});

/** ULIDs in lower case: 48 bits of time, so that they sort, and 80 of randomness, so that nobody guesses them. */
export const realIds = (clock: Clock): Ids => ({
  next: () => ulid(clock.now().getTime()).toLowerCase(),
  uuid: () => randomUUID(),
});
