import type { GraphQLField, GraphQLObjectType } from 'graphql';
import type { AnyEntity } from '../../entities/core/model.ts';
import type { ListRequest } from './list.ts';
import type { ListArguments } from './lists.ts';

/** What a generated field does, for look-ahead and the map of access patterns. */
export type FieldFacts =
  | { readonly kind: 'id' }
  | { readonly kind: 'count' }
  /** Shows attributes of its item and reads nothing. */
  | { readonly kind: 'attribute'; readonly names: readonly string[]; readonly whole: boolean }
  | {
      readonly kind: 'toOne';
      readonly entity: AnyEntity;
      readonly attribute: string;
      readonly guaranteed: boolean;
      readonly whole: boolean;
    }
  | {
      readonly kind: 'list';
      readonly list: ListArguments;
      /** What the field asks for; cursors are bound to its name, such as `Project.tasks`. @throws BadInputError, ForbiddenError */
      readonly request: (
        field: string,
        args: Readonly<Record<string, unknown>>,
        parentId: string | undefined,
        context: object,
      ) => ListRequest;
      readonly whole: boolean;
    }
  | { readonly kind: 'byId'; readonly entity: AnyEntity }
  | {
      readonly kind: 'create' | 'update' | 'delete';
      readonly entity: AnyEntity;
      /** The attributes that its input has. */
      readonly names: readonly string[];
      /** Whether what is written depends on the item as it is. */
      readonly computed: boolean;
    };

/** Where facts stand among the extensions of a field or type. */
const FACTS = 'electrodb';

/** A field's facts as its extensions. */
export const extensionsOf = (facts: FieldFacts) => ({ [FACTS]: facts });

/** The facts of a generated field; undefined for one that is written by hand. */
export const factsOf = ({ extensions }: GraphQLField<unknown, unknown>): FieldFacts | undefined =>
  extensions[FACTS] as FieldFacts | undefined;

/** Extensions of a type whose options take the whole item. */
export const wholeType = { [FACTS]: 'whole' };

/** True when a type's own options, such as who may see an object, take the whole item. */
export const isWholeType = ({ extensions }: GraphQLObjectType): boolean => extensions[FACTS] === 'whole';

/** True when options, such as who may see a field, are computed from the item: from which attributes is not known. */
export const takesItem = (options: Readonly<Record<string, unknown>>): boolean =>
  Object.values(options).some((option) => typeof option === 'function');
