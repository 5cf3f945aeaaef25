import type { Plugin } from 'graphql-yoga';
import type { TokenVerifier } from '../auth/token.ts';
import type { Viewer } from '../auth/viewer.ts';

/** What {@link useAuthentication} leaves for the context. */
export interface AuthenticatedContext {
  viewer?: Viewer;
}

/** Verifies the bearer token before anything of the request is parsed. */
export const useAuthentication = (tokens: TokenVerifier): Plugin<object, AuthenticatedContext> => ({
  async onRequestParse({ request, serverContext }) {
    serverContext.viewer = await tokens.verify(request.headers.get('authorization'));
  },
});
