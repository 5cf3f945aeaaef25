import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import type { Faults } from './faults.ts';
import type { StreamFunction } from './lambda-model.ts';
import type { Process } from './process.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

/** What environments need. */
export interface EnvironmentsOptions {
  readonly world: World;
  readonly faults: Faults;
  readonly random: Random;
  readonly start: (process: Process) => StreamFunction;
  /** @defaultValue `lambda` */
  readonly name?: string;
  readonly timeoutMs?: number;
  readonly maxSkewMs?: number;
}

/** A process that has loaded the function, and runs one invocation at a time. */
interface Environment {
  readonly process: Process;
  readonly handler: StreamFunction;
}

/** The invocation ended without an answer. */
export class InvocationFailed extends Error {}

/** Longest time that one stands still. */
const STALL_MS = 30_000;

/** Calls within which an environment that is to crash does so. */
const CRASH_WITHIN = 25;

/** The environments of a function: an idle one, frozen meanwhile, is used again, else a new one is started. */
export class LambdaEnvironments {
  readonly #options: EnvironmentsOptions;
  readonly #idle: Environment[] = [];
  #count = 0;
  #version = 0;

  constructor(options: EnvironmentsOptions) {
    this.#options = options;
  }

  /** How many were ever started. */
  get started(): number {
    return this.#count;
  }

  /** Throws away all environments, those that run once they are done: a new version, or another configuration. */
  redeploy(): void {
    this.#version++;
    for (const { process } of this.#idle.splice(0)) process.crash();
  }

  /** @throws InvocationFailed when the environment ended, or whatever the function throws */
  async invoke(event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse | null | undefined> {
    const { world, faults, random, timeoutMs = 120_000 } = this.#options;
    const environment = this.#take();
    const version = this.#version;
    const { process } = environment;
    const timeout = world.schedule(timeoutMs, () => process.crash());
    if (faults.isDue('lambda.crash')) {
      const onCrash = () => faults.happened('lambda.crash');
      process.crashAt({ calls: random.integer(1, CRASH_WITHIN), isSent: random.chance(0.5), onCrash });
    }
    if (faults.occurs('lambda.stalled')) this.#stall(process);
    const answer = async () => environment.handler(event);
    const failure = process.crashed.then(() => {
      throw new InvocationFailed(`${process.name} ended`);
    });
    try {
      return await Promise.race([process.guard(answer()), failure]);
    } finally {
      world.cancel(timeout);
      process.freeze();
      if (version !== this.#version) process.crash();
      if (process.isUp) this.#idle.push(environment);
    }
  }

  /** What is under way goes on meanwhile, and what comes of it is seen all at once. */
  #stall(process: Process): void {
    const { world, random } = this.#options;
    // Where it is idle by then, nothing of it is left to run but what it left to be done.
    world.schedule(random.between(0, 300), () => process.standStill(random.between(0, STALL_MS)));
  }

  #take(): Environment {
    const idle = this.#idle.pop();
    if (idle && !this.#options.faults.occurs('lambda.retired')) {
      idle.process.thaw();
      return idle;
    }
    idle?.process.crash();
    const { world, random, start, name = 'lambda', maxSkewMs = 0 } = this.#options;
    const process = world.process(`${name}-${++this.#count}`, { skewMs: random.between(-maxSkewMs, maxSkewMs) });
    return { process, handler: start(process) };
  }
}
