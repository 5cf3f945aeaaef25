import type { FieldKind, FieldRef, SchemaTypes } from '@pothos/core';
import type { GraphQLResolveInfo } from 'graphql';
import type { AnyEntity } from '../../entities/core/model.ts';
import type { AnyOptions, EntitySchema } from './entity-schema.ts';
import { extensionsOf, type FieldFacts } from './facts.ts';
import type { ListSpec } from './lists.ts';
import { selectedOf } from './look-ahead.ts';

/** How a connection belongs to its parent. */
export interface ParentLink {
  /** The composite of the partition key that holds the parent's id. */
  readonly composite: string;
  readonly idOf: (parent: unknown) => string;
}

/** A Relay connection of the items in an index. */
export function connectionField(
  schema: EntitySchema,
  t: PothosSchemaTypes.RootFieldBuilder<SchemaTypes, never, FieldKind>,
  entity: AnyEntity,
  pattern: string,
  given: AnyOptions,
  parent?: ParentLink,
): FieldRef<SchemaTypes> {
  const { by = [], range, order = 'ASC', filter = true, ...options } = given as Partial<ListSpec> & AnyOptions;
  const list = schema.list({
    entity,
    pattern,
    by,
    range,
    order,
    filter,
    ...(parent ? { parent: parent.composite } : {}),
  });
  const facts = {
    kind: 'list',
    list,
    request: (field, args, parentId, context) => {
      const assertMayInfer = (problem: string) => schema.assertMayInfer(entity, context, problem);
      if (list.isByRestricted)
        assertMayInfer(`${field} is not open to you, since its order would give restricted values away`);
      return list.read(field, args, parentId, assertMayInfer);
    },
  } satisfies FieldFacts;
  // Relay's types infer the nodes from the resolver's result, which is not known here.
  const { connection } = t as unknown as { connection(options: AnyOptions, ref: unknown): FieldRef<SchemaTypes> };
  return connection.call(
    t,
    {
      type: schema.ref(entity),
      nullable: true,
      ...schema.options.fieldOptions?.(entity, 'read'),
      ...options,
      args: list.args(t.arg),
      extensions: extensionsOf(facts),
      resolve: (item: unknown, args: Readonly<Record<string, unknown>>, context: object, info: GraphQLResolveInfo) => {
        const field = `${info.parentType.name}.${info.fieldName}`;
        const request = facts.request(field, args, parent?.idOf(item), context);
        return schema.operation(context).reader.connection({ ...request, ...selectedOf(info, entity) });
      },
    },
    schema.connection(entity),
  );
}
