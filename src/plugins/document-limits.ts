import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Brackets within brackets; introspection needs 13, and no query of a person needs this many. */
const MAX_NESTING = 60;
/** Words, names and signs of a document; the queries of a large application have hundreds. */
const MAX_TOKENS = 5_000;

/** Refuses documents so deep or so long that parsing, validating or executing them would exhaust the process. */
export const useDocumentLimits = (): Plugin => ({
  onParams({ params }) {
    // What is no string is refused by Yoga's own check of the parameters, which comes later.
    if (typeof params.query === 'string' && nesting(params.query) > MAX_NESTING) {
      throw new GraphQLError(`the document is nested deeper than ${MAX_NESTING} levels; split it into several`, {
        extensions: { code: 'DOCUMENT_TOO_DEEP', http: { status: 400 } },
      });
    }
  },
  onParse({ parseFn, setParseFn }) {
    // Fragments that spread each other nest without brackets; their number is bounded by the document's length.
    setParseFn((source, options) => parseFn(source, { ...options, maxTokens: MAX_TOKENS }));
  },
});

// Strings and comments may hold any bracket.
const TOKENS = /"""(?:\\"""|[\s\S])*?(?:"""|$)|"(?:\\.|[^"\\\n])*"?|#[^\n]*|[{([]|[})\]]/g;

function nesting(document: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [token] of document.matchAll(TOKENS)) {
    if (token === '{' || token === '(' || token === '[') deepest = Math.max(deepest, ++depth);
    else if (token === '}' || token === ')' || token === ']') depth--;
  }
  return deepest;
}
