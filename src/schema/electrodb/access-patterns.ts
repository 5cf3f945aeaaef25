import { type GraphQLField, type GraphQLSchema, isObjectType } from 'graphql';
import type { AnyEntity } from '../../entities/core/model.ts';
import { needsRead } from '../../entities/core/steps.ts';
import { type FieldFacts, factsOf } from './facts.ts';
import type { ListArguments } from './lists.ts';

/** One way in which the graph reaches the table. */
export interface AccessPattern {
  /** Such as `Office.employees`. */
  readonly field: string;
  /** Its arguments, paging and order aside, such as `status, employee`. */
  readonly args: readonly string[];
  /** Such as `employee.workplaces`, or the entity's name for its table key. */
  readonly pattern: string;
  /** Name of the index, or `table`. */
  readonly index: string;
  /** Template of the partition key, such as `$roster#org_{org}#office_{office}`. */
  readonly pk: string;
  /** Template of the sort key; what is in brackets may be left out, from the right. */
  readonly sk: string;
  /** What it sends to DynamoDB. */
  readonly cost: string;
}

/** Every access pattern of a schema whose fields the plugin made, in the schema's order. */
export function accessPatterns(schema: GraphQLSchema): AccessPattern[] {
  return Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type))
    .flatMap((type) =>
      Object.values(type.getFields()).flatMap((field) => {
        const facts = factsOf(field);
        const pattern = facts && describe(facts);
        return pattern ? [{ field: `${type.name}.${field.name}`, args: argsOf(field, facts), ...pattern }] : [];
      }),
    );
}

/** Access patterns that an entity declares and no field of the schema uses: each costs a write to its index. */
export function unusedPatterns(schema: GraphQLSchema, entities: readonly AnyEntity[]): string[] {
  const used = new Set(accessPatterns(schema).map(({ pattern }) => pattern));
  return entities.flatMap((entity) =>
    Object.entries(entity.indexes)
      // An index with the id alone is there to be read along with the children of a collection.
      .filter(
        ([name, { pk, sk }]) => !used.has(`${entity.name}.${name}`) && !(pk.join() === entity.name && sk.length === 0),
      )
      .map(([name]) => `${entity.name}.${name}`),
  );
}

const PAGING = new Set(['first', 'after', 'last', 'before', 'order']);

/** A list's conditions from the left, then what is left of the arguments. */
function argsOf({ args }: GraphQLField<unknown, unknown>, facts: FieldFacts): string[] {
  const conditions = facts.kind === 'list' ? facts.list.argumentNames : [];
  const others = args.map(({ name }) => name).filter((name) => !PAGING.has(name) && !conditions.includes(name));
  return [...conditions, ...others];
}

const BY_KEY = '1 GetItem, or 1 BatchGetItem for up to 100 objects of the operation';
const ALONG = ', or 1 Query together with the first page of a collection that is selected';

function describe(facts: FieldFacts): Omit<AccessPattern, 'field' | 'args'> | undefined {
  switch (facts.kind) {
    case 'byId':
      return {
        ...tableKey(facts.entity),
        cost: `${BY_KEY}${ALONG}`,
      };
    case 'node':
      return {
        pattern: facts.entities.map(({ name }) => name).join(', '),
        ...anyKey(facts.entities),
        cost: `${BY_KEY}${ALONG}`,
      };
    case 'toOne':
      return {
        ...tableKey(facts.entity),
        cost: `${BY_KEY}${ALONG}${facts.guaranteed ? '; nothing for the `id` alone' : ''}`,
      };
    case 'list':
      return { ...listKey(facts.list), cost: '1 Query of `first` + 1 rows' };
    case 'create':
      return { ...tableKey(facts.entity), cost: createCost(facts.entity) };
    case 'update':
      return { ...tableKey(facts.entity), cost: updateCost(facts) };
    case 'delete':
      return {
        ...tableKey(facts.entity),
        cost: `1 GetItem and, at the same time, 1 Query for each index by which others refer to it; then ${hasUnique(facts.entity) ? '1 TransactWriteItems' : '1 DeleteItem'}`,
      };
    default:
      return undefined;
  }
}

const template = (name: string) => `{${name}}`;

// Fit for keys, and in no name.
const [ORG, ID] = ['ORG0', 'ID0'];

function tableKey(entity: AnyEntity) {
  const { pk, sk } = entity.key(ORG, ID);
  const named = pk.replace(ORG, template('org')).replace(ID, template(entity.name));
  return { pattern: entity.name, index: 'table', pk: named, sk };
}

/** The key that all entities have in common, but for their names. */
function anyKey(entities: readonly AnyEntity[]) {
  const keys = entities.map(tableKey);
  const join = (part: 'pk' | 'sk') => [...new Set(keys.map((key) => key[part]))].join(', ');
  return { index: 'table', pk: join('pk'), sk: join('sk') };
}

function listKey({ spec: { entity, pattern, by, range } }: ListArguments) {
  const { index, pk, sk } = entity.indexes[pattern] ?? { index: '', pk: [], sk: [] };
  const [service = ''] = entity.key(ORG, ID).pk.split(ORG);
  const conditions = [...by, ...(range ? [range] : [])];
  // As ElectroDB joins composites: a value, and the name of the one behind it.
  const parts = conditions.map((name, i) => `[${template(name)}${sk[i + 1] ? `#${sk[i + 1]}_` : ''}`);
  return {
    pattern: `${entity.name}.${pattern}`,
    index,
    pk: `${service}${template('org')}${pk.map((name) => `#${name}_${template(name)}`).join('')}`,
    sk: `${sortPrefix(entity, pattern)}${parts.join('')}${']'.repeat(parts.length)}…`,
  };
}

/** What every sort key of an access pattern begins with. */
function sortPrefix(entity: AnyEntity, pattern: string): string {
  const partition = (entity.indexes[pattern]?.pk ?? []).map((name) => [name, sampleOf(entity, name)]);
  return entity.range(pattern, { org: ORG, ...Object.fromEntries(partition) }).beginsWith;
}

/** Any value of a composite. */
function sampleOf({ attributes }: AnyEntity, name: string): string | number {
  const { type, format } = attributes[name] ?? {};
  if (type !== 'number') return ID;
  // The smallest number that the format takes is not known, but that it has as many digits as the largest at most.
  const candidates = Array.from({ length: format?.digits ?? 1 }, (_, i) => 10 ** i);
  return [0, ...candidates].find((value) => format?.check.safeParse(value).success) ?? 0;
}

const hasUnique = (entity: AnyEntity): boolean => Object.values(entity.attributes).some(({ unique }) => unique);

function createCost(entity: AnyEntity): string {
  const checks = Object.values(entity.attributes).filter(({ unique, references }) => unique ?? references).length;
  return checks === 0 ? '1 PutItem' : `1 TransactWriteItems of up to ${checks + 1} items`;
}

/** What changes of keys, references and unique values take: knowing the item as it is, and for the last two more items. */
function updateCost({ entity, names, computed }: Extract<FieldFacts, { readonly computed: boolean }>): string {
  const reading = names.filter((name) => needsRead(entity, { [name]: '' }));
  const checked = reading.filter((name) => entity.attributes[name]?.unique || entity.attributes[name]?.references);
  const write =
    checked.length === 0 ? '1 UpdateItem' : checked.length === names.length ? '1 TransactWriteItems' : undefined;
  const listed = (some: readonly string[]) => some.map((name) => `\`${name}\``).join(', ');
  if (!computed && reading.length === 0) return '1 UpdateItem';
  const first = computed || reading.length === names.length ? '1 GetItem, then ' : '';
  const when = first ? '' : `; with ${listed(reading)} 1 GetItem before it`;
  return `${first}${write ?? `1 UpdateItem${when}, or with ${listed(checked)} 1 TransactWriteItems`}${write ? when : ''}`;
}
