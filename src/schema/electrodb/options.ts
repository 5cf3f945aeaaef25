import type { GraphQLField, GraphQLInterfaceType, GraphQLObjectType } from 'graphql';
import type { Operation } from './types.ts';

/** What says who may see what: a field, a type or an interface. */
type Member = GraphQLField<unknown, unknown> | GraphQLObjectType | GraphQLInterfaceType;

/** Options that Pothos itself understands: none of them refuses anybody anything. */
const POTHOS = new Set([
  ...['name', 'description', 'deprecationReason', 'extensions', 'type', 'args', 'nullable', 'resolve'],
  ...['fields', 'interfaces', 'isTypeOf', 'resolveType'],
]);

/** The options of a field or type that are other plugins', such as `authScopes`; Pothos keeps all of them. */
export const pluginOptions = ({ extensions }: Member): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(extensions['pothosOptions'] ?? {}).filter(([name]) => !POTHOS.has(name)));

/** True when options, such as who may see a field, are computed from the item: from which attributes is not known. */
export const takesItem = (member: Member): boolean =>
  Object.values(pluginOptions(member)).some((option) => typeof option === 'function');

/** True when a type's own options, or an interface's, take the whole item. */
export const isWholeType = (type: GraphQLObjectType): boolean => [type, ...type.getInterfaces()].some(takesItem);

/**
 * True when a viewer may read a field of an object that is not there yet. What depends on the object is not known before
 * it is read, and taken for a refusal: what is sent for a field that is refused would tell of it by its cost.
 */
export function mayReadAhead(
  { mayRead = hasNone }: Operation,
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
): boolean {
  return [type, ...type.getInterfaces(), field].every((member) => !takesItem(member) && mayRead(pluginOptions(member)));
}

/** True unless it is known, before there is an object, that a viewer may see none of a type. */
export const mayReadType = ({ mayRead }: Operation, type: GraphQLObjectType): boolean =>
  !mayRead || [type, ...type.getInterfaces()].every((member) => takesItem(member) || mayRead(pluginOptions(member)));

const hasNone = (options: object): boolean => Object.keys(options).length === 0;
