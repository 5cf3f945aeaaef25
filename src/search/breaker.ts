import { BrokenCircuitError, ConsecutiveBreaker, circuitBreaker, handleType, CircuitState as State } from 'cockatiel';
import type { Observer } from '../entities/core/table.ts';
import { SearchUnavailableError } from '../errors.ts';
import type { Measured } from '../metrics.ts';
import type { Logger } from '../runtime.ts';
import type { HitPage, IndexQuery, Search, SearchCall, SearchStats } from './client.ts';
import type { FederatedHits, IndexHits } from './hits.ts';

/** How the circuit to the search engine stands: searches are sent, or none is, or one is to see whether it is back. */
export const CIRCUIT_STATES = ['closed', 'open', 'half-open'] as const;
/** One of {@link CIRCUIT_STATES}. */
export type CircuitState = (typeof CIRCUIT_STATES)[number];

/** Searches without an answer, one after the other or at once, that open the circuit. */
export const FAILURES_TO_OPEN = 5;
/** How long no search is sent then, seconds. */
export const OPEN_SECONDS = 3;

/** A search engine that is left alone for a while when it does not answer. */
export interface GuardedSearch extends Search {
  /** Of this process. */
  readonly circuit: CircuitState;
  observed(observer: Observer<SearchCall>): GuardedSearch;
}

/** What tells of the circuit. */
export interface CircuitServices extends Measured {
  readonly log: Logger;
}

/**
 * Puts a circuit breaker before the searches of a process: those that are observed share it. While it is open, searches
 * fail at once, with SearchUnavailableError. What looks at the engine's health is always sent.
 *
 * https://learn.microsoft.com/azure/architecture/patterns/circuit-breaker
 */
export const withCircuitBreaker = (search: Search, services: CircuitServices): GuardedSearch =>
  new SearchBehindCircuit(search, new Circuit(services));

class SearchBehindCircuit implements GuardedSearch {
  readonly #search: Search;
  readonly #circuit: Circuit;

  constructor(search: Search, circuit: Circuit) {
    this.#search = search;
    this.#circuit = circuit;
  }

  get circuit(): CircuitState {
    return this.#circuit.state;
  }

  observed(observer: Observer<SearchCall>): GuardedSearch {
    return new SearchBehindCircuit(this.#search.observed(observer), this.#circuit);
  }

  healthy(): Promise<boolean> {
    return this.#search.healthy();
  }

  stats(): Promise<SearchStats> {
    return this.#search.stats();
  }

  query(queries: readonly IndexQuery[], deadline?: AbortSignal): Promise<IndexHits[]> {
    return this.#circuit.send(() => this.#search.query(queries, deadline));
  }

  federate(queries: readonly IndexQuery[], page: HitPage, deadline?: AbortSignal): Promise<FederatedHits> {
    return this.#circuit.send(() => this.#search.federate(queries, page, deadline));
  }
}

const STATES: Readonly<Record<State, CircuitState>> = {
  [State.Closed]: 'closed',
  [State.Open]: 'open',
  [State.HalfOpen]: 'half-open',
  // Nobody isolates it.
  [State.Isolated]: 'open',
};

class Circuit {
  readonly #failures = new ConsecutiveBreaker(FAILURES_TO_OPEN);
  readonly #policy = circuitBreaker(handleType(SearchUnavailableError), {
    breaker: this.#failures,
    halfOpenAfter: OPEN_SECONDS * 1_000,
  });

  constructor({ log, metrics }: CircuitServices) {
    this.#policy.onBreak((reason) => {
      const err = 'error' in reason ? reason.error : undefined;
      log.warn({ circuit: this.state, err }, `searches do not get an answer; none is sent for ${OPEN_SECONDS} seconds`);
      metrics.put({ CircuitOpenings: 1 });
    });
    this.#policy.onHalfOpen(() => log.info({ circuit: this.state }, 'a search is sent to see whether it is answered'));
    this.#policy.onReset(() => log.info({ circuit: this.state }, 'searches are answered again'));
  }

  get state(): CircuitState {
    return STATES[this.#policy.state];
  }

  /** @throws SearchUnavailableError, and what `search` throws */
  async send<Answer>(search: () => Promise<Answer>): Promise<Answer> {
    // Cockatiel would have it wait for the one that is under way: longer than a search may take.
    if (this.state === 'half-open') throw unsent();
    try {
      return await this.#policy.execute(search);
    } catch (error) {
      if (error instanceof BrokenCircuitError) throw unsent(error);
      // A refusal is an answer: failures before and after it do not follow each other.
      if (!(error instanceof SearchUnavailableError)) this.#failures.success();
      throw error;
    }
  }
}

const unsent = (cause?: BrokenCircuitError): SearchUnavailableError =>
  new SearchUnavailableError(
    `the search engine does not answer, so this search was not sent; try again in ${OPEN_SECONDS} seconds`,
    { cause, retryAfterSeconds: OPEN_SECONDS },
  );
