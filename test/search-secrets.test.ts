import { beforeAll, describe, expect, it } from 'vitest';
import type { Persona } from '../dev/identity.ts';
import { encodeGlobalId } from '../src/schema/electrodb/global-id.ts';
import { indexTable } from './support/document-writer.ts';
import { random } from './support/random.ts';
import {
  CITIES,
  globalIds,
  NAMES,
  type RandomCompany,
  randomCompany,
  TITLES,
  WORDS,
} from './support/random-company.ts';
import { type Literals, RandomSearches, searchableSurface, searchFields } from './support/random-searches.ts';
import { type Answer, startRoster, type TestRoster } from './support/roster.ts';

// Two Rosters whose data differ only in what a viewer may not know: whatever is asked, both must answer the same.

/** How often each field is asked. */
const RUNS = 54;
/** Thousands of requests each: a limit for what hangs, however busy the machine is. */
const LIMIT = { timeout: 240_000 };

const quoted = (texts: readonly string[]) => texts.map((text) => JSON.stringify(text));
const numbers = (from: number, step: number) => Array.from({ length: 11 }, (_, i) => String(from + i * step));

const IDS = {
  office: globalIds('Office', 'office'),
  employee: globalIds('Employee', 'employee'),
  project: globalIds('Project', 'project'),
};
const PHRASES = [...WORDS, 'paint wall', 'sun flower', 'the café', ...NAMES, ...TITLES, ...CITIES].map(
  (text) => `"${text}"`,
);
const LITERALS: Literals = {
  query: quoted([...PHRASES, ...PHRASES.map((phrase) => `${phrase} ${PHRASES[0]}`), '']),
  String: quoted([...WORDS, ...TITLES, ...CITIES, ...NAMES, 'CAFE', 's', '10', '9']),
  ID: quoted(Object.values(IDS).flatMap((ids) => ids.slice(0, 5))),
  Boolean: ['true', 'false'],
  Int: numbers(0, 1),
  SafeInt: numbers(0, 1_000_000),
  Float: numbers(-50, 10),
  Date: quoted(['1960-01-01', '1985-06-15', '2020-02-29', '2026-07-01', '2027-01-01']),
  DateTime: quoted(['2024-06-01T00:00:00Z', '2025-06-01T12:00:00.500Z', '2027-01-01T00:00:00Z']),
  CountryCode: quoted(['DE', 'FR', 'JP']),
  CurrencyCode: quoted(['EUR', 'JPY', 'USD', 'CHF']),
  title: quoted(TITLES),
  first: ['0', '1', '3', '7', '40', '100'],
  'Facet.first': ['1', '3', '7', '40', '100'],
  lat: numbers(-90, 18),
  lng: numbers(-180, 36),
  withinMeters: ['1', '500000', '5000000', '20000000'],
  withinPercent: ['0', '50', '100'],
  withinDays: ['0', '100', '364'],
};
/** Unquoted words too, with typing errors, and with secrets for words. */
const FUZZY = [...WORDS, 'pant wal', 'sunflowr', 'caf', 'egineer', 'dev', '9000000', 'EUR JPY', '1985', '19850615'];
const ANY_WORDS: Literals = { ...LITERALS, query: quoted([...PHRASES, ...FUZZY, '']) };

type Twins = readonly [TestRoster, TestRoster];

/** A Roster for each of two data sets, which are indexed in opposite orders, for that must not tell either. */
const startTwins = (...data: readonly [readonly RandomCompany[], readonly RandomCompany[]]) =>
  Promise.all(
    data.map(async (companies, i) => {
      const roster = await startRoster();
      await roster.services.table.batchWrite(companies.flatMap(randomCompany));
      await indexTable(roster, i === 0 ? 'forward' : 'backward');
      return roster;
    }),
  ) as Promise<[TestRoster, TestRoster]>;

/** Cursors and tokens are encrypted, and so never the same twice. */
const isOpaque = (name: string) => /(^|_)(cursor|startCursor|endCursor|writeToken)$/.test(name);

const byPath = (a: { readonly path?: readonly unknown[] }, b: typeof a) => (String(a.path) < String(b.path) ? -1 : 1);

/** All of an answer that can be told by. */
const seen = ({ status, data, errors = [] }: Answer): string =>
  JSON.stringify({ status, data, errors: errors.toSorted(byPath) }, (name, value) =>
    isOpaque(name) && typeof value === 'string' ? 'opaque' : value,
  );

async function writeToken(roster: TestRoster, org: string): Promise<string> {
  const id = encodeGlobalId('Task', 't000');
  return (await roster.graphql({ org, role: 'HR' }, `{ task(id: "${id}") { writeToken } }`)).data.task.writeToken;
}

/** Everything that both answer to an operation and to the pages behind it. */
async function answers(twins: Twins, persona: Persona, query: string, waits: boolean) {
  return Promise.all(
    twins.map(async (roster) => {
      const afterWrite = waits ? await writeToken(roster, persona.org) : null;
      const texts: string[] = [];
      let found = 0;
      for (let after: string | null = null, page = 1; page <= 2; page++) {
        const answer: Answer = await roster.graphql(persona, query, { after, afterWrite });
        texts.push(seen(answer));
        if (answer.data?.found) found++;
        after = answer.data?.found?.paging.endCursor;
        if (!after) break;
      }
      return { text: texts.join('\n'), found };
    }),
  );
}

interface Comparison {
  readonly searches: RandomSearches;
  /** Operations that were answered with a page and not refused as a whole. */
  readonly answered: number;
  /** Operations whose answers were not the same. */
  readonly different: readonly string[];
}

/** Asks both the same random operations over every field that searches. */
async function compare(twins: Twins, persona: Persona, literals: Literals, seed: number): Promise<Comparison> {
  const next = random(seed);
  const searches = new RandomSearches(next, literals);
  const different: string[] = [];
  let answered = 0;
  for (let run = 0; run < RUNS; run++)
    for (const field of searchFields) {
      const query = searches.operation(field);
      const [one, other] = await answers(twins, persona, query, next() < 0.2);
      if (one?.found) answered++;
      if (one?.text !== other?.text) different.push(query);
    }
  return { searches, answered, different };
}

describe('data that differ in salaries and birthdays alone', LIMIT, () => {
  let twins: Twins;
  beforeAll(async () => {
    twins = await startTwins([{ org: 'acme', seed: 1, paySeed: 1 }], [{ org: 'acme', seed: 1, paySeed: 2 }]);
    return () => Promise.all(twins.map((roster) => roster.stop()));
  });

  it.each([
    ['CLIENT', RUNS / 3],
    ['EMPLOYEE', 3 * RUNS],
    ['MANAGER', 3 * RUNS],
  ] as const)('look the same to %s in every search', async (role, least) => {
    const { answered, different } = await compare(twins, { org: 'acme', role }, ANY_WORDS, 1);
    expect(different).toEqual([]);
    expect(answered).toBeGreaterThan(least);
  });

  it('look different to HR, so that these tests could tell', async () => {
    const { searches, different } = await compare(twins, { org: 'acme', role: 'HR' }, ANY_WORDS, 1);
    expect(different.length).toBeGreaterThan(RUNS);
    for (const secret of ['facets', 'filter', 'orderBy', 'upcomingBirthdays', 'comparableSalaries'])
      expect(
        different.filter((query) => query.includes(secret)),
        secret,
      ).not.toEqual([]);
    expect([...searchableSurface()].filter((each) => !searches.covered.has(each))).toEqual([]);
  });
});

describe("data that differ in another organization's documents alone", LIMIT, () => {
  const own: RandomCompany = { org: 'acme', seed: 1 };
  let twins: Twins;
  beforeAll(async () => {
    // Spellings that Meilisearch takes for one, before and behind those of the organization.
    const shouted = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toUpperCase();
    const others: RandomCompany[] = [
      { org: 'ACME', seed: 1, paySeed: 3, spelled: shouted },
      { org: 'zulu', seed: 2, spelled: (text) => text.toLowerCase().replaceAll('sunflower', 'sun flower') },
    ];
    twins = await startTwins([own], [own, ...others]);
    return () => Promise.all(twins.map((roster) => roster.stop()));
  });

  it.each(['EMPLOYEE', 'HR'] as const)('look the same to %s in every search without unquoted words', async (role) => {
    const { answered, different } = await compare(twins, { org: 'acme', role }, LITERALS, 2);
    expect(different).toEqual([]);
    expect(answered).toBeGreaterThan(3 * RUNS);
  });
});
