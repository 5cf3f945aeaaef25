import type { GraphQLField } from 'graphql';
import type { AnyEntity } from '../../entities/core/model.ts';
import type { ListRequest } from './list.ts';
import type { ListArguments } from './lists.ts';

/** What a generated field does, for look-ahead and the map of access patterns. */
export type FieldFacts =
  | { readonly kind: 'id' }
  | { readonly kind: 'count' }
  /** Shows attributes of its item and reads nothing. */
  | { readonly kind: 'attribute'; readonly names: readonly string[] }
  | {
      readonly kind: 'toOne';
      readonly entity: AnyEntity;
      readonly attribute: string;
      readonly guaranteed: boolean;
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
    }
  | { readonly kind: 'byId'; readonly entity: AnyEntity }
  /** An object of any of these by its global id. */
  | { readonly kind: 'node'; readonly entities: readonly AnyEntity[] }
  | {
      readonly kind: 'create' | 'update' | 'delete';
      readonly entity: AnyEntity;
      /** The attributes that its input has. */
      readonly names: readonly string[];
      /** Whether what is written depends on the item as it is. */
      readonly computed: boolean;
    };

/** Where facts stand among the extensions of a field. */
const FACTS = 'electrodb';

/** A field's facts as its extensions. */
export const extensionsOf = (facts: FieldFacts) => ({ [FACTS]: facts });

/** The facts of a generated field; undefined for one that is written by hand. */
export const factsOf = ({ extensions }: GraphQLField<unknown, unknown>): FieldFacts | undefined =>
  extensions[FACTS] as FieldFacts | undefined;
