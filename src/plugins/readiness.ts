import type { Plugin } from 'graphql-yoga';
import { createReadiness, type ReadinessServices } from '../search/readiness.ts';

/**
 * Answers on `/ready`, without a token, whether table, indexes and the way between them are fit for use, with 503 where
 * they are not. docs/limits.md says what the parts mean.
 */
export function useReadiness(services: ReadinessServices): Plugin {
  const readiness = createReadiness(services);
  return {
    async onRequest({ request, url, endResponse, fetchAPI }) {
      if (url.pathname !== '/ready' || request.method !== 'GET') return;
      const checks = await readiness();
      const isReady = Object.values(checks).every((check) => check);
      const body = JSON.stringify({ status: isReady ? 'ready' : 'not ready', checks });
      const headers = { 'content-type': 'application/json' };
      endResponse(new fetchAPI.Response(body, { status: isReady ? 200 : 503, headers }));
    },
  };
}
