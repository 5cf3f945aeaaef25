import { beforeAll, describe, expect, it } from 'vitest';
import type { Changes, NewItem } from '../src/entities/core/define.ts';
import type { Row } from '../src/entities/core/statements.ts';
import { createItem, updateItem, type WriteServices } from '../src/entities/core/write.ts';
import { lastNumber, Order } from './support/order.ts';
import { startRoster, type TestRoster } from './support/roster.ts';

let roster: TestRoster;
let services: WriteServices;
beforeAll(async () => {
  roster = await startRoster();
  services = { ...roster.services, entities: [Order] };
  return () => roster.stop();
});

const create = (values: Partial<NewItem<typeof Order>> = {}) =>
  createItem(services, Order, 'acme', { shop: 's1', ...values });
const update = (id: string, changes: Changes<typeof Order>, expectedVersion?: number) =>
  updateItem(services, Order, { org: 'acme', id }, changes, expectedVersion);

/** A change that the compiler refuses, as it may come from elsewhere. */
const withNull = (name: string) => ({ [name]: null }) as Changes<typeof Order>;

/** The row as DynamoDB has it. */
async function rowOf(id: string): Promise<Row> {
  const row = await roster.services.table.get(Order.key('acme', id), { consistent: true });
  if (!row) throw new Error(`there is no order ${id}`);
  return row;
}
const read = async (id: string) => Order.parse(await rowOf(id));

describe('sets', () => {
  it('are sets in DynamoDB, wherever they stand, and sorted lists to readers', async () => {
    const item = await create({
      tags: ['b', 'a', 'c', 'a'],
      sizes: [10, 9, 1],
      teams: ['red', 'blue'],
      address: { lines: ['z', 'a', 'z'], floors: [2, 10, 1] },
      parts: [{ name: 'wheel', colors: ['white', 'black'] }],
    });
    const row = await rowOf(item.order);
    expect(row).toMatchObject({
      tags: new Set(['a', 'b', 'c']),
      sizes: new Set([1, 9, 10]),
      teams: new Set(['blue', 'red']),
      address: { lines: ['z', 'a', 'z'], floors: new Set([1, 2, 10]) },
      parts: [{ name: 'wheel', colors: new Set(['black', 'white']) }],
    });
    expect(item).toMatchObject({
      tags: ['a', 'b', 'c'],
      sizes: [1, 9, 10],
      teams: ['blue', 'red'],
      address: { lines: ['z', 'a', 'z'], floors: [1, 2, 10] },
      parts: [{ name: 'wheel', colors: ['black', 'white'] }],
    });
    expect(await read(item.order)).toEqual(item);
  });

  it('are changed as a whole', async () => {
    const { order } = await create({ tags: ['a'] });
    const item = await update(order, { tags: ['c', 'b'], address: { lines: [], floors: [3] } });
    expect(item).toMatchObject({ tags: ['b', 'c'], address: { lines: [], floors: [3], kind: 'home' } });
    expect((await rowOf(order))['tags']).toEqual(new Set(['b', 'c']));
    expect(await read(order)).toEqual(item);
  });

  it('that are empty are absent', async () => {
    const { order, ...item } = await create({ tags: [], address: { lines: [], floors: [] } });
    expect(item).not.toHaveProperty('tags');
    expect(item.address).toEqual({ lines: [], kind: 'home' });
    await update(order, { tags: ['a'], sizes: [1] });
    const emptied = await update(order, { tags: [], parts: [{ name: 'x', colors: [] }] });
    expect(emptied).not.toHaveProperty('tags');
    expect(emptied).toMatchObject({ sizes: [1], parts: [{ name: 'x' }] });
    expect(await rowOf(order)).not.toHaveProperty('tags');
    expect(await read(order)).toEqual(emptied);
  });

  it('that are empty can not be required ones', async () => {
    await expect(create({ teams: [] })).rejects.toThrow('teams is empty; give at least one value');
    const { order } = await create();
    await expect(update(order, { teams: [] })).rejects.toThrow('teams is empty; give at least one value');
    await expect(update(order, withNull('teams'))).rejects.toThrow('teams is required; give a value');
  });

  it('are told to be written already when the answer was lost', async () => {
    const { order, version } = await create({ tags: ['a'] });
    // Nothing hidden is left out of the map, so that the item need not be read.
    const part = { name: 'x', colors: ['white', 'black'], supplier: 'y' } as const;
    const changes = { tags: ['c', 'b'], parts: [part] };
    const once = await update(order, changes, version);
    expect(await update(order, changes, version)).toEqual(once);
    await expect(update(order, { tags: ['c'] }, version)).rejects.toThrow('at version 2');
  });
});

describe('defaults', () => {
  it('fill in what is missing, made anew each time, in maps and lists too', async () => {
    const [first, second] = [await create(), await create({ state: null })];
    expect(first).toMatchObject({ state: 'open', teams: ['red'] });
    expect(second).toMatchObject({ state: 'open', number: first.number + 1 });
    const { address } = await create({ address: { lines: ['a'] } });
    expect(address).toEqual({ lines: ['a'], kind: 'home' });
    expect(await create()).not.toHaveProperty('address');
  });

  it('give way to what is given', async () => {
    const before = lastNumber();
    const values = { state: 'paid', number: 7, teams: ['blue'], address: { lines: [], kind: 'work' } } as const;
    expect(await create(values)).toMatchObject(values);
    expect(lastNumber()).toBe(before);
  });

  it('do not come back in changes', async () => {
    const { order } = await create({ state: 'paid' });
    expect(await update(order, { tags: ['a'] })).toMatchObject({ state: 'paid' });
    await expect(update(order, withNull('state'))).rejects.toThrow('state is required; give a value');
  });
});

describe('what is hidden', () => {
  it('is stored and never returned, in maps and lists too', async () => {
    const address = { lines: ['a'], doorCode: '1234' };
    const parts = [{ name: 'x', supplier: 'y' }];
    const item = await create({ address, parts });
    const row = await rowOf(item.order);
    expect(row).toMatchObject({ address, parts });
    for (const seen of [item, Order.parse(row), await update(item.order, { address, parts })]) {
      expect(seen?.address).toEqual({ lines: ['a'], kind: 'home' });
      expect(seen?.parts).toEqual([{ name: 'x' }]);
      expect(seen).not.toHaveProperty('titleKey');
    }
  });
});

describe('what is hidden in a map that is changed', () => {
  const whole = { lines: ['a'], doorCode: '1234', kind: 'work' } as const;

  it('stays when it is left out, whatever its default', async () => {
    const { order } = await create({ address: whole });
    await update(order, { address: { lines: ['b'] } });
    expect(await rowOf(order)).toMatchObject({ address: { lines: ['b'], doorCode: '1234', kind: 'home' }, version: 2 });
    await updateItem(services, Order, { org: 'acme', id: order }, () => ({ address: { lines: ['c'] } }));
    expect(await rowOf(order)).toMatchObject({ address: { lines: ['c'], doorCode: '1234' }, version: 3 });
  });

  it('changes when it is given, goes by null, and along with the map', async () => {
    const { order } = await create({ address: whole });
    await update(order, { address: { ...whole, doorCode: '5678' } });
    expect(await rowOf(order)).toMatchObject({ address: { doorCode: '5678' } });
    await update(order, { address: { lines: [], doorCode: null } });
    expect((await rowOf(order))['address']).toEqual({ lines: [], kind: 'home' });
    await update(order, { address: null });
    await update(order, { address: { lines: ['d'] } });
    expect((await rowOf(order))['address']).toEqual({ lines: ['d'], kind: 'home' });
  });

  it('in a list stays with the maps that look the same', async () => {
    const parts = [
      { name: 'wheel', supplier: 'a', colors: ['white', 'black'] },
      { name: 'wheel', supplier: 'b', colors: ['black'] },
      { name: 'bell', supplier: 'c' },
      { name: 'bell', supplier: 'd' },
    ] as const;
    const { order } = await create({ parts });
    await update(order, {
      parts: [
        { name: 'bell', colors: [] },
        { name: 'wheel', colors: ['black', 'white'] },
        { name: 'saddle' },
        { name: 'bell' },
        { name: 'bell' },
      ],
    });
    const after = (await rowOf(order))['parts'] as { name: string; supplier?: string }[];
    expect(after.map(({ name, supplier }) => [name, supplier])).toEqual([
      ['bell', 'c'],
      ['wheel', 'a'],
      ['saddle', undefined],
      ['bell', 'd'],
      ['bell', undefined],
    ]);
  });

  it('takes a read only where it is left out', async () => {
    const { order } = await create({ address: whole });
    const operations = async (changes: Changes<typeof Order>) => {
      roster.calls.length = 0;
      await update(order, changes);
      return roster.calls.map(({ operation }) => operation);
    };
    expect(await operations({ address: { lines: ['b'] } })).toEqual(['GetItem', 'UpdateItem']);
    expect(await operations({ address: whole })).toEqual(['UpdateItem']);
    expect(await operations({ address: null, tags: ['a'] })).toEqual(['UpdateItem']);
  });
});

describe('a slug', () => {
  it('follows its source, and goes when that goes', async () => {
    const { order } = await create({ title: 'São Paulo' });
    expect(await rowOf(order)).toMatchObject({ titleKey: 'sao-paulo', gsi1sk: expect.stringContaining('_sao-paulo#') });
    await update(order, { title: 'Ōsaka' });
    expect(await rowOf(order)).toMatchObject({ titleKey: 'osaka', gsi1sk: expect.stringContaining('_osaka#') });
    await update(order, { title: null });
    const row = await rowOf(order);
    expect(row).toMatchObject({ titleKey: '-', gsi1sk: expect.stringContaining('#titleKey_-#') });
    expect(row).not.toHaveProperty('title');
  });
});

describe('composites', () => {
  it('keep their padding when others of the key change', async () => {
    const { order } = await create({ number: 7, urgency: 'low' });
    const keyOf = async () => String((await rowOf(order))['gsi2sk']);
    expect(await keyOf()).toBe(`$order_1#urgency_low#number_007#order_${order}`);
    expect(await update(order, { urgency: 'high' })).toMatchObject({ number: 7, urgency: 'high' });
    expect(await keyOf()).toBe(`$order_1#urgency_high#number_007#order_${order}`);
    await update(order, { number: 42 });
    expect(await keyOf()).toBe(`$order_1#urgency_high#number_042#order_${order}`);
    expect((await update(order, { urgency: null })).urgency).toBeUndefined();
    expect(await keyOf()).toBe(`$order_1#urgency_-#number_042#order_${order}`);
  });

  it('that are absent are known, and keep an index by them sparse, slugs too', async () => {
    expect([...Order.optionalComposites].sort()).toEqual(['titleKey', 'urgency']);
    const { order } = await create();
    expect(await rowOf(order)).not.toHaveProperty('gsi3pk');
    await update(order, { title: 'Lamp' });
    expect(await rowOf(order)).toMatchObject({ gsi3pk: '$roster#org_acme#titleKey_lamp' });
    await update(order, { title: null });
    expect(await rowOf(order)).not.toHaveProperty('gsi3pk');
  });
});
