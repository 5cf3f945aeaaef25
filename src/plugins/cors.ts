import type { YogaServerOptions } from 'graphql-yoga';
import { REQUEST_ID_HEADER } from '../request.ts';
import { EXPLAIN_HEADER } from './explain.ts';
import { PREFLIGHT_HEADER } from './http-door.ts';

/** What Yoga takes to answer browsers that ask on behalf of other sites' pages. */
export type Cors = NonNullable<YogaServerOptions<object, object>['cors']>;

/** What pages may read of an answer's headers: how to name it, when to ask again, and what is wrong with their token. */
export const EXPOSED_HEADERS = [REQUEST_ID_HEADER, 'retry-after', 'www-authenticate'] as const;

/** Pages of these sites may ask and read answers; without any, browsers are told nothing. */
export const corsFor = (origins: readonly string[]): Cors => {
  if (origins.length === 0) return false;
  return ({ headers }: Request) => {
    const origin = headers.get('origin');
    // Yoga would answer any other site with the origin "null", which pages of files and frames have.
    return origin !== null && origins.includes(origin) ? { ...OPEN, origin } : false;
  };
};

const OPEN = {
  methods: ['GET', 'POST'],
  allowedHeaders: ['authorization', 'content-type', EXPLAIN_HEADER, PREFLIGHT_HEADER],
  exposedHeaders: [...EXPOSED_HEADERS],
  credentials: false,
  maxAge: 600,
};
