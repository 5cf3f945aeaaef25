import { MeilisearchIndex, problemOf } from './meilisearch-index.ts';
import type { Operation, Task } from './meilisearch-task.ts';

/** The indexes of a server by name. */
export type Indexes = Map<string, MeilisearchIndex>;

/** Why a whole batch fails, by Meilisearch's own codes. */
const MESSAGES = {
  internal: 'an internal error',
  index_not_found: 'Index not found.',
  index_already_exists: 'Index already exists.',
} as const;
type BatchProblem = keyof typeof MESSAGES;

/** Does what the tasks of a batch say, and sets how they ended. @param createdAt of an index that this makes */
export function applyBatch(indexes: Indexes, batch: readonly Task[], createdAt: string): void {
  const problem = applied(indexes, batch, createdAt);
  if (problem) failBatch(batch, problem);
  for (const task of batch) if (task.status === 'processing') task.status = 'succeeded';
}

/** Lets all tasks of a batch fail. */
export function failBatch(batch: readonly Task[], code: BatchProblem): void {
  for (const task of batch) fail(task, code, MESSAGES[code]);
}

function fail(task: Task, code: string, message: string): void {
  task.status = 'failed';
  task.indexedDocuments = 0;
  task.error = { code, message };
}

function applied(indexes: Indexes, batch: readonly Task[], createdAt: string): BatchProblem | undefined {
  const first = batch[0]?.operation;
  const last = batch.at(-1)?.operation;
  // The tasks before it are not carried out any more, and succeed.
  if (last?.kind === 'deleteIndex') return deleted(indexes, last.index, batch);
  switch (first?.kind) {
    case 'create':
      if (indexes.has(first.index)) return 'index_already_exists';
      indexes.set(first.index, new MeilisearchIndex(createdAt));
      return undefined;
    case 'settings':
      return updated(indexes, first.index, batch, createdAt);
    case 'swap':
      return swapped(indexes, first.pairs);
    case 'add':
    case 'delete':
    case 'clear':
      return written(indexes.get(first.index), batch);
    default:
      return undefined;
  }
}

function deleted(indexes: Indexes, index: string, batch: readonly Task[]): BatchProblem | undefined {
  // Unlike writers, whoever changes settings may make the index that it does not find.
  const mayBeMade = batch.some(({ operation }) => operation.kind === 'settings');
  return indexes.delete(index) || mayBeMade ? undefined : 'index_not_found';
}

function updated(indexes: Indexes, name: string, batch: readonly Task[], createdAt: string): undefined {
  const index = indexes.get(name) ?? new MeilisearchIndex(createdAt);
  indexes.set(name, index);
  for (const { operation } of batch) if (operation.kind === 'settings') index.update(operation.settings);
}

/** All pairs or none: the server looks for all indexes first. */
function swapped(indexes: Indexes, pairs: readonly (readonly [string, string])[]): BatchProblem | undefined {
  const contents = pairs.flatMap(([a, b]): [string, MeilisearchIndex | undefined][] => [
    [a, indexes.get(b)],
    [b, indexes.get(a)],
  ]);
  for (const [, index] of contents) if (!index) return 'index_not_found';
  for (const [name, index] of contents) if (index) indexes.set(name, index);
  return undefined;
}

function written(index: MeilisearchIndex | undefined, batch: readonly Task[]): BatchProblem | undefined {
  if (!index) return 'index_not_found';
  if (batch.some(({ operation }) => operation.kind === 'add' && operation.isPoison)) return 'internal';
  for (const task of batch) write(index, task, task.operation);
  return undefined;
}

function write(index: MeilisearchIndex, task: Task, operation: Operation): void {
  if (operation.kind === 'clear') index.clear();
  if (operation.kind === 'delete') for (const id of operation.ids) index.delete(id);
  if (operation.kind !== 'add') return;
  const problem = operation.isRefused
    ? 'invalid_document_geo_field'
    : operation.documents.map(problemOf).find((each) => each !== undefined);
  if (problem) {
    fail(task, problem, 'a document of it can not be identified');
    return;
  }
  for (const document of operation.documents) index.put(document);
  task.indexedDocuments = new Set(operation.documents.map(({ id }) => id)).size;
}
