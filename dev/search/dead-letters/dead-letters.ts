import type { TableKey } from '../../../src/entities/core/statements.ts';

/** Something that the stream's handler was given and could not apply in all its attempts. */
export interface DeadLetter {
  /** For people: what and when. */
  readonly label: string;
  /**
   * The keys of the items that it is about.
   *
   * `isWhole` is false when the stream no longer has all of its records: there may have been others.
   */
  keys(): Promise<{ readonly keys: readonly TableKey[]; readonly isWhole: boolean }>;
}

/** All that was given up. */
export interface DeadLetters {
  /** For messages. */
  readonly place: string;
  /** Some that were not received before in this process; none when there are no more, or the signal ends the waiting. */
  receive(signal?: AbortSignal): Promise<readonly DeadLetter[]>;
  /** Removes some for good. */
  remove(letters: readonly DeadLetter[]): Promise<void>;
  /** Leaves what was received and not removed to others. */
  close(): Promise<void>;
}
