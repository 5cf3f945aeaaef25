import { brandWithType } from '@pothos/core';
import { may, readPermission } from '../auth/policy.ts';
import { entities } from '../entities/all.ts';
import { BadInputError, ForbiddenError } from '../errors.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { decodeGlobalId } from './electrodb/global-id.ts';
import { typeName } from './electrodb/names.ts';
import { MAX_PAGE_SIZE } from './electrodb/page-args.ts';

/** The object of a global id, of whatever type. */
async function load(globalId: string, argument: string, { reader, viewer }: Context): Promise<object | undefined> {
  const { typename, id } = decodeGlobalId(globalId, argument);
  const entity = entities.find((candidate) => typeName(candidate) === typename);
  if (!entity) throw new BadInputError(argument, `is of type "${typename}", which has no objects by id`);
  if (!may(viewer, readPermission(entity.name))) {
    throw new ForbiddenError(`${typename} objects are not open to the role ${viewer.role}`);
  }
  const item = await reader.load<object>(entity, id);
  // The interface's type is told by the brand.
  if (item) brandWithType(item, typename as never);
  return item;
}

builder.queryFields((t) => ({
  node: t.field({
    type: builder.nodeInterfaceRef(),
    nullable: true,
    description: 'The object of an id, null when there is none.',
    args: { id: t.arg.id({ required: true, description: "An object's id." }) },
    resolve: (_root, { id }, ctx) => load(id, 'id', ctx) as never,
  }),
  nodes: t.field({
    type: [builder.nodeInterfaceRef()],
    nullable: { list: true, items: true },
    description: 'The objects of several ids, in their order, null where there is none.',
    args: { ids: t.arg.idList({ required: true, description: `Objects' ids, at most ${MAX_PAGE_SIZE}.` }) },
    resolve: (_root, { ids }, ctx) => {
      if (ids.length > MAX_PAGE_SIZE) {
        throw new BadInputError('ids', `are ${ids.length}; ask for ${MAX_PAGE_SIZE} at most at a time`);
      }
      return ids.map((id, i) => load(id, `ids[${i}]`, ctx)) as never;
    },
  }),
}));
