import type { Settings } from 'meilisearch';
import type { Document } from '../../src/search/document.ts';
import type { TaskState } from '../../src/search/engine/engine.ts';

/** What a task is to do. */
export type Operation =
  | {
      readonly kind: 'add';
      readonly index: string;
      readonly documents: readonly Document[];
      /** Whether text of it can't be stored, which fails all tasks of the batch. */
      readonly isPoison: boolean;
      /** Whether a document can't be indexed, which fails this task only. */
      readonly isRefused: boolean;
    }
  | { readonly kind: 'delete'; readonly index: string; readonly ids: readonly string[] }
  | { readonly kind: 'clear'; readonly index: string }
  | { readonly kind: 'create'; readonly index: string }
  | { readonly kind: 'settings'; readonly index: string; readonly settings: Settings }
  | { readonly kind: 'deleteIndex'; readonly index: string }
  | { readonly kind: 'swap'; readonly pairs: readonly (readonly [string, string])[] }
  | { readonly kind: 'cancel'; readonly uids: readonly number[] };

/** A task in the server's queue. */
export interface Task {
  readonly uid: number;
  readonly enqueuedAt: string;
  readonly operation: Operation;
  status: TaskState['status'];
  indexedDocuments: number;
  error?: { readonly code: string; readonly message: string };
  batch?: number;
}

/** The index that a task is about; undefined for swaps, which are about several, and cancelations. */
export const indexOf = ({ operation }: Task): string | undefined =>
  'index' in operation ? operation.index : undefined;

/**
 * What Meilisearch's scheduler takes together next: cancelations first, then the oldest task and, of the same index,
 * those behind it that can share a batch. Document operations share one, and so do changes of settings; a deletion of
 * the index takes along what comes before it. Swaps and creations stand alone, and nothing passes them.
 *
 * @param queue in the order of enqueueing, not empty
 */
export function nextBatch(queue: readonly Task[]): readonly Task[] {
  const cancelation = queue.find(({ operation }) => operation.kind === 'cancel');
  const first = cancelation ?? queue[0];
  const index = first && indexOf(first);
  if (!first || index === undefined) return first ? [first] : [];
  const batch: Task[] = [];
  for (const task of queue) {
    if (!concerns(task, index)) continue;
    if (batch.length > 0 && !joins(task, first)) break;
    batch.push(task);
    if (task.operation.kind === 'deleteIndex') break;
  }
  return batch;
}

const concerns = ({ operation }: Task, index: string): boolean =>
  operation.kind === 'swap'
    ? operation.pairs.some((pair) => pair.includes(index))
    : 'index' in operation && operation.index === index;

const isDocuments = ({ operation: { kind } }: Task): boolean => kind === 'add' || kind === 'delete' || kind === 'clear';

function joins(task: Task, first: Task): boolean {
  if (first.operation.kind === 'create') return false;
  if (task.operation.kind === 'deleteIndex') return true;
  return isDocuments(first) ? isDocuments(task) : task.operation.kind === first.operation.kind;
}
