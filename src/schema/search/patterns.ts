import { type GraphQLSchema, isObjectType } from 'graphql';

/** Where a search's facts stand among its field's extensions. */
export const SEARCHED = 'roster.searched';

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
        const indexes = extensions[SEARCHED] as readonly string[] | undefined;
        if (!indexes) return [];
        return [
          {
            field: `${type.name}.${name}`,
            args: args.map((arg) => arg.name).filter((arg) => !COMMON.has(arg)),
            indexes,
            cost: '1 search; then 1 BatchGetItem for its hits, where they are selected',
          },
        ];
      }),
    );
