import type { Plugin } from 'graphql-yoga';
import type { Doors } from '../doors.ts';
import { refusal } from './refusal.ts';

/** The request header without which no GET is answered where {@link Doors.preflight} asks for one; any value will do. */
export const PREFLIGHT_HEADER = 'graphql-require-preflight';

/**
 * Refuses requests that pages of other sites can make browsers send without asking first: anything but JSON by POST,
 * such as forms, and GETs without a header of their own.
 *
 * https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CORS#simple_requests
 */
export const useHttpDoor = ({ preflight }: Pick<Doors, 'preflight'>): Plugin => ({
  onRequestParse({ request: { method, headers } }) {
    if (method === 'POST') assertIsJson(headers.get('content-type'));
    if (method === 'GET' && preflight && !headers.has(PREFLIGHT_HEADER))
      throw refusal(
        'PREFLIGHT_REQUIRED',
        `a GET needs the header ${PREFLIGHT_HEADER}, of any value, so that no other site can make a browser send it; send the header, or a POST`,
      );
  },
});

/** @throws GraphQLError with status 415 */
function assertIsJson(contentType: string | null): void {
  const [type = '', ...parameters] = (contentType ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  const isUtf8 = charset === undefined || /^"?utf-?8"?$/.test(charset);
  if (type === 'application/json' && isUtf8) return;
  const found = contentType === null ? 'missing' : `"${contentType.slice(0, 60)}"`;
  throw refusal('UNSUPPORTED_MEDIA_TYPE', `the content-type is ${found}; send application/json in UTF-8`, 415);
}
