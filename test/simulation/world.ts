import { EventQueue, type SimulationEvent } from './event-queue.ts';
import { Process, type ProcessOptions } from './process.ts';
import { hashed, Random } from './random.ts';
import { catchRejections, onceDrained } from './turns.ts';

/** How far to run a world. */
export interface RunOptions {
  /** Stop as soon as this is so, asked after every event. @defaultValue when the world is quiet */
  readonly until?: () => boolean;
}

/** How a world is made. */
export interface WorldOptions {
  /** Events after which a run counts as one that never ends. @defaultValue 200,000 */
  readonly stepLimit?: number;
  /** Keep the lines of the trace, to read what a seed did. @defaultValue only their hash */
  readonly keepTrace?: boolean;
  /** Told of each line of the trace. */
  readonly onTrace?: (line: string) => void;
}

/** A run went wrong in a way that has nothing to do with what it simulates. The message begins with the seed. */
export class SimulationError extends Error {
  constructor(seed: number, problem: string, options?: ErrorOptions) {
    super(`seed ${seed}: ${problem}`, options);
  }
}

/**
 * A world with a time of its own, in which the seed decides whatever happens by chance.
 *
 * @example
 * const world = createWorld(7);
 * const faults = createFaults(world, anyRates(world, 0.05));
 * const meilisearch = createMeilisearchModel(world, { faults });
 * const table = createTableModel(world);
 * const network = createNetwork(world, { engine: meilisearch, table, faults });
 * const services = (process: Process) => ({
 *   table: network.table(process), engine: network.engine(process), clock: process.clock, ids: process.ids, log,
 * });
 * createLambdaModel(world, table, { faults, start: (process) => (event) => applyStream(services(process), event) });
 * world.spawn(() => rebuild(services(world.process('command line', { skewMs: 3_000 }))));
 * world.schedule(20_000, () => meilisearch.power.kill());
 * world.schedule(25_000, () => meilisearch.power.start());
 * world.schedule(60_000, () => faults.calm());
 * await world.run();
 */
export class World {
  readonly seed: number;
  /** For the scenario; each part of the world has a fork of its own. */
  readonly random: Random;
  /** What happened, when it is kept. */
  readonly lines: string[] = [];
  readonly #options: WorldOptions;
  readonly #queue = new EventQueue();
  #nowMs = 0;
  #steps = 0;
  #traceHash = 0;
  #failure: unknown;

  constructor(seed: number, options: WorldOptions) {
    this.seed = seed;
    this.random = new Random(hashed('world', seed));
    this.#options = options;
  }

  /** Milliseconds since the world began, with fractions. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Whether lines of the trace are kept. */
  get keepsTrace(): boolean {
    return this.#options.keepTrace === true;
  }

  /** Events that have happened. */
  get steps(): number {
    return this.#steps;
  }

  /** Equal for runs in which the same things happened at the same times. */
  get traceHash(): string {
    return this.#traceHash.toString(16).padStart(8, '0');
  }

  /** A Lambda environment, a command line, anything that can crash and has a clock. */
  process(name: string, options: ProcessOptions = {}): Process {
    return new Process(this, name, options);
  }

  /** @param background true for what nobody waits for */
  schedule(delayMs: number, action: () => void, background = false): SimulationEvent {
    return this.#queue.add(this.#nowMs + delayMs, action, background);
  }

  /** Lets an event not happen, if it has not yet. */
  cancel(event: SimulationEvent): void {
    this.#queue.cancel(event);
  }

  /** Resolves after `ms` of virtual time. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.schedule(ms, resolve));
  }

  /** Lets a part of the scenario run beside the others; should it throw, the run fails. */
  spawn(task: () => Promise<unknown>, afterMs = 0): void {
    this.schedule(afterMs, () => void task().catch((error: unknown) => this.#fail(error)));
  }

  /** Notes that something happened. */
  trace(what: string, subject: string): void {
    const line = `${this.#nowMs.toFixed(3)} ${what} ${subject}`;
    this.#traceHash = hashed(line, this.#traceHash);
    if (this.#options.keepTrace) this.lines.push(line);
    this.#options.onTrace?.(line);
  }

  /**
   * Lets things happen, each only when everything that the one before set off has come to rest.
   *
   * @throws SimulationError past the step limit, or when a promise was rejected and nobody looked
   * @throws whatever an event or a spawned part of the scenario throws
   */
  async run({ until }: RunOptions = {}): Promise<void> {
    const rejections = catchRejections();
    try {
      await this.#loop(until ?? (() => this.#queue.foreground === 0));
    } finally {
      await rejections.stop();
    }
    if (this.#failure !== undefined) throw this.#failure;
    const [first] = rejections.reasons;
    if (first) throw new SimulationError(this.seed, 'a rejected promise was lost', { cause: first.reason });
  }

  /** Lets things happen until a promise is settled. @throws SimulationError when the world falls quiet before */
  async complete<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    promise.then(settle, settle);
    await this.run({ until: () => isSettled });
    if (!isSettled) throw new SimulationError(this.seed, 'nothing happens any more, and what is awaited has not');
    return promise;
  }

  /** Lets `ms` of virtual time pass, background events included. */
  async advance(ms: number): Promise<void> {
    let isOver = false;
    this.schedule(ms, () => {
      isOver = true;
    });
    await this.run({ until: () => isOver });
  }

  #loop(until: () => boolean): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const goOn = () => {
      try {
        if (this.#failure === undefined && !until() && this.#step()) onceDrained(goOn);
        else resolve();
      } catch (error) {
        reject(error);
      }
    };
    onceDrained(goOn);
    return promise;
  }

  /** Lets the next thing happen. @returns false when nothing lies ahead */
  #step(): boolean {
    const { stepLimit = 200_000 } = this.#options;
    const event = this.#queue.take();
    if (!event) return false;
    if (++this.#steps > stepLimit) throw new SimulationError(this.seed, `no end after ${stepLimit} events`);
    this.#nowMs = event.at;
    event.action();
    return true;
  }

  #fail(error: unknown): void {
    this.#failure ??= error ?? new SimulationError(this.seed, 'something threw nothing');
  }
}

/** A world at its beginning. */
export const createWorld = (seed: number, options: WorldOptions = {}): World => new World(seed, options);
