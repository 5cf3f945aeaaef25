import { searches } from '../../src/search/all.ts';
import { checkUp } from '../../src/search/maintenance/check-up.ts';
import type { FillLimits } from '../../src/search/rebuild/fill.ts';
import { finish, rollBack } from '../../src/search/rebuild/place.ts';
import { rebuild } from '../../src/search/rebuild/rebuild.ts';
import { Run } from '../../src/search/rebuild/run.ts';
import { type IndexerOptions, indexerServices } from './indexer-process.ts';
import type { Process } from './process.ts';
import type { Random } from './random.ts';

type Services = ReturnType<typeof indexerServices>;

/** Who sits before a command line. */
export interface OperatorOptions extends IndexerOptions {
  readonly maxSkewMs: number;
  /** Whether processes crash, asked for each. */
  readonly mayCrash: () => boolean;
  readonly onCrash: () => void;
}

/** Calls within which a process that is to crash does so. */
const CRASH_WITHIN = 600;
const ATTEMPTS = 80;
/** Longest times that one stands still: for moments, or longer than a lease lasts. */
const STALLS_MS = [10_000, 10_000, 10_000, 180_000] as const;

/** As if the table were large: a rebuild has many batches, and holds a part of the table at a time. */
const SMALL: FillLimits = { pageRows: 2, pages: 4, ageMs: 5_000, batchRows: 2, smallestBatchRows: 1 };

/** Starts commands, and starts them again when they fail or crash. */
export class Operator {
  readonly #options: OperatorOptions;
  readonly #random: Random;
  readonly #name: string;
  #processes = 0;
  #busy = 0;
  #process: Process | undefined;

  constructor(options: OperatorOptions, name: string) {
    this.#options = options;
    this.#random = options.world.random.fork(name);
    this.#name = name;
  }

  /** Whether something is not done. */
  get isBusy(): boolean {
    return this.#busy > 0;
  }

  /** Rebuilds indexes some time, and decides after the soak. */
  rebuildAt(ms: number): void {
    const count = this.#random.integer(1, searches.length);
    const first = this.#random.integer(0, searches.length - 1);
    const own = searches.filter((_, i) => (i - first + searches.length) % searches.length < count);
    const soakMs = this.#random.between(0, 20_000);
    const isPatient = this.#random.chance(0.8);
    const limits = this.#random.chance(0.5) ? SMALL : undefined;
    this.#busy++;
    this.#options.world.spawn(
      () =>
        this.untilDone('rebuild', async (services, owner) => {
          const limitMs = isPatient ? Number.POSITIVE_INFINITY : this.#random.between(0, 60_000);
          const stopAtMs = services.clock.monotonicMs() + limitMs;
          const { run, status } = await rebuild(services, own, { owner, soakMs, patienceMs: 500, stopAtMs, limits });
          if (status === 'ended') return;
          // Given up, or gone on with; and whoever ends one that somebody else was ending before may want it otherwise.
          if (status === 'unfinished' && this.#random.chance(0.7)) throw new Error('time was up');
          if (status === 'soaking') await services.clock.sleep(soakMs);
          const joined = await Run.join(services, run, owner);
          const isBack = status === 'soaking' && this.#random.chance(0.3);
          if (joined) await (isBack ? rollBack : finish)(services, joined);
        }).then(() => this.#busy--),
      ms,
    );
  }

  /** Compares all indexes with the table some time, in as many calls as it takes, unless another process is at it. */
  checkUpAt(ms: number): void {
    const options = { maxRcu: undefined, patienceMs: 500, stepSize: this.#random.pick([1, 4, undefined]) };
    this.#busy++;
    this.#options.world.spawn(
      () =>
        this.untilDone('check-up', async (services, owner) => {
          const stopAtMs = services.clock.monotonicMs() + this.#random.between(0, 20_000);
          const checked = await checkUp(services, { ...options, owner, stopAtMs });
          if (checked?.outcome === 'unfinished') throw new Error('time was up');
        }).then(() => this.#busy--),
      ms,
    );
  }

  /** Lets what it is doing stand still for a while. */
  standStill(): void {
    this.#process?.standStill(this.#random.between(0, this.#random.pick(STALLS_MS)));
  }

  /** Does something in one process after the other, until one gets to the end. @throws after very many */
  async untilDone(what: string, work: (services: Services, owner: string) => Promise<unknown>): Promise<void> {
    const { world } = this.#options;
    for (let attempt = 1; !(await this.#attempt(what, work)); attempt++) {
      if (attempt === ATTEMPTS) throw new Error(`${what} did not get to its end in ${ATTEMPTS} attempts`);
      await world.sleep(this.#random.between(100, 40_000));
    }
  }

  async #attempt(what: string, work: (services: Services, owner: string) => Promise<unknown>): Promise<boolean> {
    const { world, maxSkewMs, mayCrash, onCrash } = this.#options;
    const skewMs = this.#random.between(-maxSkewMs, maxSkewMs);
    const process = world.process(`${this.#name}-${++this.#processes}`, { skewMs });
    this.#process = process;
    if (mayCrash())
      process.crashAt({
        calls: Math.ceil(CRASH_WITHIN ** this.#random.between(0.3, 1)),
        isSent: this.#random.chance(0.5),
        onCrash,
      });
    const done = process.guard(work(indexerServices(this.#options, process), process.name)).then(
      () => true,
      (error: unknown) => {
        world.trace(what, `failed: ${error instanceof Error ? error.message : error}`);
        return false;
      },
    );
    const isDone = await Promise.race([done, process.crashed.then(() => false)]);
    // What runs beside the work, such as a heartbeat, ends with the process.
    process.crash();
    return isDone;
  }
}
