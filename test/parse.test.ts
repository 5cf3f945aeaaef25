import { expect, it } from 'vitest';
import { NONE } from '../src/entities/core/keys.ts';
import type { Row } from '../src/entities/core/statements.ts';
import { Order } from './support/order.ts';

const managed = { version: 1, createdAt: '2026-06-01T00:00:00.000Z', updatedAt: '2026-06-01T00:00:00.000Z' };
const plain = Order.put({ ...managed, org: 'acme', order: 'o1', shop: 's1', number: 7 }).Put.Item as Row;
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

/** What comes of a row, or what is wrong with it. */
function outcomeOf(parse: () => unknown): unknown {
  try {
    return parse();
  } catch {
    return 'refused';
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
  const expected = outcomeOf(() => Order.electro.parse({ Item: row as never }).data ?? undefined);
  expect(outcomeOf(() => Order.parse(row))).toEqual(expected);
});
