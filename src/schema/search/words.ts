import { BadInputError } from '../../errors.ts';

/** The longest text that is looked for, in UTF-16 units. Meilisearch takes its first ten words. */
export const MAX_QUERY_LENGTH = 500;

/** Words to look for as Meilisearch takes them. @throws BadInputError */
export function words(query: string | null | undefined): string | undefined {
  if (query === null || query === undefined) return undefined;
  if (!query.isWellFormed()) throw new BadInputError('query', 'holds half of a surrogate pair; send valid Unicode');
  if (/\p{Cc}/u.test(query)) throw new BadInputError('query', 'holds a control character or line break; remove it');
  if (query.length > MAX_QUERY_LENGTH) {
    throw new BadInputError('query', `has ${query.length} characters; give ${MAX_QUERY_LENGTH} at most`);
  }
  return query;
}
