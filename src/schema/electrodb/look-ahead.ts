import { type GraphQLObjectType, type GraphQLResolveInfo, getNamedType, isObjectType } from 'graphql';
import type { AnyEntity } from '../../entities/model.ts';
import type { PageOfRelation, Reader } from './reader.ts';
import { selectedFields } from './selection.ts';

/** A to-many relation: which index of which entity holds the children, by the parent's id and the field's arguments. */
export interface ToMany {
  readonly entity: AnyEntity;
  readonly index: string;
  /** Composites after `org`; the partition key's come from the parent's id alone. */
  readonly composites: (parentId: string, args: Readonly<Record<string, unknown>>) => Record<string, string>;
}

/** Where a field's relation stands among its extensions. */
export const TO_MANY = 'electrodb.toMany';

/**
 * An item by its id, together with the first pages of its relations that are selected: their keys follow from the id
 * alone, so nothing waits for the item, and one relation comes by the same Query as the item where a collection has both.
 */
export function loadWithPages<T extends object>(
  reader: Reader,
  entity: AnyEntity<T>,
  id: string,
  info: GraphQLResolveInfo,
): Promise<T | undefined> {
  const type = getNamedType(info.returnType);
  const pages = isObjectType(type) ? selectedPages(info, type, id) : [];
  return reader.loadWithPages(entity, id, pages);
}

/** The first pages that a selection asks for. */
function selectedPages(info: GraphQLResolveInfo, type: GraphQLObjectType, id: string): PageOfRelation[] {
  return selectedFields(info, type).flatMap(({ field, args }) => {
    const relation = field.extensions[TO_MANY] as ToMany | undefined;
    if (!relation) return [];
    const { entity, index } = relation;
    return [{ entity, index, composites: relation.composites(id, args), args }];
  });
}
