import {
  Meilisearch,
  type MeilisearchApiError,
  type MultiSearchQuery,
  type SearchParams,
  type Settings,
  type Task,
  type TaskUidOrEnqueuedTask,
} from 'meilisearch';
import { UnavailableError } from '../errors.ts';
import type { Document, SearchIndex } from './define.ts';

/** Where Meilisearch is and how to speak to it. */
export interface SearchOptions {
  readonly host: string;
  readonly apiKey: string;
  /** Put before every index name, so that stages and tests can share a server. */
  readonly indexPrefix: string;
  /** For one search, milliseconds. */
  readonly searchTimeoutMs: number;
  /** For a write to be applied, its time in the queue included, milliseconds. */
  readonly writeTimeoutMs: number;
}

/** One index's part in a search. */
export interface IndexQuery extends Pick<SearchParams, 'q' | 'sort' | 'offset' | 'limit'> {
  readonly index: SearchIndex;
  /** All must hold; within an inner array any. Never empty: an empty filter means no filter. */
  readonly filter: readonly [string, ...(string | readonly string[])[]];
}

/** Document ids in order, and how many match: exact below Meilisearch's `maxTotalHits` of 1,000. */
export interface IndexHits {
  readonly ids: readonly string[];
  readonly total: number;
}

/** A hit of a federated search and the index that it is from. */
export interface FederatedHits {
  readonly hits: readonly { readonly id: string; readonly index: string }[];
  readonly total: number;
}

/** A write that Meilisearch refused or did not apply completely. */
export class SearchWriteError extends Error {}

/** Every request that Roster sends to Meilisearch. */
export interface Search {
  /** True when the server answers and the key is good. */
  healthy(): Promise<boolean>;
  /** Creates the index when it is missing; existing settings are left alone unless `update` is set. */
  ensureIndex(index: SearchIndex, options?: { readonly update?: boolean }): Promise<void>;
  /**
   * Replaces and deletes documents, and resolves once all of it is applied and can be searched.
   *
   * @throws SearchWriteError, or whatever kept the server from answering; parts may have been applied
   */
  write(index: SearchIndex, documents: readonly Document[], deletions: readonly string[]): Promise<void>;
  /** @throws UnavailableError when there is no answer within the time limit */
  query(queries: readonly IndexQuery[]): Promise<IndexHits[]>;
  /** One ranking over several indexes. @throws UnavailableError */
  federate(
    queries: readonly IndexQuery[],
    page: { readonly offset: number; readonly limit: number },
  ): Promise<FederatedHits>;
}

/** Meilisearch takes larger requests, but its memory and patience are better served by these. */
const REQUEST_BYTES = 5_000_000;
const DELETIONS = 5_000;
const TASK_POLL_MS = 8;

/** The search engine behind a Meilisearch client. */
export function createSearch(options: SearchOptions): Search {
  return new MeilisearchEngine(options);
}

class MeilisearchEngine implements Search {
  readonly #options: SearchOptions;
  readonly #client: Meilisearch;

  constructor(options: SearchOptions) {
    this.#options = options;
    this.#client = new Meilisearch({
      host: options.host,
      apiKey: options.apiKey,
      timeout: options.writeTimeoutMs,
      // Compressed answers meet delayed acknowledgements: 44 ms a call instead of 2.
      requestInit: { headers: { 'accept-encoding': 'identity' } },
      defaultWaitOptions: { interval: TASK_POLL_MS, timeout: options.writeTimeoutMs },
    });
  }

  async healthy(): Promise<boolean> {
    try {
      await this.#client.getVersion();
      return true;
    } catch {
      // Any failure means the same: not healthy now.
      return false;
    }
  }

  async ensureIndex(index: SearchIndex, { update = false } = {}): Promise<void> {
    const uid = this.#uid(index);
    try {
      const current = await this.#client.index(uid).getSettings();
      if (!update || sameSettings(index.settings, current)) return;
    } catch (error) {
      if (!isMissingIndex(error)) throw error;
      await this.#applied(await this.#client.createIndex(uid, { primaryKey: 'id' }), 'index_already_exists');
    }
    await this.#applied(await this.#client.index(uid).updateSettings(index.settings));
  }

  async write(index: SearchIndex, documents: readonly Document[], deletions: readonly string[]): Promise<void> {
    const target = this.#client.index(this.#uid(index));
    const sent: { readonly task: TaskUidOrEnqueuedTask; readonly documents: number }[] = [];
    for (const part of splitBySize(documents)) {
      sent.push({ task: await target.addDocuments([...part], { primaryKey: 'id' }), documents: part.length });
    }
    for (let i = 0; i < deletions.length; i += DELETIONS) {
      sent.push({ task: await target.deleteDocuments(deletions.slice(i, i + DELETIONS)), documents: 0 });
    }
    for (const { task, documents: expected } of sent) {
      const { details } = await this.#applied(task);
      // An addition batched with a queued deletion of the index succeeds without indexing anything.
      const indexed = details?.indexedDocuments ?? 0;
      if (indexed < expected)
        throw new SearchWriteError(`${index.name}: ${indexed} of ${expected} documents were indexed`);
    }
  }

  async query(queries: readonly IndexQuery[]): Promise<IndexHits[]> {
    const { results } = await this.#search((signal) =>
      this.#client.multiSearch({ queries: queries.map((query) => this.#multiQuery(query)) }, { signal }),
    );
    return results.map(({ hits, estimatedTotalHits = 0 }) => ({
      ids: hits.map(({ id }) => id as string),
      total: estimatedTotalHits,
    }));
  }

  async federate(
    queries: readonly IndexQuery[],
    page: { readonly offset: number; readonly limit: number },
  ): Promise<FederatedHits> {
    const { hits, estimatedTotalHits = 0 } = await this.#search((signal) =>
      this.#client.multiSearch(
        { federation: page, queries: queries.map((query) => this.#multiQuery(query)) },
        { signal },
      ),
    );
    const prefix = this.#options.indexPrefix.length;
    return {
      hits: hits.map(({ id, _federation }) => ({ id: id as string, index: _federation?.indexUid.slice(prefix) ?? '' })),
      total: estimatedTotalHits,
    };
  }

  async #search<T>(send: (signal: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await send(AbortSignal.timeout(this.#options.searchTimeoutMs));
    } catch (cause) {
      throw new UnavailableError('the search engine did not answer; try again in a moment', { cause });
    }
  }

  #multiQuery({ index, q, filter, sort, offset, limit }: IndexQuery): MultiSearchQuery {
    return {
      indexUid: this.#uid(index),
      filter: filter.map((part) => (typeof part === 'string' ? part : [...part])),
      attributesToRetrieve: ['id'],
      ...(q ? { q } : {}),
      ...(sort ? { sort } : {}),
      ...(offset === undefined ? {} : { offset }),
      ...(limit === undefined ? {} : { limit }),
    };
  }

  async #applied(sent: TaskUidOrEnqueuedTask, tolerated?: string): Promise<Task> {
    const task = await this.#client.tasks.waitForTask(sent);
    if (task.status !== 'succeeded' && task.error?.code !== tolerated) {
      throw new SearchWriteError(
        `task ${task.uid} on ${task.indexUid} ${task.status}: ${task.error?.message ?? 'no reason given'}`,
      );
    }
    return task;
  }

  #uid(index: SearchIndex): string {
    return `${this.#options.indexPrefix}${index.name}`;
  }
}

const isMissingIndex = (error: unknown): boolean => (error as MeilisearchApiError).cause?.code === 'index_not_found';

/** Compares what is declared; what is not stays at Meilisearch's default. */
const sameSettings = (declared: Settings, current: Settings): boolean =>
  Object.entries(declared).every(([name, value]) => {
    const ordered = name === 'searchableAttributes' || name === 'rankingRules';
    const normal = (list: unknown) => JSON.stringify(ordered || !Array.isArray(list) ? list : [...list].sort());
    return normal(value) === normal(current[name as keyof Settings]);
  });

function splitBySize(documents: readonly Document[]): Document[][] {
  const parts: Document[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const document of documents) {
    const size = Buffer.byteLength(JSON.stringify(document));
    if (bytes + size > REQUEST_BYTES) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(document);
    bytes += size + 1;
  }
  return parts;
}
