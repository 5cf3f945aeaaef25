import { expect, it } from 'vitest';
import { readStackFile } from '../dev/stack-file.ts';
import { entities } from '../src/entities/index.ts';
import { Marker } from '../src/entities/marker.ts';
import type { AnyEntity } from '../src/entities/model.ts';
import { Quarantine } from '../src/entities/quarantine.ts';
import { Unique } from '../src/entities/unique.ts';

const everything: readonly AnyEntity[] = [...entities, Marker, Quarantine, Unique];
const table = (await readStackFile()).table('any');
const keysOf = (index: string) =>
  table.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === index)?.KeySchema?.map(
    ({ AttributeName }) => AttributeName,
  );

/** An item with a value for every composite, to see which keys ElectroDB makes of it. */
function itemOf(entity: AnyEntity): Record<string, unknown> {
  const at = '2026-01-01T00:00:00.000Z';
  const values = Object.entries(entity.attributes).flatMap(([name, { type, required, hidden }]) => {
    if (hidden || (!required && type !== 'string')) return [];
    if (Array.isArray(type)) return [[name, type[0]]];
    return [[name, type === 'number' ? 1 : type === 'map' ? { lat: 1, lng: 1 } : 'x1']];
  });
  return { ...Object.fromEntries(values), org: 'acme', version: 1, createdAt: at, updatedAt: at };
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

it('the table is the one that DESIGN asks for', () => {
  expect(table.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName)).toEqual(['gsi1', 'gsi2', 'gsi3']);
  expect(table.BillingMode).toBe('PAY_PER_REQUEST');
  expect(table.StreamSpecification).toEqual({ StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' });
});

it('keys tell apart what ElectroDB would confuse', () => {
  const [office, employee] = entities;
  const range = (id: string) => employee.range('workplaces', { org: 'acme', office: id });
  expect(range('ACME').pk).not.toBe(range('acme').pk);
  expect(office.identify(office.key('acme', 'o1'))).toEqual({ org: 'acme', id: 'o1' });
  expect(office.identify(employee.key('acme', 'o1'))).toBeUndefined();
  for (const id of ['a#employee_b', '', '-x', 'a b', 'ü', 'x'.repeat(256)]) {
    expect(() => employee.put({ ...itemOf(employee), office: id }), id).toThrow();
  }
});

it('a gap in a sort key is an error, never a wider result', () => {
  const [office] = entities;
  expect(() => office.range('locations', { org: 'acme', country: 'DE', cityKey: 'munich' })).toThrow('gap');
  expect(() => office.range('nowhere', { org: 'acme' })).toThrow('workplaces, locations');
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
  const [, employee] = entities;
  const { manager: _nobody, ...item } = itemOf(employee);
  expect(employee.put(item).Put.Item).not.toHaveProperty('gsi3pk');
  expect(employee.put(item).Put.Item).toMatchObject({ manager: '-' });
  expect(employee.put({ ...item, manager: 'boss' }).Put.Item).toHaveProperty('gsi3pk');
});
