import type { DocumentNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Limits } from '../doors.ts';
import { type DocumentSize, sizeOf } from './document-size.ts';
import { refusal } from './refusal.ts';

/** Brackets within brackets, arguments included; introspection needs 13. */
const MAX_NESTING = 60;

/**
 * Refuses documents so deep or so long that parsing, validating or executing them would exhaust the process: before they
 * are parsed, and before they are validated.
 */
export const useDocumentLimits = (limits: Limits): Plugin => {
  const fitting = new WeakSet<DocumentNode>();
  const assertFits = (document: DocumentNode) => {
    if (fitting.has(document)) return;
    assertWithin(limits, sizeOf(document));
    fitting.add(document);
  };
  return {
    onParams({ params }) {
      // What is no string is refused by Yoga's own check of the parameters, which comes later.
      if (typeof params.query === 'string') assertShallow(params.query);
    },
    onParse({ parseFn, setParseFn }) {
      setParseFn((source, options) => parseFn(source, { ...options, maxTokens: limits.tokens }));
      // Thrown within the parser, it would be a syntax error, for which the status depends on the media type.
      return ({ result }) => {
        if (result !== null && !(result instanceof Error)) assertFits(result);
      };
    },
  };
};

/** What a text must keep to that may be parsed. @throws GraphQLError when its brackets are nested too deeply */
export function assertShallow(document: string): void {
  const found = nesting(document);
  if (found > MAX_NESTING)
    throw refusal(
      'DOCUMENT_TOO_DEEP',
      `the document is nested ${found} levels deep where ${MAX_NESTING} are allowed; split it into several`,
    );
}

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

const REFUSALS = {
  depth: ['DOCUMENT_TOO_DEEP', 'levels of fields', 'ask for less at a time'],
  aliases: ['TOO_MANY_ALIASES', 'aliases', 'ask by variables, by lists of ids, or in several operations'],
  directives: ['TOO_MANY_DIRECTIVES', 'directives', 'leave out by hand what is never wanted'],
} as const;

/** @throws GraphQLError naming what there is too much of */
export function assertWithin(limits: DocumentSize, size: DocumentSize): void {
  for (const name of ['depth', 'aliases', 'directives'] as const) {
    const [code, what, cure] = REFUSALS[name];
    if (size[name] > limits[name])
      throw refusal(code, `the document has ${size[name]} ${what} where ${limits[name]} are allowed; ${cure}`);
  }
}
