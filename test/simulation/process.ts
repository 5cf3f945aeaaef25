import type { Clock, Ids } from '../../src/runtime.ts';
import { EPOCH_MS } from './epoch.ts';
import { hashed, type Random } from './random.ts';
import type { World } from './world.ts';

/** What is particular about a process. */
export interface ProcessOptions {
  /** How far its clock is ahead of the right time, milliseconds; negative when it is behind. @defaultValue 0 */
  readonly skewMs?: number;
}

/** When to crash: at any place where code waits. */
export interface LastCall {
  /** At which call from now on, from 1. */
  calls: number;
  /** Whether that call is still sent. */
  readonly isSent: boolean;
  /** Told when it comes to that. */
  readonly onCrash?: () => void;
}

/**
 * A process with a clock of its own. Once it has crashed, nothing that it waits for ever comes, so that its code stops
 * where it is; requests that have left it go on to their servers.
 */
export class Process {
  readonly name: string;
  readonly clock: Clock;
  readonly ids: Ids;
  /** May be changed while the world runs: clocks are set. */
  skewMs: number;
  readonly #world: World;
  readonly #random: Random;
  readonly #crash = Promise.withResolvers<void>();
  #isUp = true;
  #ids = 0;
  #lastCall: LastCall | undefined;
  /** What waits for it to be thawed; undefined while it runs. */
  #frozen: (() => void)[] | undefined;

  constructor(world: World, name: string, { skewMs = 0 }: ProcessOptions) {
    this.#world = world;
    this.#random = world.random.fork(`process ${name}`);
    this.name = name;
    this.skewMs = skewMs;
    this.clock = {
      now: () => new Date(EPOCH_MS + world.nowMs + this.skewMs),
      monotonicMs: () => world.nowMs,
      sleep: (ms) => this.#call(() => world.sleep(ms)),
      backOff: (attempt) => this.#call(() => world.sleep(this.#random.between(0, Math.min(2_000, 25 * 2 ** attempt)))),
    };
    this.ids = { next: () => this.#nextId(), uuid: () => this.#nextUuid() };
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Ends it at once. */
  crash(): void {
    if (!this.#isUp) return;
    this.#isUp = false;
    this.#world.trace('crash', this.name);
    this.#crash.resolve();
  }

  /** Lets it crash at a later call, to a service or to sleep; takes the place of an earlier plan. */
  crashAt(plan: LastCall): void {
    this.#lastCall = { ...plan };
  }

  /** Resolves when it crashes, if ever. */
  get crashed(): Promise<void> {
    return this.#crash.promise;
  }

  /** The same promise as code of this process sees it: never settled once the process has crashed. */
  guard<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      promise.then(
        (value) => this.#react(() => resolve(value)),
        (error) => this.#react(() => reject(error)),
      );
    });
  }

  /** Lets nothing of it run until it is thawed, as Lambda does between invocations. */
  freeze(): void {
    this.#frozen ??= [];
  }

  /** Freezes it for a while, as a virtual machine may be. */
  standStill(ms: number): void {
    this.freeze();
    this.#world.schedule(ms, () => this.thaw());
  }

  /** Lets it see all at once what came meanwhile. */
  thaw(): void {
    const reactions = this.#frozen ?? [];
    this.#frozen = undefined;
    for (const react of reactions) this.#react(react);
  }

  #react(reaction: () => void): void {
    if (!this.#isUp) return;
    if (this.#frozen) this.#frozen.push(reaction);
    else reaction();
  }

  /** The same service as code of this process sees it; after a crash, its methods do nothing and never answer. */
  wrap<T extends object>(service: T): T {
    return new Proxy(service, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => this.#call(() => Reflect.apply(member, target, args));
      },
    });
  }

  /** Makes a call, unless it is the last one and not to be sent any more. */
  #call<T>(send: () => Promise<T>): Promise<T> {
    const plan = this.#lastCall;
    const isLast = plan !== undefined && --plan.calls === 0;
    if (isLast && !plan.isSent) this.#crashBy(plan);
    if (!this.#isUp) return never();
    const answer = send();
    if (isLast) this.#crashBy(plan);
    return answer instanceof Promise ? this.guard(answer) : answer;
  }

  #crashBy({ onCrash }: LastCall): void {
    if (this.#isUp) onCrash?.();
    this.crash();
  }

  /** Sortable by the process's time, like a ULID: ten digits of time, the process, a number. */
  #nextId(): string {
    const time = Math.floor(EPOCH_MS + this.#world.nowMs + this.skewMs)
      .toString(32)
      .padStart(10, '0');
    const owner = hashed(this.name).toString(32).padStart(7, '0');
    return `${time}${owner}${(this.#ids++).toString(32).padStart(9, '0')}`;
  }

  /** The process, a number. */
  #nextUuid(): string {
    const owner = hashed(this.name).toString(16).padStart(8, '0');
    return `${owner}-0000-4000-8000-${(this.#ids++).toString(16).padStart(12, '0')}`;
  }
}

const never = <T>(): Promise<T> => new Promise(() => undefined);
