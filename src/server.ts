import { createYoga, type YogaServerInstance, type YogaServerOptions } from 'graphql-yoga';
import { UnauthenticatedError } from './errors.ts';
import { type AuthenticatedContext, useAuthentication } from './plugins/authenticate.ts';
import { useDocumentLimits } from './plugins/document-limits.ts';
import { errorMask } from './plugins/error-mask.ts';
import { type ExplainContext, useExplain } from './plugins/explain.ts';
import { type Context, createContext } from './schema/context.ts';
import { createCursors } from './schema/electrodb/cursor.ts';
import { schema } from './schema/index.ts';
import type { Services } from './services.ts';

type ServerContext = AuthenticatedContext & ExplainContext;
type Options = YogaServerOptions<ServerContext, Context>;

/** The GraphQL server, to be called by `fetch`. */
export type Server = YogaServerInstance<ServerContext, Context>;

const MAX_BODY_BYTES = 1_000_000;

/**
 * Serves the schema on `/graphql`, and `/health`.
 *
 * @param options what differs where it runs: GraphiQL in development, CORS where no gateway answers it
 */
export function createServer(
  services: Services,
  options: Pick<Options, 'graphiql' | 'renderGraphiQL' | 'cors'> = {},
): Server {
  const cursors = createCursors(services.config.cursorSecret);
  return createYoga<ServerContext, Context>({
    schema,
    graphiql: false,
    cors: false,
    ...options,
    landingPage: false,
    multipart: false,
    maxRequestBodySize: MAX_BODY_BYTES,
    healthCheckEndpoint: '/health',
    // Failures are logged once, where they are masked.
    logging: false,
    maskedErrors: errorMask(services.log, services.ids),
    context: ({ viewer, trace }) => {
      if (!viewer) throw new UnauthenticatedError('there is no viewer', { reason: 'MISSING' });
      return createContext(trace?.observing(services) ?? services, cursors, viewer);
    },
    plugins: [
      // First: whoever has no token learns nothing, not even whether their document is valid.
      useAuthentication(services.tokens),
      // Before and within the parser, which a deep or long document would exhaust.
      useDocumentLimits(),
      // Last, for its clock starts here: what the others refuse has no cost, and who is asking is known by now.
      useExplain(services),
    ],
  });
}
