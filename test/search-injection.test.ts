import { beforeAll, expect, it } from 'vitest';
import { isKeySafe } from '../src/entities/core/keys.ts';
import { Employee } from '../src/entities/index.ts';
import { encodeGlobalId } from '../src/schema/electrodb/global-id.ts';
import { textKey, textPrefix } from '../src/search/encoding.ts';
import { HOSTILE } from './support/hostile.ts';
import { startRoster, type TestRoster } from './support/roster.ts';

let roster: TestRoster;
const hr = { org: 'acme', role: 'HR' } as const;

/** Those that can be a title. */
const TITLES = HOSTILE.filter((text) => text === text.trim() && text.length <= 120);
/** Titles of the viewer's organization: some of them. The other organization has them all. */
const OWN = ['Pilot', ...TITLES.filter((_, i) => i % 4 === 0)].map((title) => ({ title, key: textKey(title) }));
const OWN_TITLES = new Set(OWN.map(({ title }) => title));

beforeAll(async () => {
  // As patient as the machine is busy.
  roster = await startRoster({ SEARCH_TIMEOUT_MS: '20000' });
  const at = '2026-01-01T00:00:00.000Z';
  const employees = (org: string, titles: Iterable<string>) =>
    [...titles].map((title, i) =>
      Employee.put({
        ...{ org, employee: `e${i}`, version: 1, createdAt: at, updatedAt: at },
        ...{ firstName: 'A', lastName: 'B', email: `e${i}@${org}.example`, title },
        ...{ team: 'legal', office: 'o', hiredOn: '2020-01-01' },
      }),
    );
  await roster.services.table.batchWrite([...employees('acme', OWN_TITLES), ...employees('umbrella', TITLES)]);
  await roster.indexed();
  return () => roster.stop();
});

interface Found {
  readonly totalCount: number;
  readonly edges: readonly { readonly node: { readonly title: string } }[];
}

const HITS = 'totalCount edges { node { title } }';

const runs = <T>(of: readonly T[], length: number): T[][] =>
  Array.from({ length: Math.ceil(of.length / length) }, (_, i) => of.slice(i * length, (i + 1) * length));

/**
 * Asks for a field with each operand, many in one request.
 *
 * @param field of GraphQL, with the operand as `$it`
 */
async function askEach<Operand, Answer = Found>(field: string, type: string, operands: readonly Operand[]) {
  const answers: { operand: Operand; answer: Answer }[] = [];
  for (const some of runs(operands, 50)) {
    const fields = some.map((_, n) => `f${n}: ${field.replace('$it', `$v${n}`)}`);
    const query = `query(${some.map((_, n) => `$v${n}: ${type}`)}) { ${fields.join(' ')} }`;
    const variables = Object.fromEntries(some.map((operand, n) => [`v${n}`, operand]));
    const { data, errors } = await roster.graphql(hr, query, variables);
    expect(errors).toBeUndefined();
    answers.push(...some.map((operand, n) => ({ operand, answer: data[`f${n}`] as Answer })));
  }
  return answers;
}

it('there are many texts, and many that somebody has', () => {
  expect(HOSTILE.length).toBeGreaterThan(800);
  expect(OWN.length).toBeGreaterThan(150);
});

type Keyed = (typeof OWN)[number];

const isOneOf = (texts: readonly string[]) => {
  const keys = new Set(texts.map(textKey));
  return ({ key }: Keyed) => keys.has(key);
};
const isNoneOf = (texts: readonly string[]) => {
  const isIn = isOneOf(texts);
  return (own: Keyed) => !isIn(own);
};
/** Everything begins with nothing that counts. */
const begins = ([text = '']: readonly string[]) => {
  const [prefix, isNothing] = [textPrefix(text), textKey(text) === textKey('')];
  return ({ key }: Keyed) => isNothing || key.startsWith(prefix);
};

it.each([
  ['eq', 'String!', isOneOf, HOSTILE],
  ['startsWith', 'String!', begins, HOSTILE],
  ['in', '[String!]!', isOneOf, runs(HOSTILE, 5)],
  ['not', '[String!]!', isNoneOf, runs(HOSTILE, 5)],
] as const)('%s compares a title with the text as it is', async (operator, type, passing, operands) => {
  const field = `searchEmployees(filter: { title: { ${operator}: $it } }, first: 50, consistency: INDEX) { ${HITS} }`;
  for (const { operand, answer } of await askEach<string | string[]>(field, type, operands)) {
    const expected = OWN.filter(passing([operand].flat())).map(({ title }) => title);
    const titles = answer.edges.map(({ node }) => node.title);
    const about = String(operand);
    expect(answer.totalCount, about).toBe(expected.length);
    expect(titles, about).toHaveLength(Math.min(50, expected.length));
    expect(
      titles.every((title) => expected.includes(title)),
      about,
    ).toBe(true);
    // Whoever has the text as title is found by it.
    if (operator === 'eq' && expected.length <= 50) expect(titles.includes(about)).toBe(OWN_TITLES.has(about));
  }
});

it('words find nothing and count nothing of another organization', async () => {
  const field = `searchEmployees(query: $it, first: 10, consistency: INDEX) { ${HITS} facets { title { value } } }`;
  type Counted = Found & { readonly facets: { readonly title: readonly { readonly value: string }[] } };
  for (const { operand, answer } of await askEach<string, Counted>(field, 'String!', HOSTILE)) {
    const titles = [...answer.edges.map(({ node }) => node.title), ...answer.facets.title.map(({ value }) => value)];
    expect(
      titles.every((title) => OWN_TITLES.has(title)),
      operand,
    ).toBe(true);
    expect(answer.totalCount, operand).toBeLessThanOrEqual(OWN.length);
  }
});

it('beginnings of facets are compared with the text as it is', async () => {
  for (const texts of runs(
    HOSTILE.filter((text) => /[\p{L}\p{N}]/u.test(text)),
    10,
  )) {
    const facets = texts.map((_, n) => `f${n}: title(first: 100, startsWith: $v${n}) { value count }`).join(' ');
    const query = `query(${texts.map((_, n) => `$v${n}: String!`)}) { searchEmployees { facets { ${facets} } } }`;
    const variables = Object.fromEntries(texts.map((text, n) => [`v${n}`, text]));
    const { data, errors } = await roster.graphql(hr, query, variables);
    expect(errors).toBeUndefined();
    for (const [n, text] of texts.entries()) {
      const counted: readonly { value: string; count: number }[] = data.searchEmployees.facets[`f${n}`];
      expect(
        counted.every(({ value }) => OWN_TITLES.has(value)),
        text,
      ).toBe(true);
      const expected = Map.groupBy(OWN.filter(begins([text])), ({ title }) => folded(title));
      const counts = new Map(counted.map(({ value, count }) => [folded(value), count]));
      expect(counts, text).toEqual(new Map([...expected].map(([value, { length }]) => [value, length])));
    }
  }
});

/** Facets count texts as one whose compatibility forms differ in case alone, and show one of them. */
const folded = (text: string) => text.normalize('NFKD').toLowerCase().trim();

const BAD = 'BAD_USER_INPUT';

it('nothing is taken for an id or a cursor that is none', async () => {
  const query = `query($id: ID!, $text: ID!, $cursor: String!) {
    equal: searchEmployees(filter: { office: { eq: $id } }) { totalCount }
    others: searchEmployees(filter: { office: { not: [$id] } }) { totalCount }
    node(id: $id) { id }
    text: searchEmployees(filter: { office: { in: [$text] } }) { totalCount }
    after: searchEmployees(after: $cursor) { totalCount }
    write: searchEmployees(afterWrite: $cursor) { totalCount }
  }`;
  const refusedAlways = { after: 'BAD_CURSOR', text: BAD, write: BAD };
  for (const text of HOSTILE) {
    const id = encodeGlobalId('Office', text);
    const { data, errors = [] } = await roster.graphql(hr, query, { id, text, cursor: text });
    const refused = Object.fromEntries(errors.map(({ path, extensions }) => [path?.[0], extensions['code']]));
    const found = { after: null, text: null, write: null, node: null };
    if (isKeySafe(text)) {
      expect(refused, text).toEqual(refusedAlways);
      expect(data, text).toEqual({ ...found, equal: { totalCount: 0 }, others: { totalCount: OWN.length } });
    } else {
      expect(refused, text).toEqual({ ...refusedAlways, equal: BAD, node: BAD, others: BAD });
      expect(data, text).toEqual({ ...found, equal: null, others: null });
    }
  }
});
