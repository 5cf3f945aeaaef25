import type { Plugin } from 'graphql-yoga';
import type { TokenVerifier } from '../auth/token.ts';
import type { Viewer } from '../auth/viewer.ts';

/** What earlier plugins leave for the context. */
export interface ServerContext {
  viewer?: Viewer;
}

/** Verifies the bearer token before anything of the request is parsed. */
export const useAuthentication = (tokens: TokenVerifier): Plugin<object, ServerContext> => ({
  async onRequestParse({ request, serverContext }) {
    serverContext.viewer = await tokens.verify(request.headers.get('authorization'));
  },
});
