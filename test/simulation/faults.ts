import type { Random } from './random.ts';
import type { World } from './world.ts';

/** Everything that can go wrong by chance, and where. */
export const FAULTS = [
  /** Nobody listens: the request never left. */
  'engine.refused',
  /** The client gives up on a request that never arrives. */
  'engine.lostRequest',
  /** The request takes effect, and the client never hears of it. */
  'engine.lostAnswer',
  /** The client gives up, and the request arrives up to a quarter of an hour later. */
  'engine.late',
  /** The request, or its answer, is held up for seconds, though not so long that the client gives up. */
  'engine.slow',
  /** The same for documents of an index beside a live one, which has them long before then. */
  'engine.slowBeside',
  /** Overloaded: 503 before any effect. */
  'engine.busy',
  /** The key is checked when the headers arrive, and the write is registered up to seconds later. */
  'engine.slowBody',
  /** All tasks of an automatic batch fail. */
  'engine.internal',
  /** Refused before any effect, after the client's own attempts. */
  'table.throttled',
  'table.lostRequest',
  'table.lostAnswer',
  /** The answer is lost and the client's own second attempt is answered. */
  'table.resent',
  /** As with the engine. */
  'table.slow',
  /** Some of the items of a batch are written, and then the table is overloaded. */
  'table.partial',
  /** An environment ends in the middle of an invocation. */
  'lambda.crash',
  /** An environment stands still for a while in the middle of an invocation, as a virtual machine may. */
  'lambda.stalled',
  /** An idle environment is thrown away, and with it what its module remembered. */
  'lambda.retired',
  /** A batch that was accepted is delivered again, and all that came after it. */
  'lambda.rewind',
  /** A batch is delivered again while its first invocation, thought dead, still runs. */
  'lambda.overlap',
  /** A process that rebuilds stands still for a while when a state has just changed. */
  'operator.stalled',
] as const;

/** One thing that can go wrong. */
export type Fault = (typeof FAULTS)[number];

/** How probable faults are each time they could happen, from 0 to 1; none where left out. */
export type FaultRates = Readonly<Partial<Record<Fault, number>>>;

/** Decides what goes wrong, and counts it. */
export class Faults {
  /** How often each has happened. */
  readonly counts = new Map<Fault, number>();
  readonly #random: Random;
  #rates: FaultRates;

  constructor(random: Random, rates: FaultRates) {
    this.#random = random;
    this.#rates = rates;
  }

  /** How many have happened. */
  get total(): number {
    return this.counts.values().reduce((sum, count) => sum + count, 0);
  }

  /** Lets things go wrong at other rates from now on. */
  storm(rates: FaultRates): void {
    this.#rates = rates;
  }

  /** Lets nothing more go wrong, so that a run can end; requests that are late already still arrive. */
  calm(): void {
    this.#rates = {};
  }

  /** Whether this happens now. */
  occurs(fault: Fault): boolean {
    const isNow = this.isDue(fault);
    if (isNow) this.happened(fault);
    return isNow;
  }

  /** Whether this is to happen soon; it counts only when it has. */
  isDue(fault: Fault): boolean {
    const rate = this.#rates[fault];
    return rate !== undefined && this.#random.chance(rate);
  }

  happened(fault: Fault): void {
    this.counts.set(fault, (this.counts.get(fault) ?? 0) + 1);
  }

  /** The first of these that happens now. */
  oneOf<F extends Fault>(faults: readonly F[]): F | undefined {
    return faults.find((fault) => this.occurs(fault));
  }
}

/** Faults of a world, at these rates. */
export const createFaults = (world: World, rates: FaultRates): Faults => new Faults(world.random.fork('faults'), rates);

/** These can only happen in the few moments in which indexes change their places, so they must be likely then. */
const RARE: readonly Fault[] = ['engine.slowBeside', 'operator.stalled'];
const RARE_MAX = 0.6;

/** Nothing but what can bring writers and swaps into each other's way. */
export const AROUND_SWAPS: FaultRates = { 'engine.slowBeside': 0.4, 'operator.stalled': 0.8 };

/** Nothing but requests that come when nobody waits for them any more. */
export const BELATED: FaultRates = { 'engine.slowBody': 0.3, 'engine.late': 0.1 };

/** Nothing but what can bring writers of the same items into each other's way. */
export const AMONG_WRITERS: FaultRates = {
  'lambda.overlap': 0.3,
  'lambda.stalled': 0.3,
  'lambda.rewind': 0.1,
  'table.slow': 0.03,
};

/**
 * Rates that the seed decides: half of the faults never happen, the others at up to `max`. Few at a time find what all
 * together hide.
 */
export function anyRates(world: World, max: number): FaultRates {
  const rates = FAULTS.map((fault): [Fault, number] => {
    const random = world.random.fork(`rate of ${fault}`);
    return [fault, random.chance(0.5) ? random.between(0, RARE.includes(fault) ? RARE_MAX : max) : 0];
  });
  return Object.fromEntries(rates);
}
