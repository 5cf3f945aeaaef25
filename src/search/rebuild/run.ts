import { type Managed, Records, successorOf } from '../../entities/core/records.ts';
import type { StartKey, Table } from '../../entities/core/table.ts';
import { SearchRun } from '../../entities/system/search-run.ts';
import { RosterError } from '../../errors.ts';
import type { Clock } from '../../runtime.ts';
import { searches } from '../all.ts';
import type { EntitySearch } from '../define.ts';
import { RunOverError } from '../indexer/errors.ts';

/** All rebuilds that are not over. */
export const runs = new Records(SearchRun);

/** How far the scan of one segment is: behind which row it goes on, or that it is done; null before it begins. */
export type SegmentProgress = StartKey | 'done' | null;

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
  /** Read capacity units a second that it may use; no limit when undefined. */
  readonly maxRcu?: number | undefined;
  /** For how long the indexes from before are to be kept, milliseconds; the default when undefined. */
  readonly soakMs?: number | undefined;
  /** Times of creation of the new contents, by the names under which they were made. */
  readonly createdOn?: Readonly<Record<string, string>> | undefined;
  /** The declarations that the live indexes had before, by entity. */
  readonly previous?: Readonly<Record<string, string>> | undefined;
  readonly swapKey?: string | undefined;
  readonly soakUntil?: string | undefined;
  /** How it ends, once that is decided: what is begun can't be ended otherwise. */
  readonly ending?: Ending | undefined;
}

/** The indexes beside the live ones are removed, or those from before are put back first. */
export type Ending = 'removal' | 'roll-back';

/** Another process works on the rebuild, or on another one of the same entities. */
export class RunBusyError extends RosterError {
  readonly code = 'SEARCH_RUN_BUSY';
}

/** The rebuild is being ended in another way already. */
export class RunEndingError extends RosterError {
  readonly code = 'SEARCH_RUN_ENDING';

  constructor(run: Run, ending: Ending) {
    const what = ending === 'removal' ? 'the indexes beside the live ones are removed' : 'it is rolled back';
    super(`the rebuild of ${run.values.entities.join(', ')} is being ended already: ${what}`);
  }
}

/** Calls bring the rebuild no further, as when one comparison takes longer than a function may run. */
export class RunStuckError extends RosterError {
  readonly code = 'SEARCH_RUN_STUCK';

  constructor(run: Run, attempts: number) {
    super(
      `the rebuild of ${run.values.entities.join(', ')} got no further in ${attempts} calls: go on from a machine that has more time, by npm run search -- reindex, or give it up by --abort`,
    );
  }
}

/** How long a process that says nothing is taken to be alive. */
export const LEASE_MS = 60_000;

/** The services of a rebuild's record. */
export interface RunServices {
  readonly table: Table;
  readonly clock: Clock;
}

/**
 * A rebuild that this process works on. Every change of its record also renews the lease, and fails when another
 * process has taken it over; from then on all do.
 */
export class Run {
  readonly id: string;
  readonly #services: RunServices;
  /** Of the record as this process has read or written it last; undefined before the first time. */
  #before: Managed | undefined;
  /** When a write was sent of which nobody knows whether it took effect. */
  #unsureAt: string | undefined;
  #values: RunValues;
  #isOver = false;
  /** Changes one after the other: segments report at the same time. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(services: RunServices, id: string, values: RunValues, before?: Managed) {
    this.#services = services;
    this.id = id;
    this.#values = values;
    this.#before = before;
  }

  /** A new rebuild, recorded. */
  static async begin(services: RunServices, id: string, values: RunValues): Promise<Run> {
    const run = new Run(services, id, values);
    await run.change({});
    return run;
  }

  /**
   * A rebuild that is under way, if whoever worked on it has stopped.
   *
   * @returns undefined when there is no such rebuild any more
   * @throws RunBusyError when somebody else works on it
   */
  static async join(services: RunServices, id: string, owner: string): Promise<Run | undefined> {
    const stored = await runs.get(services.table, id);
    if (!stored) return undefined;
    if (stored.owner !== owner && Date.parse(stored.leaseUntil) > services.clock.now().getTime())
      throw new RunBusyError(
        `a rebuild of ${stored.entities} is under way since ${stored.createdAt} (${stored.rows} rows so far); wait for it, or stop the process that does it and try again in a minute`,
      );
    const run = new Run(services, id, valuesOf(stored), stored);
    await run.change(({ attempts }) => ({ owner, attempts: attempts + 1 }));
    return run;
  }

  get values(): RunValues {
    return this.#values;
  }

  get searches(): EntitySearch[] {
    return searches.filter(({ entity }) => this.#values.entities.includes(entity.name));
  }

  /**
   * Records a change, or only that this process is alive.
   *
   * @param change a function when it follows from what is recorded then: others may change that at the same time
   * @throws RunOverError when another process has taken over
   */
  change(change: Partial<RunValues> | ((values: RunValues) => Partial<RunValues>)): Promise<void> {
    const next = this.#last.then(() => this.#write(change));
    // The next change finds out by itself that this one failed.
    this.#last = next.catch(() => undefined);
    return next;
  }

  async #write(change: Parameters<Run['change']>[0]): Promise<void> {
    const values = { ...this.#values, ...(typeof change === 'function' ? change(this.#values) : change) };
    const now = this.#services.clock.now();
    await this.#put(storedOf(values, new Date(now.getTime() + LEASE_MS)), now);
    this.#values = values;
  }

  /** Never reads back what it has written: by then it may be another process's. */
  async #put(stored: ReturnType<typeof storedOf>, now: Date): Promise<void> {
    if (this.#isOver) throw new RunOverError(`the rebuild ${this.id} is over, or another process has taken it over`);
    const { table } = this.#services;
    try {
      this.#isOver = !(await runs.replace(table, this.id, stored, now, this.#before));
    } catch (error) {
      this.#unsureAt = now.toISOString();
      throw error;
    }
    if (!this.#isOver) {
      this.#before = successorOf(this.#before, now);
      this.#unsureAt = undefined;
      return;
    }
    const found = await runs.get(table, this.id);
    if (found?.owner !== stored.owner || found.updatedAt !== this.#unsureAt)
      throw new RunOverError(`another process has taken over the rebuild ${this.id}`);
    // What stands there is this process's own, by a write whose answer was lost.
    this.#isOver = false;
    this.#before = found;
    await this.#put(stored, now);
  }

  /** Lets another process take over at once, unless one has already. */
  async release(): Promise<void> {
    await this.#last;
    if (this.#isOver) return;
    const now = this.#services.clock.now();
    await this.#put(storedOf(this.#values, now), now);
  }

  /** Removes the record. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#last;
    await this.#services.table.batchWrite([runs.delete(this.id)]);
  }
}

const storedOf = (values: RunValues, leaseUntil: Date) => ({
  entities: values.entities.join(' '),
  owner: values.owner,
  leaseUntil: leaseUntil.toISOString(),
  segments: JSON.stringify(values.segments),
  rows: values.rows,
  attempts: values.attempts,
  clean: values.clean,
  maxRcu: values.maxRcu,
  soakMs: values.soakMs,
  createdOn: values.createdOn && JSON.stringify(values.createdOn),
  previous: values.previous && JSON.stringify(values.previous),
  swapKey: values.swapKey,
  soakUntil: values.soakUntil,
  ending: values.ending,
});

/** Renews the lease of a rebuild for as long as work goes on. */
export async function keepAlive<T>(clock: Clock, run: Run, work: () => Promise<T>): Promise<T> {
  let isOver = false;
  const beat = async () => {
    for (let n = 1; !isOver; n++) {
      await clock.sleep(LEASE_MS / 12);
      // The work finds out by itself when the lease is lost.
      if (!isOver && n % 4 === 0) await run.change({}).catch(() => undefined);
    }
  };
  void beat();
  try {
    return await work();
  } finally {
    isOver = true;
  }
}

/** What a stored record says. */
export const valuesOf = (stored: SearchRun): RunValues => ({
  entities: stored.entities.split(' '),
  owner: stored.owner,
  // Written by `storedOf`.
  segments: JSON.parse(stored.segments) as SegmentProgress[],
  rows: stored.rows,
  attempts: stored.attempts ?? 0,
  clean: stored.clean ?? 0,
  maxRcu: stored.maxRcu,
  soakMs: stored.soakMs,
  createdOn: stored.createdOn ? (JSON.parse(stored.createdOn) as Record<string, string>) : undefined,
  previous: stored.previous ? (JSON.parse(stored.previous) as Record<string, string>) : undefined,
  swapKey: stored.swapKey,
  soakUntil: stored.soakUntil,
  ending: stored.ending,
});
