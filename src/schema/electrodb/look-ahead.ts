import { type FieldNode, type GraphQLObjectType, type GraphQLResolveInfo, getNamedType, isObjectType } from 'graphql';
import type { AnyEntity } from '../../entities/core/model.ts';
import { factsOf, isWholeType } from './facts.ts';
import type { ConnectionPart, ListRequest } from './list.ts';
import type { Reader } from './reader.ts';
import { selectedFields } from './selection.ts';

/**
 * An item by its id, together with the first pages of its relations that are selected, and their counts: their keys
 * follow from the id alone, so nothing waits for the item, and one relation comes by the same Query as the item where a
 * collection has both.
 */
export function loadWithPages(
  reader: Reader,
  entity: AnyEntity,
  id: string,
  info: GraphQLResolveInfo,
  context: object,
): Promise<object | undefined> {
  const type = getNamedType(info.returnType);
  // A mutation's union, say: what is selected of which member is not followed.
  if (!isObjectType(type)) return reader.load(entity, id);
  const lists = selectedLists(info, type, id, context);
  return reader.loadWithPages(entity, id, lists, { wide: needsWhole(info, type, entity) });
}

/** True when nothing but an object's id is selected. */
export function selectsOnlyId(info: GraphQLResolveInfo): boolean {
  const type = getNamedType(info.returnType);
  return isObjectType(type) && selectedFields(info, type).every(({ field }) => factsOf(field)?.kind === 'id');
}

/** What is selected of a connection, and of its nodes. */
export function selectedOf(
  info: GraphQLResolveInfo,
  entity: AnyEntity,
  connection = getNamedType(info.returnType),
  within: readonly FieldNode[] = info.fieldNodes,
): Pick<ListRequest, 'selects' | 'wide'> {
  if (!isObjectType(connection)) return {};
  const parts = selectedFields(info, connection, within);
  const [edges, edge] = below(parts, 'edges');
  const [nodes, node] = edge ? below(selectedFields(info, edge, edges), 'node') : [[], undefined];
  return {
    selects: parts.flatMap(({ field }) => PARTS[field.name] ?? []),
    wide: node !== undefined && needsWhole(info, node, entity, nodes),
  };
}

const PARTS: Readonly<Record<string, ConnectionPart>> = {
  edges: 'edges',
  pageInfo: 'pageInfo',
  totalCount: 'totalCount',
};

/** The selections of one field, and its type. */
function below(
  selected: ReturnType<typeof selectedFields>,
  name: string,
): readonly [FieldNode[], GraphQLObjectType | undefined] {
  const own = selected.filter(({ field }) => field.name === name);
  const type = own[0] && getNamedType(own[0].field.type);
  return [own.map(({ node }) => node), isObjectType(type) ? type : undefined];
}

/** The lists that a selection asks for. */
function selectedLists(info: GraphQLResolveInfo, type: GraphQLObjectType, id: string, context: object): ListRequest[] {
  return selectedFields(info, type).flatMap(({ field, args, node }) => {
    const facts = factsOf(field);
    if (facts?.kind !== 'list') return [];
    try {
      const request = facts.request(`${type.name}.${field.name}`, args, id, context);
      return [{ ...request, ...selectedOf(info, request.entity, getNamedType(field.type), [node]) }];
    } catch {
      // The field itself will say what is wrong with its arguments.
      return [];
    }
  });
}

/** Whether a selection takes attributes that a projection would leave out. */
function needsWhole(
  info: GraphQLResolveInfo,
  type: GraphQLObjectType,
  { attributes }: AnyEntity,
  within?: readonly FieldNode[],
): boolean {
  if (isWholeType(type)) return true;
  return selectedFields(info, type, within).some(({ field }) => {
    const facts = factsOf(field);
    // What a resolver written by hand takes is not known.
    if (!facts || ('whole' in facts && facts.whole)) return true;
    return facts.kind === 'attribute' && facts.names.some((name) => attributes[name]?.wide);
  });
}
