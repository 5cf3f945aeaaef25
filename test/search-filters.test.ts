import { randomUUID } from 'node:crypto';
import { beforeAll, expect, inject, it } from 'vitest';
import { readFilter } from '../src/schema/electrodb/filter-reading.ts';
import { encodeGlobalId } from '../src/schema/electrodb/global-id.ts';
import { createSearch, type Search } from '../src/search/client.ts';
import { indexQuery } from '../src/search/query.ts';
import { documentWriter } from './support/document-writer.ts';
import { anyFilter, passes } from './support/filters.ts';
import { anyParcel, PARCEL_FIELDS, Parcel, parcelSearch, TEXTS } from './support/parcel.ts';
import { random } from './support/random.ts';
import { NOW } from './support/roster.ts';

const next = random(11);
const ITEMS = Array.from({ length: 120 }, (_, i) => ({ ...anyParcel(next, i), id: `p${String(i).padStart(3, '0')}` }));
const ALL = ITEMS.map(({ id }) => id);
/** As clients see them. */
const OBJECTS = ITEMS.map(({ customer, ...item }) => ({
  ...item,
  ...(customer === undefined ? {} : { customer: encodeGlobalId('Employee', customer) }),
}));

let search: Search;

beforeAll(async () => {
  const options = { ...inject('meilisearch'), indexPrefix: `filters-${randomUUID()}-` };
  search = createSearch({ ...options, searchTimeoutMs: 30_000 });
  const writer = documentWriter(options);
  await writer.makeIndex(parcelSearch.open);
  const documents = ITEMS.map(({ id, ...item }) => parcelSearch.open.document({ org: 'acme', id }, item, undefined));
  expect(await writer.write(parcelSearch.open, documents, [])).toEqual(new Map());
});

/** The search for what passes a filter as clients give it. */
const queryOf = (filter: object) =>
  indexQuery(
    parcelSearch,
    { org: 'acme', now: new Date(NOW), where: readFilter(Parcel, filter, () => undefined) },
    { limit: 1_000 },
  );

/** The ids that each filter finds. */
async function find(filters: readonly object[]): Promise<string[][]> {
  const answers: string[][] = [];
  for (let i = 0; i < filters.length; i += 100) {
    const results = await search.query(filters.slice(i, i + 100).map(queryOf));
    answers.push(...results.map(({ hits }) => hits.map(({ id }) => id.replace('acme_', '')).sort()));
  }
  return answers;
}

/** Fails for filters that don't find what the plain way to tell finds. @returns how many each finds */
async function expectPlain(filters: readonly object[]): Promise<number[]> {
  const answers = (await find(filters)).map((found, i) => ({ filter: filters[i] ?? {}, found }));
  const plain = answers.map(({ filter }) => {
    const passing = OBJECTS.filter((object) => passes({ ...filter }, object, PARCEL_FIELDS));
    return { filter, found: passing.map(({ id }) => id) };
  });
  const isWrong = (i: number) => JSON.stringify(answers[i]?.found) !== JSON.stringify(plain[i]?.found);
  expect(answers.filter((_, i) => isWrong(i))).toEqual(plain.filter((_, i) => isWrong(i)));
  return answers.map(({ found }) => found.length);
}

it('any filter finds what the plain way to tell finds', async () => {
  const sizes = await expectPlain(Array.from({ length: 500 }, () => anyFilter(next, PARCEL_FIELDS, 3)));
  expect(new Set(sizes).size).toBeGreaterThan(40);
});

it('every text is found, and by every beginning of it', async () => {
  const beginnings = TEXTS.flatMap((text) => [1, 2, 3, 5, 199, 402].map((length) => text.slice(0, length)));
  const filters = [...new Set([...TEXTS, ...beginnings.filter((text) => text.isWellFormed())])].flatMap((text) => [
    { label: { eq: text } },
    { label: { startsWith: text } },
    { words: { has: text } },
  ]);
  await expectPlain(filters);
});

it('a sigma that ends a beginning does not end the word', async () => {
  const [found = []] = await find([{ label: { startsWith: 'ΟΔΟΣ' } }]);
  expect(new Set(ITEMS.filter(({ id }) => found.includes(id)).map(({ label }) => label))).toEqual(
    new Set(['ΟΔΟΣ', 'οδός', 'ΟΔΟΣΑ']),
  );
});

it.each<[string, object, number]>([
  ['an empty filter', {}, 120],
  ['all of nothing', { and: [] }, 120],
  ['one of nothing', { or: [] }, 0],
  ['an empty filter among others', { or: [{}, { count: { gt: 100 } }] }, 120],
  ['the denial of an empty filter', { not: {} }, 0],
  ['the denial of one of nothing', { not: { or: [] } }, 120],
  ['no operators', { label: {} }, 120],
  ['equal to one of no values', { label: { in: [] } }, 0],
  ['equal to none of no values', { label: { not: [] } }, 120],
  ['a beginning of nothing', { label: { startsWith: '' } }, 120],
  ['a beginning without letters', { label: { startsWith: ' -"' } }, 120],
])('%s', async (_what, filter, count) => {
  expect(await expectPlain([filter])).toEqual([count]);
});

it('a map is there where any of its properties is', async () => {
  const [there = 0, absent = 0] = await expectPlain([
    { price: { exists: true } },
    { price: { exists: false } },
    { not: { price: { exists: true } } },
    { price: { exists: true, amount: { exists: false } } },
  ]);
  expect(there + absent).toBe(ALL.length);
  expect(there).toBeGreaterThan(absent);
});

type Joint = 'and' | 'or' | 'not';

/** A filter so many levels deep, of joints in turn. @param beside what stands beside the joint on each level */
function nested(levels: number, joints: readonly Joint[], beside: object): object {
  return Array.from({ length: levels - 1 }).reduce<object>(
    (within, _, i) => {
      const joint = joints[i % joints.length];
      if (joint === 'not') return { ...beside, not: within };
      return { ...beside, [joint as Joint]: [{ fragile: { eq: true } }, within] };
    },
    { count: { gte: 1 } },
  );
}

/** Every order of up to four joints. */
const ARRANGEMENTS = [1, 2, 3, 4].flatMap((length) =>
  Array.from({ length }).reduce<Joint[][]>(
    (all) => all.flatMap((joints) => (['and', 'or', 'not'] as const).map((joint) => [...joints, joint])),
    [[]],
  ),
);

it('20 levels are taken, whatever they are made of', async () => {
  const filters = ARRANGEMENTS.flatMap((joints) => [
    nested(20, joints, {}),
    nested(20, joints, { state: { exists: true }, to: { not: ['AT'] } }),
  ]);
  await expectPlain(filters);
});

it('21 levels are refused before sending, whatever they are made of', () => {
  for (const joints of ARRANGEMENTS)
    expect(() => queryOf(nested(21, joints, {}))).toThrow('filter: is nested deeper than 20 levels; flatten it');
});

/** Conditions joined in each way that there is, so many of them. */
const wide = (count: number): object[] => {
  const each = Array.from({ length: count }, (_, i) => ({ count: { eq: i } }));
  return [
    { or: each },
    { and: each },
    { or: each.map((not) => ({ not })) },
    { not: { or: each } },
    { count: { in: each.map((_, i) => i) } },
    { count: { not: each.map((_, i) => i) } },
    { label: { in: each.map((_, i) => (i === 0 ? 'Zürich' : `${i} ${'x'.repeat(300)}`)) } },
  ];
};

it('1,000 conditions are taken, however they are joined', async () => {
  await expectPlain(wide(1_000));
});

it('1,001 conditions are refused before sending, however they are joined', () => {
  for (const filter of wide(1_001))
    expect(() => queryOf(filter)).toThrow('filter: has 1001 conditions and values; give 1000 at most');
});
