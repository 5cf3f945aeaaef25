import { createHmac } from 'node:crypto';
import { type ExecutionArgs, type ExecutionResult, type GraphQLError, getOperationAST } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import type { Viewer } from '../auth/viewer.ts';
import type { Clock, Logger } from '../runtime.ts';
import { documentHash } from '../schema/trusted-documents.ts';
import type { ApiServices } from '../services.ts';
import type { AuthenticatedContext } from './authenticate.ts';
import { coordinatesOf } from './request-log/coordinates.ts';
import { Work } from './request-log/work.ts';

/** What {@link useRequestLog} leaves for the context. */
export interface RequestLogContext {
  work?: Work;
}

/** What logging takes. */
export interface RequestLogServices {
  readonly config: Pick<ApiServices['config'], 'cursorSecret'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly log: Logger;
}

/** What an operation was executed of. */
type Executed = Pick<ExecutionArgs, 'schema' | 'document'>;

interface Facts {
  /** SHA-256 of the document, which is its id among trusted documents. */
  hash?: string;
  operation?: string | null;
  kind?: string | undefined;
  codes?: readonly string[];
  executed?: Executed;
  hasData?: boolean;
}

/** Looked at by those who run Roster, not by whom it serves. */
const PROBES = ['/health', '/ready'];
/** Names of operations are the client's to choose. */
const MAX_NAME_LENGTH = 100;

/**
 * One line in the log for each request, and one for each denial; docs/logging.md says what is in them. None has values
 * of variables, answers, tokens, or the name by which the issuer knows somebody.
 */
export function useRequestLog({
  config,
  clock,
  log,
}: RequestLogServices): Plugin<object, AuthenticatedContext & RequestLogContext> {
  const known = new WeakMap<object, Facts>();
  const factsOf = (request: object): Facts => {
    const facts = known.get(request) ?? {};
    known.set(request, facts);
    return facts;
  };
  const pseudonym = (viewer: Viewer) => pseudonymOf(viewer, config.cursorSecret);
  return {
    onRequest({ serverContext }) {
      serverContext.work = new Work(clock);
    },
    onParse({ params, context }) {
      factsOf(context.request).hash = documentHash(String(params.source));
    },
    onExecute({ args }) {
      const operation = getOperationAST(args.document, args.operationName);
      const facts = factsOf(args.contextValue.request);
      facts.operation = operation?.name?.value.slice(0, MAX_NAME_LENGTH) ?? null;
      facts.kind = operation?.operation;
      facts.executed = args;
    },
    onResultProcess({ request, result, serverContext }) {
      if (isAsyncIterable(result) || Array.isArray(result)) return;
      const { data, errors = [] } = result as ExecutionResult;
      const facts = factsOf(request);
      facts.codes = [...new Set(errors.map(codeOf))].sort();
      facts.hasData = data !== undefined && data !== null;
      const { viewer } = serverContext;
      for (const [denied, times] of denialsIn(errors, facts.executed))
        log.warn({ ...(viewer && viewerFacts(viewer, pseudonym(viewer))), denied, times }, 'denied');
    },
    onResponse({ request, response, serverContext }) {
      if (PROBES.includes(new URL(request.url).pathname)) return;
      const { viewer, work } = serverContext;
      const { hasData, executed: _, ...facts } = factsOf(request);
      log.info(
        {
          method: request.method,
          status: response.status,
          outcome: outcomeOf(response.status, hasData, facts.codes ?? []),
          ...facts,
          ...(viewer && viewerFacts(viewer, pseudonym(viewer))),
          ...work?.total,
        },
        'request',
      );
    },
  };
}

const viewerFacts = ({ org, role }: Viewer, viewer: string) => ({ organization: org, role, viewer });

/**
 * Always the same for the same person, and of no use to find out whom it stands for: some issuers take mail addresses for
 * subjects.
 */
const pseudonymOf = ({ org, subject }: Viewer, secret: string): string =>
  createHmac('sha256', secret).update(`viewer ${org} ${subject}`).digest('hex').slice(0, 16);

const codeOf = ({ extensions }: GraphQLError): string => String(extensions?.['code'] ?? 'UNKNOWN');

const DENIALS = ['UNAUTHENTICATED', 'FORBIDDEN'];

/** What was denied, by its place in the schema, and how often: a field of a list is denied once for each object. */
function denialsIn(errors: readonly GraphQLError[], executed: Executed | undefined): Map<string, number> {
  const denials = new Map<string, number>();
  const denied = errors.filter((error) => DENIALS.includes(codeOf(error)));
  const coordinates = executed && denied.length > 0 && coordinatesOf(executed.schema, executed.document);
  for (const { nodes, extensions } of denied) {
    const [node] = nodes ?? [];
    const what = (coordinates && node && coordinates.get(node)) || String(extensions['reason'] ?? 'the operation');
    denials.set(what, (denials.get(what) ?? 0) + 1);
  }
  return denials;
}

/** Codes of what is our fault, or that of what we need, rather than the client's. */
const FAILURES = ['INTERNAL_SERVER_ERROR', 'SERVICE_UNAVAILABLE', 'SEARCH_UNAVAILABLE', 'DEADLINE_EXCEEDED'];

function outcomeOf(status: number, hasData: boolean | undefined, codes: readonly string[]): string {
  if (status >= 500 || codes.some((code) => FAILURES.includes(code))) return 'failed';
  if (codes.length > 0) return hasData ? 'partial' : 'refused';
  return status >= 400 ? 'refused' : 'ok';
}
