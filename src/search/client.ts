import {
  Meilisearch,
  MeilisearchApiError,
  type MultiSearchQuery,
  type SearchParams,
  type SearchResponse,
  type Stats,
} from 'meilisearch';
import type { Observer } from '../entities/core/table.ts';
import { SearchUnavailableError } from '../errors.ts';
import type { SearchIndex } from './define.ts';
import { MARKS } from './highlights.ts';
import { type FederatedHits, facetCounts, hitOf, type IndexHits } from './hits.ts';
import { resendIfClosed } from './resend.ts';

/** Where Meilisearch is and how to speak to it. */
export interface SearchOptions {
  readonly host: string;
  readonly apiKey: string;
  /** Put before every index name, so that stages and tests can share a server. */
  readonly indexPrefix: string;
  /** For one search, milliseconds. */
  readonly searchTimeoutMs: number;
}

/** One index's part in a search. */
export interface IndexQuery extends Pick<SearchParams, 'q' | 'matchingStrategy' | 'sort' | 'offset' | 'limit'> {
  readonly index: SearchIndex;
  /** All must hold; within an inner array any. Never empty: an empty filter means no filter. */
  readonly filter: readonly [string, ...(string | readonly string[])[]];
  /** Fields whose values are counted among all that match. */
  readonly facets?: readonly string[];
  /** Text to be shown with what matches marked, see `highlightOf`; where given, only that many words around it. */
  readonly highlight?: ReadonlyMap<string, number | undefined>;
  /** Fields of the documents that are shown. @defaultValue their ids alone */
  readonly retrieve?: readonly string[];
  /** Whether to tell how well each hit matches. */
  readonly score?: boolean;
}

/** A run of hits. */
export interface HitPage {
  readonly offset: number;
  readonly limit: number;
}

/** One search that was sent to Meilisearch and its outcome, for `explain`. */
export interface SearchCall {
  readonly operation: 'multi-search' | 'federated';
  /** What was asked of each index. */
  readonly queries: readonly IndexQuery[];
  /** Which hits of the one ranking a federated search asked for. */
  readonly page?: HitPage;
  /** Hits of all queries together. */
  readonly hits: number;
  /** How many documents match all queries together; see {@link IndexHits}. */
  readonly total: number;
  /** How long Meilisearch says that it took, milliseconds; of several queries, the sum. */
  readonly processingMs: number;
  /** Name of the error that came instead of an answer. */
  readonly error?: string;
}

/** What the search engine holds and has still to do. */
export interface SearchStats {
  /** How many documents there are, by the name of the index less the stage's prefix. */
  readonly documents: ReadonlyMap<string, number>;
  /** Tasks that are accepted and not done, of all stages that share the server. */
  readonly pendingTasks: number;
}

/** Every request that the graph sends to Meilisearch. */
export interface Search {
  /** True when the server answers and the key is good. */
  healthy(): Promise<boolean>;
  /** @throws SearchUnavailableError when there is no answer within the time limit, or before `deadline` where that is sooner */
  query(queries: readonly IndexQuery[], deadline?: AbortSignal): Promise<IndexHits[]>;
  /** One ranking over several indexes. @throws SearchUnavailableError as `query` does */
  federate(queries: readonly IndexQuery[], page: HitPage, deadline?: AbortSignal): Promise<FederatedHits>;
  /** @throws SearchUnavailableError when there is no answer within the time limit, MeilisearchApiError for a key that may not ask */
  stats(): Promise<SearchStats>;
  /** The same search engine, telling `observer` of every search. */
  observed(observer: Observer<SearchCall>): Search;
}

/** The search engine behind a Meilisearch client. */
export function createSearch(options: SearchOptions): Search {
  const { host, apiKey, searchTimeoutMs: timeout } = options;
  // Compressed answers meet delayed acknowledgements: 44 ms a call instead of 2.
  const requestInit = { headers: { 'accept-encoding': 'identity' } };
  return new MeilisearchEngine(options, new Meilisearch({ host, apiKey, timeout, requestInit }), []);
}

class MeilisearchEngine implements Search {
  readonly #options: SearchOptions;
  readonly #client: Meilisearch;
  readonly #observers: readonly Observer<SearchCall>[];

  constructor(options: SearchOptions, client: Meilisearch, observers: readonly Observer<SearchCall>[]) {
    this.#options = options;
    this.#client = client;
    this.#observers = observers;
  }

  observed(observer: Observer<SearchCall>): Search {
    return new MeilisearchEngine(this.#options, this.#client, [...this.#observers, observer]);
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

  async query(queries: readonly IndexQuery[], deadline?: AbortSignal): Promise<IndexHits[]> {
    const { results } = await this.#told(
      { operation: 'multi-search', queries },
      (signal) =>
        this.#client.multiSearch(
          { queries: queries.map((query) => ({ ...this.#multiQuery(query), ...facetsOf(query) })) },
          { signal },
        ),
      (answer) => outcomeOf(answer.results),
      deadline,
    );
    return results.map(({ indexUid, hits, estimatedTotalHits = 0, facetDistribution, facetStats }) => ({
      hits: hits.map((hit) => hitOf(hit, this.#nameOf(indexUid))),
      total: estimatedTotalHits,
      facets: facetCounts(facetDistribution, facetStats),
    }));
  }

  async federate(queries: readonly IndexQuery[], page: HitPage, deadline?: AbortSignal): Promise<FederatedHits> {
    const wanted = queries.filter(({ facets = [] }) => facets.length > 0);
    const facetsByIndex = Object.fromEntries(wanted.map(({ index, facets = [] }) => [this.#uid(index), [...facets]]));
    const {
      hits,
      estimatedTotalHits = 0,
      facetsByIndex: found = {},
    } = await this.#told(
      { operation: 'federated', queries, page },
      (signal) =>
        this.#client.multiSearch(
          { federation: { ...page, facetsByIndex }, queries: queries.map((query) => this.#multiQuery(query)) },
          { signal },
        ),
      (answer) => outcomeOf([answer]),
      deadline,
    );
    return {
      hits: hits.map((hit) => hitOf(hit, this.#nameOf(hit._federation?.indexUid ?? ''))),
      total: estimatedTotalHits,
      facets: new Map(
        Object.entries(found).map(([uid, { distribution, stats }]) => [
          this.#nameOf(uid),
          facetCounts(distribution, stats),
        ]),
      ),
    };
  }

  async stats(): Promise<SearchStats> {
    const signal = AbortSignal.timeout(this.#options.searchTimeoutMs);
    const extraRequestInit = { signal };
    const { httpRequest } = this.#client;
    const params = { statuses: 'enqueued,processing', limit: 1 };
    const ask = () =>
      Promise.all([
        httpRequest.get<Stats>({ path: 'stats', extraRequestInit }),
        httpRequest.get<{ readonly total: number }>({ path: 'tasks', params, extraRequestInit }),
      ]);
    const [{ indexes }, tasks] = await resendIfClosed(ask, signal).catch(failed);
    const { indexPrefix } = this.#options;
    const own = Object.entries(indexes).filter(([uid]) => uid.startsWith(indexPrefix));
    const documents = own.map(
      ([uid, { numberOfDocuments }]) => [uid.slice(indexPrefix.length), numberOfDocuments] as const,
    );
    return { documents: new Map(documents), pendingTasks: tasks.total };
  }

  /** Sends a search, again where its connection was closed, telling the observers once of it and of its outcome. */
  async #told<Answer>(
    call: Omit<SearchCall, keyof Outcome>,
    send: (signal: AbortSignal) => Promise<Answer>,
    outcome: (answer: Answer) => Outcome,
    deadline?: AbortSignal,
  ): Promise<Answer> {
    const tells = this.#observers.map((observer) => observer());
    const timeout = AbortSignal.timeout(this.#options.searchTimeoutMs);
    const signal = deadline ? AbortSignal.any([timeout, deadline]) : timeout;
    const answer = await resendIfClosed(() => send(signal), signal).catch((cause: unknown) => {
      const error = cause instanceof Error ? cause.name : String(cause);
      for (const tell of tells) tell({ ...call, hits: 0, total: 0, processingMs: 0, error });
      return failed(cause);
    });
    for (const tell of tells) tell({ ...call, ...outcome(answer) });
    return answer;
  }

  #multiQuery({
    index,
    q,
    matchingStrategy,
    filter,
    sort,
    offset,
    limit,
    highlight,
    retrieve = [],
    score,
  }: IndexQuery): MultiSearchQuery {
    return {
      indexUid: this.#uid(index),
      filter: filter.map((part) => (typeof part === 'string' ? part : [...part])),
      attributesToRetrieve: ['id', ...retrieve],
      ...(q ? { q } : {}),
      ...(matchingStrategy ? { matchingStrategy } : {}),
      ...(sort ? { sort } : {}),
      ...(offset === undefined ? {} : { offset }),
      ...(limit === undefined ? {} : { limit }),
      ...(highlight ? markingOf(highlight) : {}),
      ...(score ? { showRankingScore: true } : {}),
    };
  }

  #uid(index: SearchIndex): string {
    return `${this.#options.indexPrefix}${index.name}`;
  }

  #nameOf(uid: string): string {
    return uid.slice(this.#options.indexPrefix.length);
  }
}

const facetsOf = ({ facets }: IndexQuery): Pick<MultiSearchQuery, 'facets'> => (facets ? { facets: [...facets] } : {});

const markingOf = (highlight: ReadonlyMap<string, number | undefined>) => ({
  attributesToHighlight: [...highlight.keys()],
  attributesToCrop: [...highlight].flatMap(([field, words]) => (words === undefined ? [] : `${field}:${words}`)),
  highlightPreTag: MARKS.before,
  highlightPostTag: MARKS.after,
});

/** HTTP's status for too many requests, by which a proxy or a hosted server puts clients off. */
const BUSY = 429;

/** @throws SearchUnavailableError, or the cause itself where that is an answer */
function failed(cause: unknown): never {
  // A refusal is a fault of ours (a wrong key, a missing index), which no other try will mend.
  if (cause instanceof MeilisearchApiError && cause.response.status < 500 && cause.response.status !== BUSY)
    throw cause;
  throw new SearchUnavailableError('the search engine did not answer; try again in a moment', { cause });
}

type Outcome = Pick<SearchCall, 'hits' | 'total' | 'processingMs'>;

const outcomeOf = (
  answers: readonly Pick<SearchResponse, 'hits' | 'estimatedTotalHits' | 'processingTimeMs'>[],
): Outcome => ({
  hits: sum(answers.map(({ hits }) => hits.length)),
  total: sum(answers.map(({ estimatedTotalHits = 0 }) => estimatedTotalHits)),
  processingMs: sum(answers.map(({ processingTimeMs }) => processingTimeMs)),
});

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
