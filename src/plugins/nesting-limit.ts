import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Brackets within brackets; introspection needs 13, and no query of a person needs this many. */
const MAX_NESTING = 60;

/** Refuses documents nested so deep that parsing or validating them would exhaust the stack. */
export const useNestingLimit = (): Plugin => ({
  onParams({ params }) {
    // What is no string is refused by Yoga's own check of the parameters, which comes later.
    if (typeof params.query === 'string' && nesting(params.query) > MAX_NESTING) {
      throw new GraphQLError(`the document is nested deeper than ${MAX_NESTING} levels; split it into several`, {
        extensions: { code: 'DOCUMENT_TOO_DEEP', http: { status: 400 } },
      });
    }
  },
});

// Strings and comments may hold any bracket.
const TOKENS = /"""[\s\S]*?(?:"""|$)|"(?:\\.|[^"\\\n])*"?|#[^\n]*|[{([]|[})\]]/g;

function nesting(document: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [token] of document.matchAll(TOKENS)) {
    if (token === '{' || token === '(' || token === '[') deepest = Math.max(deepest, ++depth);
    else if (token === '}' || token === ')' || token === ']') depth--;
  }
  return deepest;
}
