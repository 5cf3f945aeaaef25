import { describe, expect, it } from 'vitest';
import { defineEntity } from '../src/entities/core/define.ts';
import { date, dateTime, keySafe } from '../src/entities/core/formats.ts';
import { encodePart } from '../src/entities/core/keys.ts';
import type { Row } from '../src/entities/core/statements.ts';
import { searches } from '../src/search/all.ts';
import { defineSearch } from '../src/search/define.ts';
import { decode, encode } from '../src/search/encoding.ts';
import { Order } from './support/order.ts';
import { random } from './support/random.ts';
import { randomCompany } from './support/random-company.ts';

const Trip = defineEntity({
  name: 'trip',
  description: 'A trip.',
  attributes: {
    guests: { type: 'set', items: 'string', format: keySafe, description: 'Who comes along.' },
    stops: { type: 'list', items: { type: 'string', format: date }, description: 'When it stops.' },
    stays: {
      type: 'list',
      items: { type: 'map', properties: { from: { type: 'string', format: date, description: 'First day.' } } },
      description: 'Where it stays.',
    },
  },
  indexes: {},
});

it('items of sets, lists and maps in lists are encoded like values alone', () => {
  const search = defineSearch(Trip, { searchable: [], filterable: ['guests', 'stops', 'stays'], sortable: [] });
  const item = { guests: ['Ada', 'bob'], stops: ['2026-03-01'], stays: [{ from: '2026-03-02' }] };
  expect(search.open.document({ org: 'acme', id: 't1' }, item, undefined)).toMatchObject({
    guests: [encodePart('Ada'), 'bob'],
    stops: [20_260_301],
    stays: [{ from: 20_260_302 }],
  });
  expect(search.encode('guests', 'Ada')).toBe(encodePart('Ada'));
  expect(search.encode('stops', '2026-03-01')).toBe(20_260_301);
});

describe('a document tells what its item has', () => {
  it.each(searches.map((search) => [search.entity.name, search] as const))('of every %s', (_name, search) => {
    const [id, org] = [search.entity.name, 'random'];
    const rows = [1, 2, 3].flatMap((seed) => randomCompany({ org, seed })).map(({ Put }) => Put.Item);
    const items = rows.flatMap((row) => search.entity.parse(row as Row) ?? []);
    expect(items.length).toBeGreaterThan(10);
    for (const item of items)
      for (const index of search.indexes) {
        const known = Object.entries(item).filter(([name]) => index.attributes.has(name));
        expect(search.item(index.document({ org, id }, item, undefined))).toEqual(Object.fromEntries(known));
      }
  });

  it('of values of every type, within each other', () => {
    const filterable = ['title', 'state', 'number', 'tags', 'sizes', 'teams', 'address.kind', 'parts', 'shop'] as const;
    const search = defineSearch(Order, { searchable: [], filterable, sortable: [] });
    const next = random(1);
    const pick = <T>(from: readonly T[]) => from[Math.floor(next() * from.length)] as T;
    const TEXTS = ['a', 'Straße', 'a#b', '_', 'Ab-c_9', '東京', '2024-02-29', '42', 'true', ' '];
    const NUMBERS = [0, 1, -1, 0.1, 1e-130, 2 ** 53 - 1, 20_240_229];
    const some = <T>(from: readonly T[]) => from.filter(() => next() < 0.5);
    for (let run = 0; run < 200; run++) {
      const item = {
        title: pick(TEXTS),
        state: pick(['open', 'paid']),
        number: pick(NUMBERS),
        tags: some(TEXTS),
        sizes: some(NUMBERS),
        teams: some(['red', 'blue']),
        address: { lines: some(TEXTS), floors: some(NUMBERS), kind: pick(['home', 'work']) },
        parts: some(TEXTS).map((name) => ({
          name,
          price: { amount: pick(NUMBERS), currency: 'EUR' },
          colors: some(['black']),
        })),
        shop: pick(['a', 'A', 'Ab-c_9', '-x']),
      };
      // On its way the document is JSON.
      const document = JSON.parse(JSON.stringify(search.open.document({ org: 'acme', id: 'o1' }, item, undefined)));
      expect(search.item(document)).toEqual(item);
    }
  });

  it.each([
    ['Date', date, ['1000-01-01', '1970-01-01', '2024-02-29', '9999-12-31']],
    ['DateTime', dateTime, ['1000-01-01T00:00:00.001Z', '1969-12-31T23:59:59.999Z', '2024-02-29T12:00:00.000Z']],
    ['ID', keySafe, ['a', 'A', 'aA-_9', '-', '01jz']],
  ] as const)('of the scalar %s', (_name, format, values) => {
    const attribute = { type: 'string', format } as const;
    for (const value of values) expect(decode(attribute, encode(attribute, value))).toBe(value);
    expect(decode({ type: 'list', items: attribute }, encode({ type: 'list', items: attribute }, values))).toEqual(
      values,
    );
  });
});
