import type { Clock } from '../../runtime.ts';
import type { Engine, TaskRef, TaskState } from '../engine/engine.ts';
import { EngineUnavailable } from '../engine/errors.ts';
import { IndexMissingError, SearchWriteError, ServerRestoredError } from './errors.ts';

/** What waiting for tasks needs. */
export interface TaskServices {
  readonly engine: Engine;
  readonly clock: Clock;
  /** For one task to be processed, its time in the queue included, milliseconds. */
  readonly taskTimeoutMs: number;
}

/**
 * As many tasks as wait for one index where the server is busy with something long: more than all writers at work have
 * under way at a time.
 */
const BACKLOG = 50;

/**
 * Whether the server is far behind with any of these indexes. A batch that is not done in time comes again, without what
 * was sent before being taken back: where nothing gets done, its tasks would become more and more.
 *
 * @throws EngineUnavailable, EngineRefusal
 */
export async function isBehind({ engine }: Pick<TaskServices, 'engine'>, indexes: readonly string[]): Promise<boolean> {
  const pending = await Promise.all(indexes.map((index) => engine.pendingTasks(index)));
  return pending.some(({ length }) => length >= BACKLOG);
}

/** A task is asked for at intervals of about a sixth of the time that it has taken so far. */
const FIRST_PAUSE_MS = 5;
const PAUSE_GROWTH = 1.2;
const LONGEST_PAUSE_MS = 250;

/**
 * A task once it has been processed, whatever became of it: Meilisearch answers before anything has happened.
 *
 * @throws SearchWriteError when that takes too long or somebody has deleted the task from the list, ServerRestoredError
 *   when the server never heard of it
 */
export async function processed({ engine, clock, taskTimeoutMs }: TaskServices, sent: TaskRef): Promise<TaskState> {
  const deadline = clock.monotonicMs() + taskTimeoutMs;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LONGEST_PAUSE_MS, pause * PAUSE_GROWTH)) {
    const task = await look(engine, sent);
    if (task && task.status !== 'enqueued' && task.status !== 'processing') return task;
    if (clock.monotonicMs() >= deadline)
      throw new SearchWriteError(`task ${sent.uid} was not processed within ${taskTimeoutMs} ms`);
    await clock.sleep(pause);
  }
}

/** The task as it is now; undefined when the server does not tell. */
async function look(engine: Engine, sent: TaskRef): Promise<TaskState | undefined> {
  try {
    const task = await recall(engine, sent);
    const name = `task ${sent.uid} of ${sent.enqueuedAt}`;
    if (task === 'lost') throw new ServerRestoredError(`${name} is lost: the server has gone back in time`);
    // It is done, since others can't be deleted, but nobody can tell how it ended.
    if (task === 'deleted') throw new SearchWriteError(`${name} was deleted from the list of tasks before it was seen`);
    return task;
  } catch (error) {
    // The task is accepted, and what has become of it can still be asked in a moment.
    if (error instanceof EngineUnavailable) return undefined;
    throw error;
  }
}

/**
 * What the server knows of a task that it has accepted.
 *
 * @returns `deleted` when it is forgotten, as tasks that are done are some day, or when somebody wants their room;
 *   `lost` when the server never heard of it, since it was emptied, replaced, or restored from a snapshot
 */
export async function recall(engine: Engine, sent: TaskRef): Promise<TaskState | 'deleted' | 'lost'> {
  const task = await engine.task(sent.uid);
  // A server restored from a snapshot gives the same numbers to other tasks.
  if (task) return task.enqueuedAt === sent.enqueuedAt ? task : 'lost';
  // The deletion of tasks is a task itself, and newer than all that it deletes.
  const newest = await engine.newestTask();
  return newest && newest.uid >= sent.uid ? 'deleted' : 'lost';
}

/** The error of a task on an index that did not succeed. */
export function taskError({ uid, status, error }: TaskState, index: string): SearchWriteError {
  const options = { cause: error };
  if (error?.code === 'index_not_found') return new IndexMissingError(index, options);
  return new SearchWriteError(`task ${uid} on ${index} ${status}: ${error?.message ?? 'no reason given'}`, options);
}

/** @throws SearchWriteError when the task does not succeed, unless it fails by the error that is as good */
export async function succeeded(
  services: TaskServices,
  index: string,
  sent: TaskRef,
  tolerated?: string,
): Promise<void> {
  const task = await processed(services, sent);
  if (task.status === 'succeeded') return;
  // One that was cancelled has no error, and is as good as none.
  if (tolerated === undefined || task.error?.code !== tolerated) throw taskError(task, index);
}
