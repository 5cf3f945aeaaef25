import { type FieldNode, type GraphQLObjectType, type GraphQLResolveInfo, getNamedType, isObjectType } from 'graphql';
import type { AnyEntity } from '../../entities/core/model.ts';
import { factsOf } from './facts.ts';
import type { ConnectionPart, ListRequest } from './list.ts';
import { typeName } from './names.ts';
import { isWholeType, mayReadAhead, takesItem } from './options.ts';
import { nodesOf, perPlace, selectedFields } from './selection.ts';
import type { Operation } from './types.ts';

/**
 * An item by its id, together with the first pages of its relations that are selected, and their counts: their keys
 * follow from the id alone, so nothing waits for the item, and one relation comes by the same Query as the item where a
 * collection has both. Nothing is sent that the viewer may not read.
 *
 * @param within the fields that return the item; the one being resolved when left out
 */
export function loadWithPages<T extends object>(
  operation: Operation,
  entity: AnyEntity<T>,
  id: string,
  info: GraphQLResolveInfo,
  context: object,
  within: readonly FieldNode[] = info.fieldNodes,
): Promise<T | undefined> {
  const type = objectTypeOf(info, entity);
  const lists = selectedLists(operation, info, type, within, id, context);
  return operation.reader.loadWithPages(entity, id, lists, { wide: needsWhole(info, entity, within) });
}

/** True when an object's id is all that is selected, and all that it takes to tell who may see it. */
export function takesOnlyId(info: GraphQLResolveInfo, entity: AnyEntity): boolean {
  const type = objectTypeOf(info, entity);
  return (
    !isWholeType(type) &&
    selectedFields(info, type, info.fieldNodes).every(({ field }) => factsOf(field)?.kind === 'id')
  );
}

/** What is selected of a connection. */
export interface SelectedParts {
  readonly selects: readonly ConnectionPart[];
  /** Where the document selects of the nodes. */
  readonly nodes: readonly FieldNode[];
  /** Whether fields written by hand, which may take anything of the nodes, are among it. */
  readonly isUnknown: boolean;
}

/** What is selected of a connection, and of its nodes, which are of an entity. */
export function selectedOf(
  info: GraphQLResolveInfo,
  entity: AnyEntity,
  connection = getNamedType(info.returnType),
  within: readonly FieldNode[] = info.fieldNodes,
): Pick<ListRequest, 'selects' | 'wide'> {
  const { selects, nodes, isUnknown } = selectedParts(info, connection, within);
  return { selects, wide: isUnknown || needsWhole(info, entity, nodes) };
}

/** What is selected of a connection, whatever its nodes are; the same arrays for all that are selected in one place. */
export function selectedParts(
  info: GraphQLResolveInfo,
  connection = getNamedType(info.returnType),
  within: readonly FieldNode[] = info.fieldNodes,
): SelectedParts {
  if (!isObjectType(connection)) throw new Error(`${info.fieldName} returns no connection`);
  return partsOf(info, connection, within);
}

const partsOf = perPlace((info, connection, within): SelectedParts => {
  const parts = selectedFields(info, connection, within);
  const edgeType = getNamedType(connection.getFields()['edges']?.type);
  const edges = isObjectType(edgeType) ? selectedFields(info, edgeType, nodesOf(parts, 'edges')) : [];
  return {
    selects: [...new Set(parts.flatMap(({ field }) => PARTS[field.name] ?? []))],
    nodes: [...nodesOf(parts, 'nodes'), ...nodesOf(edges, 'node')],
    isUnknown:
      parts.some(({ field }) => !(field.name in PARTS)) || edges.some(({ field }) => !EDGE_PARTS.has(field.name)),
  };
});

const PARTS: Readonly<Record<string, ConnectionPart>> = {
  edges: 'edges',
  nodes: 'edges',
  pageInfo: 'pageInfo',
  totalCount: 'totalCount',
};

const EDGE_PARTS = new Set(['node', 'cursor']);

/** The lists that a selection asks for, as far as the viewer may read them. */
function selectedLists(
  operation: Operation,
  info: GraphQLResolveInfo,
  type: GraphQLObjectType,
  within: readonly FieldNode[],
  id: string,
  context: object,
): ListRequest[] {
  return selectedFields(info, type, within).flatMap(({ field, args, nodes }) => {
    const facts = factsOf(field);
    if (facts?.kind !== 'list' || !mayReadAhead(operation, type, field)) return [];
    try {
      const request = facts.request(`${type.name}.${field.name}`, args, id, context);
      return [{ ...request, ...selectedOf(info, request.entity, getNamedType(field.type), nodes) }];
    } catch {
      // The field itself will say what is wrong with its arguments.
      return [];
    }
  });
}

/** Whether a selection takes attributes that a projection would leave out. */
function needsWhole(info: GraphQLResolveInfo, entity: AnyEntity, within: readonly FieldNode[]): boolean {
  const type = objectTypeOf(info, entity);
  if (within.length === 0) return false;
  if (isWholeType(type)) return true;
  return selectedFields(info, type, within).some(({ field }) => {
    const facts = factsOf(field);
    // What a resolver written by hand takes is not known.
    if (!facts || takesItem(field)) return true;
    const names = facts.kind === 'attribute' ? facts.names : facts.kind === 'toOne' ? [facts.attribute] : [];
    // Who may read what is restricted is told from the whole item.
    return names.some((name) => entity.attributes[name]?.wide || entity.attributes[name]?.restricted);
  });
}

/** The object type of an entity. */
export function objectTypeOf({ schema }: GraphQLResolveInfo, entity: AnyEntity): GraphQLObjectType {
  const type = schema.getType(typeName(entity));
  if (!isObjectType(type)) throw new Error(`${typeName(entity)} is no type of the schema`);
  return type;
}
