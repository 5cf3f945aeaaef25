import type { Faults } from './faults.ts';
import { applyBatch, failBatch, type Indexes } from './meilisearch-batch.ts';
import type { Task } from './meilisearch-task.ts';
import type { MeilisearchTasks } from './meilisearch-tasks.ts';
import type { Power } from './power.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

/** What the scheduler works on. */
export interface SchedulerOptions {
  readonly world: World;
  readonly faults: Faults;
  readonly tasks: MeilisearchTasks;
  readonly power: Power;
  readonly indexes: Indexes;
  /** Of now, by the server's clock. */
  readonly timestamp: () => string;
}

/** What may fail for reasons of the server's own. */
const FRAGILE: readonly string[] = ['add', 'delete', 'settings'];

/** Processes one batch after the other, over all indexes. */
export class MeilisearchScheduler {
  readonly #options: SchedulerOptions;
  readonly #random: Random;
  #processing: readonly Task[] = [];

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#random = options.world.random.fork('meilisearch');
  }

  /** Begins a batch when none is under way. */
  next(): void {
    const { world, tasks, power } = this.#options;
    if (this.#processing.length > 0 || power.state === 'down') return;
    const batch = tasks.begin();
    this.#processing = batch;
    if (batch.length === 0) return;
    const finish = () => power.onceAwake(() => batch === this.#processing && this.#finish(batch));
    world.schedule(this.#durationOf(batch), finish);
  }

  /** Breaks off the batch under way when one of these tasks is in it; the others begin anew. */
  breakOff(uids: readonly number[]): void {
    if (!this.#processing.some(({ uid }) => uids.includes(uid))) return;
    this.abort();
    this.next();
  }

  /** Breaks off the batch under way, to be begun anew. */
  abort(): void {
    this.#processing = [];
    this.#options.tasks.requeue();
  }

  #finish(batch: readonly Task[]): void {
    const { world, faults, tasks, indexes, timestamp } = this.#options;
    const [first] = batch;
    if (first && FRAGILE.includes(first.operation.kind) && faults.occurs('engine.internal'))
      failBatch(batch, 'internal');
    else applyBatch(indexes, batch, timestamp());
    if (first?.operation.kind === 'cancel') tasks.cancel(first.operation.uids, first.batch);
    for (const { uid, operation, status } of batch) world.trace(`${operation.kind} ${status}`, `task ${uid}`);
    tasks.finish(batch);
    this.#processing = [];
    this.next();
  }

  /** Most batches are quick; some stand behind a merge of the whole index. */
  #durationOf(batch: readonly Task[]): number {
    const documents = batch.reduce(
      (sum, { operation }) => sum + (operation.kind === 'add' ? operation.documents.length : 0),
      0,
    );
    const base = this.#random.chance(0.03) ? this.#random.between(200, 6_000) : this.#random.between(3, 40);
    return base + documents * 0.1;
  }
}
