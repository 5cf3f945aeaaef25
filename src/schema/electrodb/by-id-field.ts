import type { FieldKind, FieldRef, SchemaTypes } from '@pothos/core';
import type { GraphQLResolveInfo } from 'graphql';
import type { AnyEntity } from '../../entities/core/model.ts';
import type { AnyOptions, EntitySchema } from './entity-schema.ts';
import { extensionsOf } from './facts.ts';
import { decodeIdOf } from './global-id.ts';
import { loadWithPages } from './look-ahead.ts';
import { capitalized, typeName, withArticle, wordsOf } from './names.ts';

type AnyFields = PothosSchemaTypes.RootFieldBuilder<SchemaTypes, unknown, FieldKind>;

/** The object of an id. */
export function byIdField(
  schema: EntitySchema,
  t: AnyFields,
  entity: AnyEntity,
  given: AnyOptions,
): FieldRef<SchemaTypes> {
  const { id: idOf, ...options } = given as {
    readonly id?: (parent: unknown, context: object) => string | null | undefined;
  };
  const noun = withArticle(wordsOf(entity.name));
  return t.field({
    type: schema.ref(entity),
    nullable: true,
    description: `${capitalized(noun)}, null when there is none of this id.`,
    ...schema.options.fieldOptions?.(entity, 'read'),
    ...options,
    ...(idOf ? {} : { args: { id: t.arg.id({ required: true, description: `The ${wordsOf(entity.name)}'s id.` }) } }),
    extensions: extensionsOf({ kind: 'byId', entity }),
    resolve: (parent: unknown, args: { readonly id?: string }, context: object, info: GraphQLResolveInfo) => {
      const id = idOf ? idOf(parent, context) : decodeIdOf(typeName(entity), args.id ?? '', 'id');
      return typeof id === 'string' ? loadWithPages(schema.operation(context), entity, id, info, context) : undefined;
    },
    // The item's type is known where the field is declared, not here.
  } as never);
}
