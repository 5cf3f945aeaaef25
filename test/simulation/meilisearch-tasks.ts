import type { TaskRef, TaskState } from '../../src/search/engine/engine.ts';
import { EngineRefusal } from '../../src/search/engine/errors.ts';
import { indexOf, nextBatch, type Operation, type Task } from './meilisearch-task.ts';

/** As many as the real client asks for. */
const PENDING_LIMIT = 1_000;

/** What a snapshot holds of the tasks. */
export interface SavedTasks {
  readonly tasks: readonly Task[];
  readonly batchSizes: readonly number[];
}

/** The tasks of all indexes: one queue, one numbering. */
export class MeilisearchTasks {
  readonly #timestamp: () => string;
  #tasks: Task[] = [];
  #queue: Task[] = [];
  #batchSizes: number[] = [];

  /** @param timestamp a different one each time */
  constructor(timestamp: () => string) {
    this.#timestamp = timestamp;
  }

  /** Tasks that are not done, the one that is being processed included. */
  get queue(): readonly Task[] {
    return this.#queue;
  }

  add(operation: Operation): TaskRef {
    const { length: uid } = this.#tasks;
    const task: Task = { uid, enqueuedAt: this.#timestamp(), operation, status: 'enqueued', indexedDocuments: 0 };
    this.#tasks.push(task);
    this.#queue.push(task);
    return { uid, enqueuedAt: task.enqueuedAt };
  }

  state(uid: number): TaskState | undefined {
    const task = this.#tasks[uid];
    return task && stateOf(task);
  }

  newest(): TaskState | undefined {
    return this.state(this.#tasks.length - 1);
  }

  /** Swaps are not among them: Meilisearch lists them under no index. */
  pending(index: string): TaskState[] {
    return this.#pending((task) => indexOf(task) === index);
  }

  pendingSwaps(): TaskState[] {
    return this.#pending(({ operation }) => operation.kind === 'swap');
  }

  #pending(isMeant: (task: Task) => boolean): TaskState[] {
    return this.#queue.filter(isMeant).toReversed().slice(0, PENDING_LIMIT).map(stateOf);
  }

  /** @throws EngineRefusal `batch_not_found` */
  batchSize(batch: number): number {
    const size = this.#batchSizes[batch];
    if (size === undefined) throw new EngineRefusal('batch_not_found', `Batch \`${batch}\` not found.`);
    return size;
  }

  /** Begins the next batch; empty when nothing is left to do. */
  begin(): readonly Task[] {
    const batch = nextBatch(this.#queue);
    if (batch.length === 0) return batch;
    const { length: uid } = this.#batchSizes;
    this.#batchSizes.push(batch.length);
    for (const task of batch) Object.assign(task, { status: 'processing', batch: uid });
    return batch;
  }

  /** Takes tasks that are done from the queue. */
  finish(batch: readonly Task[]): void {
    const done = new Set(batch);
    this.#queue = this.#queue.filter((task) => !done.has(task));
  }

  /** Cancels those of these tasks that are not done, and counts them to the batch of the cancelation. */
  cancel(uids: readonly number[], batch: number | undefined): void {
    const tasks = this.#queue.filter(({ uid }) => uids.includes(uid));
    for (const task of tasks) Object.assign(task, { status: 'canceled', batch });
    this.finish(tasks);
  }

  /** Puts back what was being processed. */
  requeue(): void {
    for (const task of this.#queue) {
      task.status = 'enqueued';
      delete task.batch;
    }
  }

  saved(): SavedTasks {
    return { tasks: this.#tasks.map((task) => ({ ...task })), batchSizes: [...this.#batchSizes] };
  }

  restore({ tasks, batchSizes }: SavedTasks): void {
    this.#tasks = tasks.map((task) => ({ ...task }));
    this.#batchSizes = [...batchSizes];
    this.#queue = this.#tasks.filter(({ status }) => status === 'enqueued' || status === 'processing');
    this.requeue();
  }
}

const stateOf = ({ operation: _operation, ...state }: Task): TaskState => ({ ...state });
