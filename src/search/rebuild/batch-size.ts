import type { Clock } from '../../runtime.ts';

/** What a batch of the scan should take, its time in the queue included: live changes wait behind those under way. */
const BATCH_MS = 800;

/** Rows of batches. */
export interface BatchSizes {
  readonly first: number;
  readonly least: number;
  readonly most: number;
}

/**
 * How many rows make a batch: the more, the less Meilisearch has to do for each of them, and the longer live changes wait
 * behind it. How many those are depends on the server, the documents, and what is in the indexes already.
 */
export class BatchSize {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #sizes: BatchSizes;
  #rows: number;

  constructor(clock: Pick<Clock, 'monotonicMs'>, sizes: BatchSizes) {
    this.#clock = clock;
    this.#sizes = sizes;
    this.#rows = sizes.first;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Goes by the time that a batch of so many rows takes; by no batch is it more than doubled or halved. */
  async measure(rows: number, work: () => Promise<void>): Promise<void> {
    const start = this.#clock.monotonicMs();
    await work();
    const factor = BATCH_MS / Math.max(1, this.#clock.monotonicMs() - start);
    // Fewer rows than make a batch say nothing when they are quick, and a few never: they have waited behind others.
    if (rows < this.#rows && (factor > 1 || rows < this.#rows / 2)) return;
    const { least, most } = this.#sizes;
    const wanted = Math.min(this.#rows * 2, Math.max(this.#rows / 2, rows * factor));
    this.#rows = Math.round(Math.min(most, Math.max(least, wanted)));
  }
}
