import { describe, expect, it } from 'vitest';
import { readStackFile } from '../dev/stack-file.ts';
import { entities } from '../src/entities/all.ts';
import { type AnyValue, itemsOf } from '../src/entities/core/attributes.ts';
import { isKeySafe } from '../src/entities/core/keys.ts';
import type { AnyEntity } from '../src/entities/core/model.ts';
import { withDefaults } from '../src/entities/core/stored.ts';
import { Unique } from '../src/entities/core/unique.ts';
import { assertValid } from '../src/entities/core/validate.ts';
import { Employee, Office } from '../src/entities/index.ts';
import { Marker } from '../src/entities/system/marker.ts';
import { Quarantine } from '../src/entities/system/quarantine.ts';

const everything: readonly AnyEntity[] = [...entities, Marker, Quarantine, Unique];
const table = (await readStackFile()).table('any');
const keysOf = (index: string) =>
  table.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === index)?.KeySchema?.map(
    ({ AttributeName }) => AttributeName,
  );

// One of them has any format of ours.
const SAMPLES = ['x1', 'ada@example.com', '2026-01-01', '2026-01-01T00:00:00.000Z', 'DE', 'EUR', 1] as const;

/** A value that an attribute can have. */
function sampleOf(attribute: AnyValue): unknown {
  const { type, format, properties } = attribute;
  if (typeof type === 'object') return type[0];
  if (properties) return Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, sampleOf(each)]));
  const items = itemsOf(attribute);
  if (items) return [sampleOf(items)];
  if (type === 'boolean') return true;
  return SAMPLES.find((value) => typeof value === type && (!format || format.check.safeParse(value).success));
}

/** An item with a value for every attribute, to see which keys ElectroDB makes of it. */
function itemOf(entity: AnyEntity): Record<string, unknown> {
  const given = Object.entries(entity.attributes).filter(([name, { watch }]) => !watch && name !== 'expires');
  return { ...Object.fromEntries(given.map(([name, attribute]) => [name, sampleOf(attribute)])), org: 'acme' };
}

const descriptionOf = (value: AnyValue): unknown => ('description' in value ? value.description : undefined);

/** All that an entity declares, by path. */
function declared(attributes: Readonly<Record<string, AnyValue>>, parent: string): [string, AnyValue][] {
  return Object.entries(attributes).flatMap(([name, value]) => {
    const path = `${parent}.${name}`;
    const items = itemsOf(value);
    return [[path, value] as [string, AnyValue], ...declared({ ...value.properties, ...items?.properties }, path)];
  });
}

it.each(everything.map((entity) => [entity.name, entity] as const))(
  '%s uses no key that serverless.yml does not define',
  (_name, entity) => {
    const { Item } = entity.put(itemOf(entity)).Put;
    const keys = Object.keys(Item ?? {})
      .filter((name) => /^(pk|sk|gsi\d+[ps]k)$/.test(name))
      .sort();
    const expected = [
      ...(table.KeySchema ?? []).map(({ AttributeName }) => AttributeName),
      ...Object.values(entity.indexes).flatMap(({ index }) => keysOf(index) ?? [`${index} is not defined`]),
    ];
    expect(keys).toEqual(expected.sort());
  },
);

it.each(everything.map((entity) => [entity.name, entity] as const))(
  '%s has the organization first in every partition key',
  (_name, entity) => {
    const { Item } = entity.put(itemOf(entity)).Put;
    const partitions = Object.entries(Item ?? {}).filter(([name]) => name.endsWith('pk'));
    expect(partitions.length).toBe(1 + Object.keys(entity.indexes).length);
    for (const [, key] of partitions) expect(key).toMatch(/^\$roster#org_acme(#|$)/);
  },
);

describe.each(everything.map((entity) => [entity.name, entity] as const))('%s', (name, entity) => {
  const all = declared(entity.attributes, name);

  it('is described by sentences, and so is all that it declares', () => {
    const texts = [[name, entity.description], ...all.map(([path, value]) => [path, descriptionOf(value)])];
    expect(texts.filter(([, text]) => !/^[A-Z`].*[.]$/.test(String(text)))).toEqual([]);
  });

  it('has nothing in its keys but what is safe there', () => {
    const { Item } = entity.put(itemOf(entity)).Put;
    for (const composite of new Set(Object.values(entity.indexes).flatMap(({ pk, sk }) => [...pk, ...sk]))) {
      const { type, format } = entity.attributes[composite] ?? {};
      const values = typeof type === 'object' ? type : [String(Item?.[composite])];
      expect(typeof type === 'object' || format?.alphabet === 'key', composite).toBe(true);
      expect(values.filter((value) => !isKeySafe(value))).toEqual([]);
    }
  });

  it('has defaults that are valid', () => {
    const given = itemOf(entity);
    const missing = Object.entries(given).filter(([key]) => entity.attributes[key]?.default === undefined);
    assertValid(entity.attributes, withDefaults(entity.attributes, Object.fromEntries(missing)), 'new');
    for (const [path, { default: fallback, ...value }] of all) {
      if (fallback === undefined) continue;
      const made = typeof fallback === 'function' ? fallback() : fallback;
      assertValid({ [path]: { ...value, description: path } }, { [path]: made }, 'new');
    }
  });

  it('refers to entities of the graph', () => {
    const names: readonly string[] = entities.map((each) => each.name);
    expect(entity.references.filter((reference) => !names.includes(reference))).toEqual([]);
  });
});

it('a GraphQL name stands for one type', () => {
  const named = entities
    .flatMap((entity) => declared(entity.attributes, entity.name))
    .flatMap(([path, value]) => [[path, value] as const, [`${path}[]`, itemsOf(value)] as const])
    .flatMap(([path, value]) => (value?.graphql ? [{ path, ...value, graphql: value.graphql }] : []));
  expect(named.length).toBeGreaterThan(0);
  for (const [name, uses] of Map.groupBy(named, ({ graphql }) => graphql.name)) {
    const shapes = uses.map(({ type, properties, graphql }) => ({ type, properties, graphql }));
    for (const shape of shapes) expect(shape, `${name}: ${uses.map(({ path }) => path).join(', ')}`).toEqual(shapes[0]);
  }
});

it('the table is the one that DESIGN asks for', () => {
  expect(table.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName)).toEqual(['gsi1', 'gsi2', 'gsi3']);
  expect(table.BillingMode).toBe('PAY_PER_REQUEST');
  expect(table.StreamSpecification).toEqual({ StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' });
});

it('keys tell apart what ElectroDB would confuse', () => {
  const range = (id: string) => Employee.range('workplaces', { org: 'acme', office: id });
  expect(range('ACME').pk).not.toBe(range('acme').pk);
  expect(Office.identify(Office.key('acme', 'o1'))).toEqual({ org: 'acme', id: 'o1' });
  expect(Office.identify(Employee.key('acme', 'o1'))).toBeUndefined();
  for (const id of ['a#employee_b', '', '-x', 'a b', 'ü', 'x'.repeat(256)]) {
    expect(() => Employee.put({ ...itemOf(Employee), office: id }), id).toThrow();
  }
});

it('a gap in a sort key is an error, never a wider result', () => {
  expect(() => Office.range('locations', { org: 'acme', country: 'DE', cityKey: 'munich' })).toThrow('gap');
  expect(() => Office.range('nowhere', { org: 'acme' })).toThrow('workplaces, locations');
});

it('parents sort before their children in every collection', () => {
  const collections = Map.groupBy(
    entities.flatMap((entity) =>
      Object.values((entity as AnyEntity).indexes).map((spec) => ({ entity: entity as AnyEntity, spec })),
    ),
    ({ spec }) => spec.collection,
  );
  for (const [collection, members] of collections) {
    if (collection === undefined) continue;
    const sortKeys = members.map(({ entity, spec }) => ({
      parent: spec.sk.length === 0,
      key: String(entity.put(itemOf(entity)).Put.Item?.[`${spec.index}sk`]),
    }));
    const parent = sortKeys.find((each) => each.parent)?.key ?? '';
    expect(parent, collection).not.toBe('');
    for (const child of sortKeys.filter((each) => !each.parent))
      expect(parent < child.key, `${collection}: ${parent} ${child.key}`).toBe(true);
  }
});

it('an optional composite in a partition key keeps its index sparse', () => {
  const { manager: _nobody, ...item } = itemOf(Employee);
  expect(Employee.put(item).Put.Item).not.toHaveProperty('gsi3pk');
  expect(Employee.put(item).Put.Item).toMatchObject({ manager: '-' });
  expect(Employee.put({ ...item, manager: 'boss' }).Put.Item).toHaveProperty('gsi3pk');
});
