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

const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 250;

/**
 * A task once it has been processed, whatever became of it: Meilisearch answers before anything has happened.
 *
 * @throws SearchWriteError when that takes too long, ServerRestoredError when the server does not know the task
 */
export async function processed({ engine, clock, taskTimeoutMs }: TaskServices, sent: TaskRef): Promise<TaskState> {
  const deadline = clock.monotonicMs() + taskTimeoutMs;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LONGEST_PAUSE_MS, pause * 1.5)) {
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
    const task = await engine.task(sent.uid);
    // A server restored from a snapshot gives the same numbers to other tasks.
    if (task?.enqueuedAt === sent.enqueuedAt) return task;
    throw new ServerRestoredError(`task ${sent.uid} of ${sent.enqueuedAt} is lost: the server has gone back in time`);
  } catch (error) {
    // The task is accepted, and what has become of it can still be asked in a moment.
    if (error instanceof EngineUnavailable) return undefined;
    throw error;
  }
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
  if (task.status !== 'succeeded' && task.error?.code !== tolerated) throw taskError(task, index);
}
