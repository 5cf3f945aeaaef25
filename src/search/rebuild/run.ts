import { type Recorded, Records } from '../../entities/core/records.ts';
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
  /** Times of creation of the new contents, by the names under which they were made. */
  readonly createdOn?: Readonly<Record<string, string>> | undefined;
  /** The declarations that the live indexes had before, by entity. */
  readonly previous?: Readonly<Record<string, string>> | undefined;
  readonly swapKey?: string | undefined;
  readonly soakUntil?: string | undefined;
}

/** Another process works on the rebuild, or on another one of the same entities. */
export class RunBusyError extends RosterError {
  readonly code = 'SEARCH_RUN_BUSY';
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
 * process has taken it over.
 */
export class Run {
  readonly id: string;
  readonly #services: RunServices;
  #stored: Recorded<typeof SearchRun> | undefined;
  #values: RunValues;
  #isEnded = false;
  /** Changes one after the other: segments report at the same time. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(services: RunServices, id: string, values: RunValues, stored?: Recorded<typeof SearchRun>) {
    this.#services = services;
    this.id = id;
    this.#values = values;
    this.#stored = stored;
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
    await run.change({ owner });
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
    if (this.#isEnded) throw new RunOverError(`the rebuild ${this.id} is over`);
    const { table, clock } = this.#services;
    const values = { ...this.#values, ...(typeof change === 'function' ? change(this.#values) : change) };
    const now = clock.now();
    const stored = storedOf(values, new Date(now.getTime() + LEASE_MS));
    if (!(await runs.replace(table, this.id, stored, now, this.#stored)))
      throw new RunOverError(`another process has taken over the rebuild ${this.id}`);
    this.#stored = await runs.get(table, this.id);
    if (this.#stored?.owner !== values.owner) throw new RunOverError(`the rebuild ${this.id} was taken over`);
    this.#values = values;
  }

  /** Lets another process take over at once, unless one has already. */
  async release(): Promise<void> {
    await this.#last;
    if (this.#isEnded) return;
    const { table, clock } = this.#services;
    const now = clock.now();
    await runs.replace(table, this.id, storedOf(this.#values, now), now, this.#stored);
  }

  /** Removes the record. */
  async end(): Promise<void> {
    this.#isEnded = true;
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
  createdOn: values.createdOn && JSON.stringify(values.createdOn),
  previous: values.previous && JSON.stringify(values.previous),
  swapKey: values.swapKey,
  soakUntil: values.soakUntil,
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
  createdOn: stored.createdOn ? (JSON.parse(stored.createdOn) as Record<string, string>) : undefined,
  previous: stored.previous ? (JSON.parse(stored.previous) as Record<string, string>) : undefined,
  swapKey: stored.swapKey,
  soakUntil: stored.soakUntil,
});
