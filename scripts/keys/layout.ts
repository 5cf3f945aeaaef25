import type { CreateTableCommandInput, TimeToLiveSpecification } from '@aws-sdk/client-dynamodb';
import { Entity } from 'electrodb';
import { electroSchema } from '../../src/entities/core/electro.ts';
import type { AnyEntity } from '../../src/entities/core/model.ts';

/** How an access pattern's keys are made. */
export interface IndexLayout {
  readonly index: string;
  readonly collection?: string;
  /** The partition key with the composites' names for their values, such as `$roster#org_{org}#office_{office}`. */
  readonly pk: string;
  readonly sk: string;
  /** Items without one of these attributes are not in the index. */
  readonly sparse?: readonly string[];
}

/** How the keys of an entity's items are made. */
export interface EntityLayout {
  readonly pk: string;
  readonly sk: string;
  /** By access pattern. */
  readonly indexes: Readonly<Record<string, IndexLayout>>;
  /** The values of enumerations that go into keys. */
  readonly values: Readonly<Record<string, readonly string[]>>;
}

/** Names of the key attributes of a table or an index, the partition key's first. */
export type KeyFields = readonly string[];

/** What of a table can't be changed at will. What is optional is not known of what was noted before it was looked at. */
export interface TableLayout {
  /** With a variable for the stage, such as `roster-${sls:stage}`. */
  readonly name?: string;
  readonly key: KeyFields;
  readonly indexes: Readonly<Record<string, KeyFields>>;
  /** DynamoDB's types of all key attributes, by their names. */
  readonly types?: Readonly<Record<string, string>>;
  /** Which attributes each index holds, by its name: all, the keys alone, or those named. */
  readonly projections?: Readonly<Record<string, string>>;
  readonly timeToLive: string;
}

/** How all items are found, as far as what is deployed, and what it has written, depends on it. */
export interface Layout {
  readonly table: TableLayout;
  /** By name. */
  readonly entities: Readonly<Record<string, EntityLayout>>;
}

/** The layout of a table and of the entities in it. @param name with a variable for the stage */
export const layoutOf = (
  name: string,
  table: CreateTableCommandInput,
  timeToLive: TimeToLiveSpecification,
  entities: readonly AnyEntity[],
): Layout => ({
  table: {
    name,
    key: fieldsOf(table.KeySchema),
    indexes: Object.fromEntries(
      (table.GlobalSecondaryIndexes ?? []).map(({ IndexName = '', KeySchema }) => [IndexName, fieldsOf(KeySchema)]),
    ),
    types: Object.fromEntries(
      (table.AttributeDefinitions ?? []).map(({ AttributeName = '', AttributeType = '' }) => [
        AttributeName,
        AttributeType,
      ]),
    ),
    projections: Object.fromEntries(
      (table.GlobalSecondaryIndexes ?? []).map(({ IndexName = '', Projection }) => [
        IndexName,
        [Projection?.ProjectionType ?? '', ...(Projection?.NonKeyAttributes ?? [])].join(' '),
      ]),
    ),
    timeToLive: timeToLive.AttributeName ?? '',
  },
  // In the order of their names, which no module loader changes.
  entities: Object.fromEntries(
    entities.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map((entity) => [entity.name, entityLayout(entity)]),
  ),
});

const fieldsOf = (schema: CreateTableCommandInput['KeySchema']): KeyFields =>
  (schema ?? []).map(({ AttributeName = '' }) => AttributeName);

/** The keys that ElectroDB itself makes of an item whose attributes hold their own names. */
function entityLayout({ name, attributes, indexes, optionalComposites }: AnyEntity): EntityLayout {
  const { model, indexes: keys } = electroSchema(name, attributes, indexes);
  const composites = [...new Set(Object.values(keys).flatMap(({ pk, sk }) => [...pk.composite, ...sk.composite]))];
  const item = Object.fromEntries(composites.map((composite) => [composite, placeholder(attributes, composite)]));
  const texts = Object.fromEntries(composites.map((composite) => [composite, { type: 'string' }]));
  // Names that are known at run time only are nothing for ElectroDB's types.
  const electro = new Entity({ model, attributes: texts, indexes: keys } as never, { table: 'any' }) as {
    put(item: object): { params(): { readonly Item: Readonly<Record<string, string>> } };
  };
  const { Item } = electro.put(item).params();
  const made = Object.entries(indexes).map(([pattern, { index, collection, pk }]) => {
    const sparse = pk.filter((composite) => optionalComposites.has(composite));
    const layout: IndexLayout = {
      index,
      ...(collection === undefined ? {} : { collection }),
      pk: Item[`${index}pk`] ?? '',
      sk: Item[`${index}sk`] ?? '',
      ...(sparse.length === 0 ? {} : { sparse }),
    };
    return [pattern, layout] as const;
  });
  const values = composites.flatMap((composite) => {
    const type = attributes[composite]?.type;
    return Array.isArray(type) ? [[composite, type.toSorted()] as const] : [];
  });
  return {
    pk: Item['pk'] ?? '',
    sk: Item['sk'] ?? '',
    indexes: Object.fromEntries(made),
    values: Object.fromEntries(values),
  };
}

/** What stands for a value, with how that is made: other values make other keys. */
function placeholder(attributes: AnyEntity['attributes'], composite: string): string {
  const { type, format, watch, slugOf } = attributes[composite] ?? {};
  if (slugOf !== undefined) return `{slug of ${slugOf}}`;
  if (watch) return `{${composite}, made of ${watch.join(', ')}}`;
  return type === 'number' ? `{${composite}, ${format?.digits} digits}` : `{${composite}}`;
}
