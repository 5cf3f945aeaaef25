import type { Services } from '../../src/services.ts';
import type { DeadLetters } from './dead-letters/dead-letters.ts';
import type { Screen } from './pace.ts';

/** What a command works on: a deployed stage, or the local data. */
export interface SearchTarget {
  /** For messages, such as `stage prod`. */
  readonly name: string;
  readonly services: Services;
  /** Opens what the stream gave up on. @throws UsageError when it can't be found */
  deadLetters(): Promise<DeadLetters>;
}

/** What a command is given beside its own options. */
export interface Surroundings {
  readonly target: SearchTarget;
  /** A line of the result. */
  readonly print: (line: string) => void;
  /** A line on what is going on, which is not part of the result. */
  readonly note: (line: string) => void;
  /** Shows how far it is. */
  readonly screen: Screen;
  /** Aborted when the user wants it to stop. */
  readonly signal: AbortSignal;
}

/** 0: all is well; 1: something is left to do; 130: stopped by the user. Errors make 2. */
export type ExitCode = 0 | 1 | 130;
