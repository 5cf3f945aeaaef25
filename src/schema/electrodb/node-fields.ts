import { brandWithType, type FieldKind, type FieldRef, type SchemaTypes } from '@pothos/core';
import type { GraphQLResolveInfo } from 'graphql';
import type { AnyEntity } from '../../entities/core/model.ts';
import { BadInputError, ForbiddenError } from '../../errors.ts';
import type { AnyOptions, EntitySchema } from './entity-schema.ts';
import { extensionsOf } from './facts.ts';
import { decodeGlobalId } from './global-id.ts';
import { loadWithPages, objectTypeOf } from './look-ahead.ts';
import { mayReadType, pluginOptions } from './options.ts';
import { MAX_PAGE_SIZE } from './page-args.ts';

type AnyFields = PothosSchemaTypes.RootFieldBuilder<SchemaTypes, unknown, FieldKind>;

/** The object of a global id, of whatever type. */
export function nodeField(schema: EntitySchema, t: AnyFields, options: AnyOptions): FieldRef<SchemaTypes> {
  return t.field({
    type: schema.builder.nodeInterfaceRef(),
    nullable: true,
    description: 'The object of an id, null when there is none.',
    ...options,
    args: { id: t.arg.id({ required: true, description: "An object's id." }) },
    extensions: extensionsOf({ kind: 'node', entities: schema.options.entities }),
    resolve: (_root: unknown, { id }: { readonly id: string }, context: object, info: GraphQLResolveInfo) =>
      load(schema, id, 'id', context, info),
    // What the interface stands for is known by the id alone.
  } as never);
}

/** The objects of several global ids. */
export function nodesField(schema: EntitySchema, t: AnyFields, options: AnyOptions): FieldRef<SchemaTypes> {
  return t.field({
    type: [schema.builder.nodeInterfaceRef()],
    nullable: { list: true, items: true },
    description: 'The objects of several ids, in their order, null where there is none.',
    ...options,
    args: { ids: t.arg.idList({ required: true, description: `Objects' ids, at most ${MAX_PAGE_SIZE}.` }) },
    extensions: extensionsOf({ kind: 'node', entities: schema.options.entities }),
    resolve: (
      _root: unknown,
      { ids }: { readonly ids: readonly string[] },
      context: object,
      info: GraphQLResolveInfo,
    ) => {
      if (ids.length > MAX_PAGE_SIZE)
        throw new BadInputError('ids', `are ${ids.length}; ask for ${MAX_PAGE_SIZE} at most at a time`);
      return ids.map((id, i) => load(schema, id, `ids[${i}]`, context, info));
    },
    // As above.
  } as never);
}

/** Reads an object as the field of its own type would. */
async function load(
  schema: EntitySchema,
  globalId: string,
  argument: string,
  context: object,
  info: GraphQLResolveInfo,
): Promise<object | undefined> {
  const { typename, id } = decodeGlobalId(globalId, argument);
  const entity: AnyEntity | undefined = schema.findEntity(typename);
  if (!entity) throw new BadInputError(argument, `is of type "${typename}", which has no objects by id`);
  const operation = schema.operation(context);
  const type = objectTypeOf(info, entity);
  if (!mayReadType(operation, type))
    throw new ForbiddenError(`${typename} objects are not open to you`, operation.whoMayRead?.(pluginOptions(type)));
  const item = await loadWithPages(operation, entity, id, info, context);
  // Which type of the interface it is, is told by the brand.
  if (item) brandWithType(item, typename as never);
  return item;
}
