import type { Plugin } from 'graphql-yoga';

/** What browsers are to make of answers: nothing but data, kept by nobody, and asked for by TLS from now on. */
const HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  // Browsers heed it where the answer came by TLS.
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** Sets the headers that keep browsers from taking answers for anything else; GraphiQL is a page and gets none. */
export const useSecurityHeaders = (): Plugin => ({
  onResponse({ response }) {
    if (response.headers.get('content-type')?.startsWith('text/html')) return;
    for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value);
  },
});
