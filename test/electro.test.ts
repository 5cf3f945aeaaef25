import { expect, it } from 'vitest';
import { NONE } from '../src/entities/core/keys.ts';
import type { Row } from '../src/entities/core/statements.ts';
import { nativeSets, stored } from '../src/entities/core/stored.ts';
import { Order } from './support/order.ts';

const managed = { version: 1, createdAt: '2026-06-01T00:00:00.000Z', updatedAt: '2026-06-01T00:00:00.000Z' };
const least = { ...managed, org: 'acme', order: 'o1', shop: 's1', number: 7 };
const plain = Order.put(least).Put.Item as Row;
const full: Row = {
  ...plain,
  title: 'Bicycle',
  urgency: 'high',
  expires: 1_800_000_000,
  tags: new Set(['b', 'a']),
  sizes: new Set([10, 9]),
  address: { lines: ['z', 'a'], floors: new Set([2, 1]), doorCode: '1234', kind: 'work', unknown: true },
  parts: [{ name: 'wheel', price: { amount: 1, currency: 'EUR' }, colors: new Set(['white']), supplier: 'x' }],
  unknown: 'left out',
};
const without = (...names: readonly string[]): Row =>
  Object.fromEntries(Object.entries(full).filter(([name]) => !names.includes(name))) as Row;

/** ElectroDB's own ways, without its types, which need values as declared. */
const electro = Order.electro as unknown as {
  parse(response: { readonly Item: Row }, options: { readonly originalErr: true }): { readonly data: object | null };
  create(item: object): { params(): Record<string, unknown> };
};

/** What comes of it, or why nothing does. */
function outcomeOf(make: () => unknown): unknown {
  try {
    return make();
  } catch (error) {
    return error instanceof Error ? error.constructor.name : error;
  }
}

it.each<[string, Row]>([
  ['with next to nothing', plain],
  ['with everything', full],
  ['with absent values by their sentinel', { ...full, urgency: NONE }],
  ['with no values but its key', without(...Object.keys(plain).filter((name) => name !== 'pk' && name !== 'sk'))],
  ['that is marked as nothing', without('__edb_e__', '__edb_v__')],
  ['that is marked as another entity', { ...full, __edb_e__: 'invoice' }],
  ['that is marked, under a key of its own', { ...full, pk: 'free text' }],
  ['of another entity', { ...without('__edb_e__'), pk: '$roster#org_acme#invoice_o1' }],
  ['of another version of its key', { ...without('__edb_e__'), sk: '$order_2' }],
  ['with text for a set', { ...full, tags: 'a' }],
  ['with text for a map', { ...full, address: 'somewhere' }],
  ['with null for a map', { ...full, address: null }],
  ['with text for a list', { ...full, parts: 'some' }],
  ['with a number for a list', { ...full, parts: 3 }],
])('a row %s is what ElectroDB makes of it', (_what, row) => {
  const expected = outcomeOf(() => electro.parse({ Item: row }, { originalErr: true }).data);
  expect(outcomeOf(() => Order.parse(row) ?? null)).toEqual(expected);
});

it.each<[string, Readonly<Record<string, unknown>>]>([
  ['with next to nothing', least],
  [
    'with everything',
    {
      ...least,
      title: 'São Paulo',
      state: 'paid',
      urgency: 'low',
      expires: 1_800_000_000,
      tags: ['b', 'a'],
      sizes: [10, 9],
      address: { lines: ['z'], floors: [2, 1], doorCode: '1234', kind: 'work' },
      parts: [{ name: 'wheel', price: { amount: 1, currency: 'EUR' }, colors: ['white'], supplier: 'x' }],
    },
  ],
  ['with null for a value', { ...least, title: null }],
  ['with an attribute that there is not', { ...least, unknown: 1 }],
  ['without an organization', { ...least, org: undefined }],
  ['without an id', { ...least, order: undefined }],
  ['without a value that it must have', { ...least, shop: undefined }],
  ['with a key that is forged', { ...least, shop: 's1#state_paid' }],
  ['with a number that no key holds', { ...least, number: -1 }],
  ['with a value that there is not', { ...least, state: 'lost' }],
  ['with text for a map', { ...least, address: 'somewhere' }],
])('a new item %s is what ElectroDB makes of it', (_what, item) => {
  const expected = outcomeOf(() => {
    const { TableName: _table, ...put } = electro.create(stored(Order.attributes, item)).params();
    return nativeSets(put);
  });
  expect(outcomeOf(() => Order.put(item).Put)).toEqual(expected);
});
