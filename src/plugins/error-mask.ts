import { GraphQLError } from 'graphql';
import type { YogaMaskedErrorOpts } from 'graphql-yoga';
import type { Doors } from '../doors.ts';
import {
  BadInputError,
  DeadlineExceededError,
  KeysUnavailableError,
  RosterError,
  SearchUnavailableError,
  type TokenProblem,
  UnauthenticatedError,
  UnavailableError,
  WorkBudgetExceededError,
} from '../errors.ts';
import { currentRequest } from '../request.ts';
import type { Logger } from '../runtime.ts';
import { withoutSuggestion } from './introspection.ts';

/**
 * What a client gets to see of an error: the domain's own with their code, GraphQL's as they are, and of anything else
 * the request's id to quote; the rest is in the log under the same id.
 *
 * @param doors `showsErrors` tells developers what it was, too; without `introspection`, no name of the schema is suggested
 */
export const errorMask = (
  log: Logger,
  { introspection, showsErrors }: Pick<Doors, 'introspection' | 'showsErrors'>,
): YogaMaskedErrorOpts => ({
  errorMessage: 'something went wrong on our side',
  // Yoga would take development from NODE_ENV.
  isDev: false,
  maskError(error, message) {
    const { original, graphql } = unwrap(error);
    const where = {
      nodes: graphql?.nodes ?? null,
      source: graphql?.source ?? null,
      positions: graphql?.positions ?? null,
      path: graphql?.path ?? null,
    };
    if (original instanceof UnavailableError)
      log.error({ err: original }, 'a service that this one needs did not answer');
    if (original instanceof RosterError)
      return new GraphQLError(original.message, { ...where, extensions: extensionsOf(original) });
    if (original === undefined && graphql) {
      const { code = 'BAD_USER_INPUT', ...extensions } = graphql.extensions;
      const shown = introspection ? graphql.message : withoutSuggestion(graphql.message);
      return new GraphQLError(shortened(shown), { ...where, extensions: { code, ...extensions } });
    }
    const requestId = currentRequest()?.id;
    log.error({ err: original ?? error, requestId, path: graphql?.path }, 'an operation failed unexpectedly');
    const told = showsErrors ? ` (${String(original ?? error)})` : '';
    return new GraphQLError(`${message}${told}; quote ${requestId} to report it`, {
      ...where,
      // Yoga answers 500 for what is unexpected, unless there are data beside it.
      extensions: { code: 'INTERNAL_SERVER_ERROR', requestId, unexpected: true },
    });
  },
});

const MAX_MESSAGE_LENGTH = 400;

/** GraphQL quotes values as long as they are, and says behind them what is wrong. */
function shortened(message: string): string {
  if (message.length <= MAX_MESSAGE_LENGTH) return message;
  const half = MAX_MESSAGE_LENGTH / 2 - 1;
  return `${message.slice(0, half)}…${message.slice(-half)}`.toWellFormed();
}

/** The innermost error that is not GraphQL's, and the outermost GraphQL error, which knows where it happened. */
function unwrap(error: unknown): { readonly original: unknown; readonly graphql: GraphQLError | undefined } {
  if (!(error instanceof GraphQLError)) return { original: error, graphql: undefined };
  let original: unknown = error.originalError;
  while (original instanceof GraphQLError) original = original.originalError;
  return { original, graphql: error };
}

function extensionsOf(error: RosterError): Record<string, unknown> {
  const { code } = error;
  if (error instanceof BadInputError) return { code, argument: error.argument };
  if (error instanceof WorkBudgetExceededError) {
    const { cursor, found } = error;
    return { code, cursor, found };
  }
  if (error instanceof DeadlineExceededError) return { code, retryable: error.retryable, http: { status: 503 } };
  if (error instanceof SearchUnavailableError)
    return { code, retryable: true, retryAfterSeconds: error.retryAfterSeconds };
  if (error instanceof KeysUnavailableError) {
    const { retryAfterSeconds } = error;
    const http = { status: 503, headers: { 'retry-after': String(retryAfterSeconds) } };
    return { code, retryable: true, retryAfterSeconds, http };
  }
  if (error instanceof UnauthenticatedError) {
    const { reason } = error;
    return { code, reason, http: { status: 401, headers: { 'www-authenticate': challenge(reason) } } };
  }
  return { code };
}

/** As RFC 6750 has it: whoever sent no token is told of no error. */
const challenge = (reason: TokenProblem): string =>
  reason === 'MISSING' ? 'Bearer' : `Bearer error="invalid_token", error_description="${reason}"`;
