import { random } from '../support/random.ts';

/** Chance that a seed decides. Whatever draws from a fork of its own is not disturbed by what others draw. */
export class Random {
  readonly #seed: number;
  readonly #next: () => number;

  constructor(seed: number) {
    this.#seed = seed;
    this.#next = random(seed);
  }

  /** Another sequence, decided by the seed and the name alone. */
  fork(name: string): Random {
    return new Random(hashed(name, this.#seed));
  }

  /** @param probability from 0, never, to 1, always */
  chance(probability: number): boolean {
    return this.#next() < probability;
  }

  /** A number from `min` up to, but not including, `max`. */
  between(min: number, max: number): number {
    return min + this.#next() * (max - min);
  }

  /** An integer from `min` to `max`, both included. */
  integer(min: number, max: number): number {
    return Math.floor(this.between(min, max + 1));
  }

  /** One of at least one. */
  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.integer(0, items.length - 1)] ?? items[0];
  }

  /** How long one way through a network takes, milliseconds: mostly a few, at times hundreds. */
  latency(): number {
    const kind = this.#next();
    return kind < 0.9 ? this.between(0.5, 8) : kind < 0.99 ? this.between(8, 150) : this.between(150, 1_500);
  }
}

/** 32 bits of a text (FNV-1a), continuing an earlier one. */
export function hashed(text: string, from = 0x811c9dc5): number {
  let hash = from;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  // Without this, seeds that are next to each other would stay so.
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0;
}
