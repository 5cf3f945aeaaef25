import type { Plugin } from 'graphql-yoga';
import { currentRequest, inRequest, REQUEST_ID_HEADER } from '../request.ts';
import type { Ids } from '../runtime.ts';

/** Gives every request an id, which its answer carries: the one that it came with, or a new one. */
export const useRequestScope = (ids: Pick<Ids, 'uuid'>): Plugin => ({
  instrumentation: {
    request: ({ request }, answer) => inRequest({ id: idIn(request.headers) ?? ids.uuid() }, answer),
  },
  onResponse({ response }) {
    const request = currentRequest();
    if (request) response.headers.set(REQUEST_ID_HEADER, request.id);
  },
});

/** API Gateway's have "=" at the end. What does not look like an id is not put into the log. */
function idIn(headers: Headers): string | undefined {
  const id = headers.get(REQUEST_ID_HEADER);
  return id !== null && /^[\w.=-]{8,64}$/.test(id) ? id : undefined;
}
