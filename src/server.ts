import { createYoga, type Plugin, type YogaServerInstance, type YogaServerOptions } from 'graphql-yoga';
import { UnauthenticatedError } from './errors.ts';
import { useAnswerLimit } from './plugins/answer-limit.ts';
import { type AuthenticatedContext, useAuthentication } from './plugins/authenticate.ts';
import { type Cors, corsFor } from './plugins/cors.ts';
import { useCostLimit } from './plugins/cost-limit.ts';
import { type DeadlineContext, untilDeadline, useDeadline } from './plugins/deadline.ts';
import { useDocumentLimits } from './plugins/document-limits.ts';
import { errorMask } from './plugins/error-mask.ts';
import { type ExplainContext, useExplain } from './plugins/explain.ts';
import { useHttpDoor } from './plugins/http-door.ts';
import { useNoIntrospection } from './plugins/introspection.ts';
import { useReadiness } from './plugins/readiness.ts';
import { type RequestLogContext, useRequestLog } from './plugins/request-log.ts';
import { useRequestScope } from './plugins/request-scope.ts';
import { useSecurityHeaders } from './plugins/security-headers.ts';
import { useTrustedDocuments } from './plugins/trusted-documents.ts';
import { useVariableLimits } from './plugins/variable-limits.ts';
import { type Context, createContext } from './schema/context.ts';
import { createCursors } from './schema/electrodb/cursor.ts';
import { schema } from './schema/index.ts';
import type { ApiServices } from './services.ts';

type ServerContext = AuthenticatedContext & DeadlineContext & ExplainContext & RequestLogContext;
type Options = YogaServerOptions<ServerContext, Context>;

/** The GraphQL server, to be called by `fetch`. */
export type Server = YogaServerInstance<ServerContext, Context>;

/**
 * Serves the schema on `/graphql`, `/health` and `/ready`.
 *
 * @param options what differs where it runs: GraphiQL in development, and CORS for it
 */
export function createServer(
  services: ApiServices,
  options: Pick<Options, 'graphiql' | 'renderGraphiQL'> & { readonly cors?: Cors } = {},
): Server {
  const { cursorSecret, doors } = services.config;
  const cursors = createCursors(cursorSecret);
  return createYoga<ServerContext, Context>({
    schema,
    graphiql: false,
    cors: corsFor(doors.corsOrigins),
    ...options,
    landingPage: false,
    multipart: false,
    batching: false,
    maxRequestBodySize: doors.limits.bodyBytes,
    healthCheckEndpoint: '/health',
    // Failures are logged once, where they are masked.
    logging: false,
    maskedErrors: errorMask(services.log, doors),
    context: (request) => {
      const { viewer, trace, work } = request;
      if (!viewer) throw new UnauthenticatedError('there is no viewer', { reason: 'MISSING' });
      const timed = untilDeadline(request, work?.observing(services) ?? services);
      return createContext(trace?.observing(timed) ?? timed, cursors, viewer);
    },
    plugins: pluginsOf(services),
  });
}

const pluginsOf = (services: ApiServices): Plugin<ServerContext, ServerContext>[] => {
  const { limits, introspection, ...doors } = services.config.doors;
  return [
    // Around everything, so that whatever is logged and answered carries the request's id.
    useRequestScope(services.ids),
    useSecurityHeaders(),
    // Before the log, which is to have its error.
    useAnswerLimit(limits.answerBytes),
    // Before all that may refuse a request: refusals are requests as well.
    useRequestLog(services),
    // For anybody, without a token.
    useReadiness(services),
    // Before anything is verified or parsed: what is refused here is nobody's request.
    useHttpDoor(doors),
    // Whoever has no token learns nothing, not even whether their document is valid.
    useAuthentication(services.tokens),
    // Before all that looks at the document, which may come by its id.
    useTrustedDocuments(services, doors),
    // Before and within the parser, which a deep or long document would exhaust.
    useDocumentLimits(limits),
    // Before they are checked against their types.
    useVariableLimits(limits),
    ...(introspection ? [] : [useNoIntrospection()]),
    // Before anything is read.
    useCostLimit(limits.cost),
    useDeadline(limits.timeoutMs, services.clock),
    // Last, for its clock starts here: what the others refuse has no cost, and who is asking is known by now.
    useExplain(services),
  ];
};
