import { type GraphQLSchema, isObjectType } from 'graphql';
import type { SearchIndex } from '../../search/define.ts';

/** Where a search's facts stand among its field's extensions. */
export const SEARCHED = 'roster.searched';

/** What a field searches. */
interface Searched {
  /** Those that can answer it. */
  readonly indexes: readonly SearchIndex[];
  /** What it asks the table for first, such as `1 Query for each 100 offices`. */
  readonly before?: string;
}

/** The extensions by which a field says what it searches. */
export const searched = (facts: Searched): Readonly<Record<typeof SEARCHED, Searched>> => ({ [SEARCHED]: facts });

/** A way in which the graph reaches the search engine. */
export interface SearchPattern {
  readonly field: string;
  /** Its arguments, those of every search aside. */
  readonly args: readonly string[];
  readonly indexes: readonly string[];
  readonly cost: string;
}

const COMMON = new Set(['first', 'after', 'afterWrite']);

/** Every search of a schema, in the schema's order. */
export const searchPatterns = (schema: GraphQLSchema): SearchPattern[] =>
  Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type))
    .flatMap((type) =>
      Object.values(type.getFields()).flatMap(({ name, args, extensions }) => {
        const facts = extensions[SEARCHED] as Searched | undefined;
        if (!facts) return [];
        const { indexes, before } = facts;
        return [
          {
            field: `${type.name}.${name}`,
            args: args.map((arg) => arg.name).filter((arg) => !COMMON.has(arg)),
            indexes: indexes.map((index) => index.name),
            cost: `${before ? `${before}; then ` : ''}1 search; then 1 BatchGetItem for its hits, where they are selected`,
          },
        ];
      }),
    );
