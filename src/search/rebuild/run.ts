import { type Managed, successorOf } from '../../entities/core/records.ts';
import type { Table } from '../../entities/core/table.ts';
import type { Clock } from '../../runtime.ts';
import { searches } from '../all.ts';
import type { EntitySearch } from '../define.ts';
import { RunOverError } from '../indexer/errors.ts';
import { RunBusyError } from './errors.ts';
import { type RunValues, runs, storedOf, valuesOf } from './run-record.ts';

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
