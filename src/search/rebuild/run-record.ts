import { Records } from '../../entities/core/records.ts';
import { SearchRun } from '../../entities/system/search-run.ts';
import type { CheckProgress } from '../doctor/check.ts';
import type { SegmentProgress } from '../table-scan.ts';

/** All rebuilds that are not over. */
export const runs = new Records(SearchRun);

/** What was known of live indexes, and is true again when they are put back. */
export interface Previous {
  readonly declaration?: string | undefined;
  readonly damage?: string | undefined;
  readonly generation?: number | undefined;
}

/** How it was when a comparison of new indexes with the table began. */
export interface VerificationOutset {
  readonly comparedAt: string;
  /** Of the states, by the name of the entity. */
  readonly generations: Readonly<Record<string, number>>;
}

/** A comparison of new indexes with the table. */
export interface Verification extends VerificationOutset {
  readonly progress: CheckProgress;
}

/** What is recorded of a rebuild. */
export interface RunValues {
  readonly entities: readonly string[];
  readonly owner: string;
  readonly segments: readonly SegmentProgress[];
  readonly rows: number;
  /** How often a process has begun to work on it since it got any further. */
  readonly attempts: number;
  /** How often in a row the new indexes were found equal to the table. */
  readonly clean: number;
  /** How often they were found otherwise, or damage was noted while they were compared with it. */
  readonly failedPasses?: number | undefined;
  /** The comparison under way. */
  readonly verification?: Verification | undefined;
  /** The last one that has found them equal; none while they are compared anew by another process. */
  readonly verified?: VerificationOutset | undefined;
  /** Read capacity units a second that it may use; no limit when undefined. */
  readonly maxRcu?: number | undefined;
  /** For how long the indexes from before are to be kept, milliseconds; the default when undefined. */
  readonly soakMs?: number | undefined;
  /** Times of creation of the new contents, by the names under which they were made. */
  readonly createdOn?: Readonly<Record<string, string>> | undefined;
  /** How the live indexes were before, by entity. */
  readonly previous?: Readonly<Record<string, Previous>> | undefined;
  readonly swapKey?: string | undefined;
  readonly soakUntil?: string | undefined;
  /** How it ends, once that is decided: what is begun can't be ended otherwise. */
  readonly ending?: Ending | undefined;
}

/** The indexes beside the live ones are removed, or those from before are put back first. */
export type Ending = 'removal' | 'roll-back';

/** More passes will hardly find them equal. */
export const MOST_FAILED_PASSES = 8;

/** Whether a rebuild leads to nothing. @param maxAttempts that may bring it no further */
export const isStuck = (
  { attempts = 0, failedPasses = 0 }: Partial<Record<'attempts' | 'failedPasses', number | undefined>>,
  maxAttempts: number,
): boolean => attempts > maxAttempts || failedPasses >= MOST_FAILED_PASSES;

/** The attributes of a record that says this. */
export const storedOf = (values: RunValues, leaseUntil: Date) => ({
  entities: values.entities.join(' '),
  owner: values.owner,
  leaseUntil: leaseUntil.toISOString(),
  segments: JSON.stringify(values.segments),
  rows: values.rows,
  attempts: values.attempts,
  clean: values.clean,
  failedPasses: values.failedPasses,
  verification: values.verification && JSON.stringify(values.verification),
  verified: values.verified && JSON.stringify(values.verified),
  maxRcu: values.maxRcu,
  soakMs: values.soakMs,
  createdOn: values.createdOn && JSON.stringify(values.createdOn),
  previous: values.previous && JSON.stringify(values.previous),
  swapKey: values.swapKey,
  soakUntil: values.soakUntil,
  ending: values.ending,
});

/** What a stored record says. */
export const valuesOf = (stored: SearchRun): RunValues => ({
  entities: stored.entities.split(' '),
  owner: stored.owner,
  // Written by `storedOf`.
  segments: JSON.parse(stored.segments) as SegmentProgress[],
  rows: stored.rows,
  attempts: stored.attempts ?? 0,
  clean: stored.clean ?? 0,
  failedPasses: stored.failedPasses,
  verification: stored.verification ? (JSON.parse(stored.verification) as Verification) : undefined,
  verified: stored.verified ? (JSON.parse(stored.verified) as VerificationOutset) : undefined,
  maxRcu: stored.maxRcu,
  soakMs: stored.soakMs,
  createdOn: stored.createdOn ? (JSON.parse(stored.createdOn) as Record<string, string>) : undefined,
  previous: stored.previous ? (JSON.parse(stored.previous) as Record<string, Previous>) : undefined,
  swapKey: stored.swapKey,
  soakUntil: stored.soakUntil,
  ending: stored.ending,
});
