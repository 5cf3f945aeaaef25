import { EngineUnavailable } from '../../src/search/engine/errors.ts';
import type { Faults } from './faults.ts';
import type { MeilisearchModel } from './meilisearch-model.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

/** What lies between a client and the engine. */
export interface EngineTransportOptions {
  readonly world: World;
  readonly server: MeilisearchModel;
  readonly faults: Faults;
  readonly random: Random;
  /** For one request to be answered, milliseconds. */
  readonly timeoutMs: number;
}

/** A request as the server takes it: first its headers, then its body. */
export interface EngineRequest<T> {
  /** The method and what it is about, for the trace. */
  readonly name: string;
  /** Whether its body holds something to register. */
  readonly isWrite: boolean;
  /** Whether it writes an index beside a live one. */
  readonly isBeside: boolean;
  /** Refuses keys that are not good. */
  readonly admit: () => void;
  readonly perform: () => T;
}

/** The waiting end of a request. */
interface Caller<T> {
  answer(outcome: Outcome<T>): void;
  giveUp(afterMs: number, mayHaveArrived?: boolean): void;
}

const ANY = [
  'engine.refused',
  'engine.lostRequest',
  'engine.lostAnswer',
  'engine.late',
  'engine.slow',
  'engine.busy',
] as const;
const WRITE = [...ANY, 'engine.slowBody'] as const;
const BESIDE = [...WRITE, 'engine.slowBeside'] as const;

/** Proxies, and machines that were suspended, hold requests for minutes. */
/** Some come when the key that they were sent under has ended by itself. */
const LATE_MS = [240_000, 240_000, 240_000, 900_000] as const;
const SLOW_BODY_MS = 50_000;

/** Brings requests to the engine and answers back, or does not. */
export class EngineTransport {
  readonly #options: EngineTransportOptions;

  constructor(options: EngineTransportOptions) {
    this.#options = options;
  }

  send<T>(request: EngineRequest<T>): Promise<T> {
    const { world, faults, random, timeoutMs } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const caller: Caller<T> = {
      answer: (outcome) =>
        world.schedule(random.latency(), () => ('value' in outcome ? resolve(outcome.value) : reject(outcome.refusal))),
      giveUp: (afterMs, mayHaveArrived = true) =>
        world.schedule(afterMs, () => reject(new EngineUnavailable(`no answer to ${request.name}`, mayHaveArrived))),
    };
    const nobody: Caller<T> = { answer: () => undefined, giveUp: () => undefined };
    const thereMs = random.latency();
    const fault = faults.oneOf(request.isBeside ? BESIDE : request.isWrite ? WRITE : ANY);
    switch (fault) {
      case undefined:
        this.#arrive(thereMs, 0, request, caller);
        break;
      case 'engine.slowBody':
        caller.giveUp(timeoutMs);
        this.#arrive(thereMs, random.between(0, SLOW_BODY_MS), request, caller);
        break;
      case 'engine.slow':
      case 'engine.slowBeside':
        this.#arrive(random.between(0, timeoutMs / 2), 0, request, {
          ...caller,
          answer: (outcome) => world.schedule(random.between(0, timeoutMs / 2), () => caller.answer(outcome)),
        });
        break;
      case 'engine.refused':
        caller.giveUp(thereMs, false);
        break;
      case 'engine.lostRequest':
        caller.giveUp(this.#patience());
        break;
      case 'engine.busy':
        caller.giveUp(thereMs + random.latency());
        break;
      case 'engine.lostAnswer':
        caller.giveUp(thereMs + this.#patience());
        this.#arrive(thereMs, 0, request, nobody);
        break;
      case 'engine.late':
        caller.giveUp(timeoutMs);
        this.#arrive(timeoutMs + random.between(0, random.pick(LATE_MS)), 0, request, nobody);
    }
    if (fault) world.trace(fault, request.name);
    return promise;
  }

  /** Some connections are cut at once, others the client gives up on. */
  #patience(): number {
    const { random, timeoutMs } = this.#options;
    return random.chance(0.5) ? random.between(1, 200) : timeoutMs;
  }

  #arrive<T>(thereMs: number, bodyMs: number, request: EngineRequest<T>, caller: Caller<T>): void {
    const { world, timeoutMs } = this.#options;
    const { power } = this.#options.server;
    const register = () => this.#register(request, caller);
    world.schedule(thereMs, () => {
      if (power.state === 'down') return caller.giveUp(0, false);
      if (power.state === 'stopped') caller.giveUp(timeoutMs);
      power.onceAwake(() => {
        const admitted = outcomeOf(request.admit);
        if ('refusal' in admitted) this.#answer(request, admitted, caller);
        else if (bodyMs === 0) register();
        else world.schedule(bodyMs, () => power.onceAwake(register));
      });
    });
  }

  #register<T>(request: EngineRequest<T>, caller: Caller<T>): void {
    // The connection has ended with the server.
    if (this.#options.server.power.state === 'down') caller.giveUp(0);
    else this.#answer(request, outcomeOf(request.perform), caller);
  }

  #answer<T>({ name }: EngineRequest<T>, outcome: Outcome<T>, caller: Caller<T>): void {
    this.#options.world.trace(name, 'value' in outcome ? '' : outcome.refusal.message);
    caller.answer(outcome);
  }
}
