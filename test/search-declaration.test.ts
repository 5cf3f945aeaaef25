import { expect, it } from 'vitest';
import { Office } from '../src/entities/office.ts';
import { builder } from '../src/schema/builder.ts';
import { searchField } from '../src/schema/search/field.ts';
import { defineSearch } from '../src/search/define.ts';

const NOTHING = { searchable: [], filterable: [], sortable: [] } as const;

it.each([
  ['searched', defineSearch(Office, { ...NOTHING, searchable: ['city'] })],
  ['filtered by', defineSearch(Office, { ...NOTHING, filterable: ['city'] })],
  ['ordered by', defineSearch(Office, { ...NOTHING, sortable: ['city'] })],
  ['counted', defineSearch(Office, { ...NOTHING, facets: ['city'] })],
  ['ranked by', defineSearch(Office, { ...NOTHING, ranking: ['city:asc'] })],
  ['derived from', defineSearch(Office, { ...NOTHING, derived: { x: { from: 'city', value: (city) => city } } })],
] as const)('what is %s can be told from answers', (_how, { tellsOf }) => {
  expect([...tellsOf]).toEqual(['city']);
});

it('what is not searched by is refused, and no index answers for it', () => {
  const search = defineSearch(Office, { ...NOTHING, filterable: ['city'] });
  for (const ask of [() => search.isRestricted('zip'), () => search.indexFor(['city', 'zip'])])
    expect(ask).toThrow('office is not searched by "zip"; name it in its search');
});

it('what not all may see who see the type must not be searched', () => {
  builder.entity(Office, { omit: ['city'] });
  const search = defineSearch(Office, { ...NOTHING, searchable: ['name', 'city'] });
  builder.queryField('searchOffices', (t) => searchField(t, search, { description: 'Offices.' }));
  expect(() => builder.toSchema()).toThrow(
    'office.city is not shown to all who see the type, but could be inferred by searches; mark it as `restricted`',
  );
});

it('exact words are declared as the engine keeps them', () => {
  const declare = (...exactWords: string[]) => defineSearch(Office, { ...NOTHING, typos: { exactWords } });
  expect(() => declare('Müller')).toThrow(
    'office has the exact word "Müller"; write it "muller", accents do not count',
  );
  expect(() => declare('café')).toThrow('write it "cafe"');
  const [index] = declare('muller', 'straße', 'muller').indexes;
  expect(index?.settings.typoTolerance?.disableOnWords).toEqual(['muller', 'straße']);
});
