import { expect, it } from 'vitest';
import { defineEntity } from '../src/entities/core/define.ts';
import { date, keySafe } from '../src/entities/core/formats.ts';
import { encodePart } from '../src/entities/core/keys.ts';
import { defineSearch } from '../src/search/define.ts';

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
