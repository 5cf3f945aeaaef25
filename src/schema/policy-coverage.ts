import { type GraphQLField, type GraphQLObjectType, type GraphQLSchema, isObjectType } from 'graphql';
import { pluginOptions } from './electrodb/options.ts';

type Member = Parameters<typeof pluginOptions>[0];
type Named = readonly [name: string, member: Member];

/**
 * Refuses a schema that the policy does not cover: each field of the root types must say by its own `authScopes` who may
 * use it, since everything else is reached through them, and so must each type whose objects have a global id, since
 * `node` and relations reach those from anywhere. What has no scopes of its own is for all who may see where it stands,
 * and what steps out of its type's scopes must have some. What changes data must ask for a permission to write.
 *
 * @returns the schema itself
 * @throws Error naming everything that is not covered, and the cure
 */
export function assertCovered(schema: GraphQLSchema): GraphQLSchema {
  const mutations = fieldsOf(schema.getMutationType());
  const roots = [...fieldsOf(schema.getQueryType()), ...mutations, ...fieldsOf(schema.getSubscriptionType())];
  const open = namesOf([...roots, ...globalTypes(schema), ...escaping(schema)], (member) => !hasScopes(member));
  if (open)
    throw new Error(
      `no policy says who may use ${open}; give each \`authScopes: { may: … }\` with a permission of src/auth/policy.ts`,
    );
  const lax = namesOf(mutations, (field) => !asksToWrite(field));
  if (lax) throw new Error(`no permission to write is asked for by ${lax}; ask for one that ends in ":write"`);
  return schema;
}

const namesOf = (members: readonly Named[], isAtFault: (member: Member) => boolean): string =>
  members
    .filter(([, member]) => isAtFault(member))
    .map(([name]) => name)
    .join(', ');

const fieldsOf = (type: GraphQLObjectType | null | undefined): (readonly [string, GraphQLField<unknown, unknown>])[] =>
  type ? Object.values(type.getFields()).map((field) => [`${type.name}.${field.name}`, field] as const) : [];

const objectTypes = (schema: GraphQLSchema): GraphQLObjectType[] =>
  Object.values(schema.getTypeMap()).filter(isObjectType);

/** Types whose objects have a global id. */
const globalTypes = (schema: GraphQLSchema): Named[] =>
  objectTypes(schema)
    .filter((type) => type.getInterfaces().some(({ name }) => name === 'Node'))
    .map((type) => [type.name, type] as const);

/** Fields that are open to those to whom their type, or its interface, is not. */
const escaping = (schema: GraphQLSchema): Named[] =>
  objectTypes(schema)
    .flatMap(fieldsOf)
    .filter(([, field]) => {
      const { skipTypeScopes, skipInterfaceScopes } = pluginOptions(field);
      return Boolean(skipTypeScopes) || Boolean(skipInterfaceScopes);
    });

const scopesOf = (member: Member): unknown => pluginOptions(member)['authScopes'];

/** A function, or a map of scopes none of which is left open: an empty map would let everybody in. */
const hasScopes = (member: Member): boolean => asksSomething(scopesOf(member));

function asksSomething(scopes: unknown): boolean {
  if (typeof scopes !== 'object' || scopes === null) return Boolean(scopes);
  const values = Object.values(scopes);
  return values.length > 0 && values.every(asksSomething);
}

const asksToWrite = (member: Member): boolean => {
  const scopes = scopesOf(member);
  return typeof scopes === 'function' || String(Object(scopes)['may']).endsWith(':write');
};
