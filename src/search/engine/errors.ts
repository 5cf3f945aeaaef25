import { RosterError } from '../../errors.ts';

/** Meilisearch said no, and nothing has happened. */
export class EngineRefusal extends RosterError {
  readonly code = 'SEARCH_REFUSED';
  /** Meilisearch's own code, such as `index_not_found`. */
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** Meilisearch did not answer, or answered with a fault of its own. */
export class EngineUnavailable extends RosterError {
  readonly code = 'SEARCH_UNAVAILABLE';
  /** Whether the request may have arrived, or still may: then its effect may come at any later time. */
  readonly mayHaveArrived: boolean;

  constructor(message: string, mayHaveArrived: boolean, options?: ErrorOptions) {
    super(message, options);
    this.mayHaveArrived = mayHaveArrived;
  }
}

/** True for an error that says that there is no such index. */
export const isMissingIndex = (error: unknown): error is EngineRefusal =>
  error instanceof EngineRefusal && error.reason === 'index_not_found';
