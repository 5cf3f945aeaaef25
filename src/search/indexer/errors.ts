import { RosterError } from '../../errors.ts';

/** A write that Meilisearch refused, or accepted and did not apply completely. The same write may succeed later. */
export class SearchWriteError extends RosterError {
  readonly code: string = 'SEARCH_WRITE_FAILED';
}

/** The index that was written to is not there. */
export class IndexMissingError extends SearchWriteError {
  override readonly code = 'SEARCH_INDEX_MISSING';
  /** Its name, less the stage's prefix. */
  readonly index: string;

  constructor(index: string, options?: ErrorOptions) {
    super(`there is no index "${index}"`, options);
    this.index = index;
  }
}

/** The server knows less than it did: it was restored from a snapshot, or is another one. */
export class ServerRestoredError extends SearchWriteError {
  override readonly code = 'SEARCH_SERVER_RESTORED';
}

/** Indexes can't be swapped as a rebuild wants it: one is gone, or somebody else has swapped some of them. */
export class SwapImpossibleError extends SearchWriteError {
  override readonly code = 'SEARCH_SWAP_IMPOSSIBLE';
}

/** A rebuild's indexes are not being built any more: it was finished or given up by somebody else. */
export class RunOverError extends RosterError {
  readonly code = 'SEARCH_RUN_OVER';
}
