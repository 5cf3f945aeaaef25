import { AsyncLocalStorage } from 'node:async_hooks';

/** The header under which answers carry their request's id, and by which whoever stands before Roster may give one. */
export const REQUEST_ID_HEADER = 'x-request-id';

/** The request being answered. */
export interface RequestScope {
  /** Names the request in answers and in the log. */
  readonly id: string;
}

const scopes = new AsyncLocalStorage<RequestScope>();

/** The request on whose behalf this runs; undefined outside of any. */
export const currentRequest = (): RequestScope | undefined => scopes.getStore();

/** Runs something on behalf of a request, and all that follows from it. */
export const inRequest = <T>(scope: RequestScope, run: () => T): T => scopes.run(scope, run);
