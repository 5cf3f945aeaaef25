import { randomBytes } from 'node:crypto';

/** Text of a hit, and which of it matches. */
export interface Highlight {
  /** The text alone. */
  readonly text: string;
  /** The text escaped for HTML, what matches within `<mark>`. */
  readonly html: string;
  readonly matches: boolean;
}

// A character for private use and what nobody can guess: no text can hold them to look like a match.
const NONCE = randomBytes(8).toString('hex');
/** What the engine puts before and after matching words. */
export const MARKS = { before: `\uE000${NONCE}`, after: `\uE001${NONCE}` } as const;

/** Text in which the engine has put the {@link MARKS}. */
export function highlightOf(formatted: string): Highlight {
  const matches = formatted.includes(MARKS.before);
  return {
    text: formatted.replaceAll(MARKS.before, '').replaceAll(MARKS.after, ''),
    html: escapeHtml(formatted).replaceAll(MARKS.before, '<mark>').replaceAll(MARKS.after, '</mark>'),
    matches,
  };
}

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
