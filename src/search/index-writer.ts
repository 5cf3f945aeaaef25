import { setTimeout as delay } from 'node:timers/promises';
import type { EnqueuedTask, Meilisearch, MeilisearchApiError, Settings, Task } from 'meilisearch';
import { RosterError } from '../errors.ts';
import type { Document, SearchIndex } from './define.ts';

/** A write that Meilisearch refused, or accepted and did not apply completely. */
export class SearchWriteError extends RosterError {
  readonly code: string = 'SEARCH_WRITE_FAILED';
}

/** An index had vanished before or under a write. It has been made anew, and lacks all that it held. */
export class IndexLostError extends SearchWriteError {
  override readonly code = 'SEARCH_INDEX_LOST';

  constructor(name: string, options?: ErrorOptions) {
    super(`the index "${name}" was gone and has been made anew, empty; it must be rebuilt`, options);
  }
}

/** What an {@link IndexWriter} needs. */
export interface IndexWriterOptions {
  readonly client: Meilisearch;
  readonly indexPrefix: string;
  /** For one task to be processed, its time in the queue included, milliseconds. */
  readonly timeoutMs: number;
}

/** Meilisearch takes larger requests, but its memory and patience are better served by these. */
const REQUEST_BYTES = 5_000_000;
const DELETIONS = 5_000;
const TASK_POLL_MS = 8;

/** Writes to indexes and waits until it is done: Meilisearch answers before anything has happened. */
export class IndexWriter {
  readonly #options: IndexWriterOptions;

  constructor(options: IndexWriterOptions) {
    this.#options = options;
  }

  /** See `Search.ensureIndex`. */
  async ensure(declared: SearchIndex, update: boolean): Promise<boolean> {
    const { client } = this.#options;
    const index = client.index(this.#uid(declared));
    const current = await index.getSettings().catch((error: unknown) => {
      if (isMissingIndex(error)) return undefined;
      throw error;
    });
    if (!current) {
      // Somebody else may be making it at the same time.
      await this.#applied(await client.createIndex(index.uid, { primaryKey: 'id' }), 'index_already_exists');
    }
    const isNew = !current || isBare(current);
    if (isNew || (update && !sameSettings(declared.settings, current))) {
      await this.#applied(await index.updateSettings(declared.settings));
    }
    return isNew;
  }

  /** See `Search.write`. */
  async write(declared: SearchIndex, documents: readonly Document[], deletions: readonly string[]): Promise<void> {
    const missing = await this.#send(declared, documents, deletions).catch((error: unknown) => {
      // What a deletion meets, and an addition under a key that may not create indexes.
      if (isMissingIndex(error)) return error;
      throw error;
    });
    // Looked at afterwards, so that it also shows an index that this very write has made.
    if (await this.ensure(declared, false)) throw new IndexLostError(declared.name, { cause: missing });
    if (missing) throw missing;
  }

  async #send(declared: SearchIndex, documents: readonly Document[], deletions: readonly string[]): Promise<void> {
    const index = this.#options.client.index(this.#uid(declared));
    const sent: { readonly task: EnqueuedTask; readonly documents: number }[] = [];
    for (const part of splitBySize(documents)) {
      sent.push({ task: await index.addDocuments(part, { primaryKey: 'id' }), documents: part.length });
    }
    for (let i = 0; i < deletions.length; i += DELETIONS) {
      sent.push({ task: await index.deleteDocuments(deletions.slice(i, i + DELETIONS)), documents: 0 });
    }
    for (const { task, documents: expected } of sent) {
      const { details } = await this.#applied(task);
      // An addition batched with a queued deletion of the index succeeds without indexing anything.
      const indexed = details?.indexedDocuments ?? 0;
      if (indexed < expected) {
        throw new SearchWriteError(
          `task ${task.taskUid} on ${index.uid} succeeded with ${indexed} of ${expected} documents`,
        );
      }
    }
  }

  /** The task once it has succeeded, or failed with the error that is as good. */
  async #applied(sent: EnqueuedTask, tolerated?: string): Promise<Task> {
    const task = await this.#processed(sent);
    if (task.status === 'succeeded' || (tolerated && task.error?.code === tolerated)) return task;
    const reason = task.error?.message ?? 'no reason given';
    throw new SearchWriteError(`task ${task.uid} on ${task.indexUid} ${task.status}: ${reason}`, { cause: task.error });
  }

  async #processed(sent: EnqueuedTask): Promise<Task> {
    const signal = AbortSignal.timeout(this.#options.timeoutMs);
    for (;;) {
      const task = await this.#options.client.tasks.getTask(sent.taskUid, { signal });
      // A server restored from a snapshot gives the same numbers to other tasks.
      if (task.enqueuedAt !== sent.enqueuedAt) {
        throw new SearchWriteError(
          `task ${sent.taskUid} of ${sent.enqueuedAt} is lost: the server has gone back in time`,
        );
      }
      if (task.status !== 'enqueued' && task.status !== 'processing') return task;
      await delay(TASK_POLL_MS);
    }
  }

  #uid = ({ name }: SearchIndex): string => `${this.#options.indexPrefix}${name}`;
}

/** True for Meilisearch's own errors and for those of failed tasks, which have the same cause. */
const isMissingIndex = (error: unknown): boolean => (error as MeilisearchApiError).cause?.code === 'index_not_found';

/** True for an index that a write has made: every declared one can at least be filtered by organization. */
const isBare = ({ filterableAttributes }: Settings): boolean => !filterableAttributes?.length;

/** Compares what is declared; what is not stays at Meilisearch's default. */
const sameSettings = (declared: Settings, current: Settings): boolean =>
  Object.entries(declared).every(([name, value]) => {
    const ordered = name === 'searchableAttributes' || name === 'rankingRules';
    const normal = (list: unknown) => JSON.stringify(ordered || !Array.isArray(list) ? list : [...list].sort());
    return normal(value) === normal(current[name as keyof Settings]);
  });

/** Runs that make a JSON array of at most {@link REQUEST_BYTES} each; a document larger than that goes alone. */
function splitBySize(documents: readonly Document[]): Document[][] {
  const parts: Document[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const document of documents) {
    // Each document is followed by a comma or a bracket.
    const size = Buffer.byteLength(JSON.stringify(document)) + 1;
    if (bytes + size > REQUEST_BYTES) {
      parts.push([]);
      bytes = 1;
    }
    parts.at(-1)?.push(document);
    bytes += size;
  }
  return parts;
}
