import { beforeAll, expect, it } from 'vitest';
import { Employee } from '../src/entities/index.ts';
import { textKey } from '../src/search/encoding.ts';
import { random } from './support/random.ts';
import { startRoster, type TestRoster } from './support/roster.ts';

let roster: TestRoster;
const next = random(23);
const pick = <T>(from: readonly T[]) => from[Math.floor(next() * from.length)] as T;
const hr = { org: 'acme', role: 'HR' } as const;

const NAMES = 'Ångström,angstrom,ANGSTRÖM,Zola,zola,Ärzte,Azur,Émile,emile,Łódź,Lodz,東京,Яшин,Ёлкин,ﬁn,7 up'.split(
  ',',
);
const EMPLOYEES = Array.from({ length: 80 }, (_, i) => ({
  employee: `e${i}`,
  firstName: pick(NAMES),
  lastName: pick(NAMES),
  email: `e${i}@acme.example`,
  title: pick(['CEO', 'cto', 'Éclairagiste']),
  team: 'legal',
  office: 'o1',
  hiredOn: pick(['1999-12-31', '2020-01-01', '2020-01-02']),
  ...(next() < 0.6 ? { salary: { amount: pick([1, 20, 100, 3_000]), currency: 'EUR' } } : {}),
}));

beforeAll(async () => {
  roster = await startRoster();
  const at = '2026-01-01T00:00:00.000Z';
  const stamps = { org: 'acme', version: 1, createdAt: at, updatedAt: at };
  await roster.services.table.batchWrite(EMPLOYEES.map((employee) => Employee.put({ ...stamps, ...employee })));
  await roster.indexed();
  return () => roster.stop();
});

/** As clients see them. */
interface Ordered extends Readonly<Record<'firstName' | 'lastName' | 'title' | 'hiredOn', string>> {
  readonly salary?: { readonly amount: number } | null;
}

type Key = string | number | undefined;

/** What keys of orders compare, as the plain way to tell has it. */
const KEYS: Readonly<Record<string, (employee: Ordered) => Key>> = {
  FIRST_NAME: ({ firstName }) => textKey(firstName),
  LAST_NAME: ({ lastName }) => textKey(lastName),
  TITLE: ({ title }) => textKey(title),
  HIRED_ON: ({ hiredOn }) => hiredOn,
  SALARY_AMOUNT: ({ salary }) => salary?.amount,
};

interface OrderKey {
  readonly by: string;
  readonly order: 'ASC' | 'DESC';
}

/** Less than 0 where the first comes first: text by its bytes, what is absent last. */
function compare(a: Key, b: Key, order: OrderKey['order']): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  const ascending = typeof a === 'number' ? a - Number(b) : Buffer.compare(Buffer.from(a), Buffer.from(String(b)));
  return order === 'ASC' ? ascending : -ascending;
}

/** The keys of all employees, one order after the other, as they should come. */
const inOrder = (orderBy: readonly OrderKey[]): Key[][] =>
  EMPLOYEES.map((employee) => orderBy.map(({ by }) => KEYS[by]?.(employee))).sort((a, b) =>
    orderBy.reduce((decided, { order }, i) => decided || compare(a[i], b[i], order), 0),
  );

const SELECTION = '{ edges { node { firstName lastName title hiredOn salary { amount } } } }';

it('orders by any keys, weightiest first; case and accents do not count, what is absent comes last', async () => {
  const names = Object.keys(KEYS);
  const single = names.flatMap((by) => [[{ by, order: 'ASC' } as const], [{ by, order: 'DESC' } as const]]);
  const several = Array.from({ length: 40 }, () =>
    [...new Set([pick(names), pick(names), pick(names)])].map((by): OrderKey => ({ by, order: pick(['ASC', 'DESC']) })),
  );
  for (const orderBy of [...single, ...several]) {
    const query = `query($orderBy: [EmployeeSearchOrder!]) { searchEmployees(orderBy: $orderBy, first: 100) ${SELECTION} }`;
    const { data, errors } = await roster.graphql(hr, query, { orderBy });
    expect(errors).toBeUndefined();
    const keys = data.searchEmployees.edges.map(({ node }: { node: Ordered }) =>
      orderBy.map(({ by }) => KEYS[by]?.(node)),
    );
    expect(keys, JSON.stringify(orderBy)).toEqual(inOrder(orderBy));
  }
});

it('an order comes before how well hits match, and pages go on in it', async () => {
  const query = `query($after: String) { searchEmployees(query: "zola", orderBy: [{ by: HIRED_ON, order: DESC }, { by: FIRST_NAME }], first: 7, after: $after)
    { edges { node { hiredOn firstName } } pageInfo { hasNextPage endCursor } } }`;
  const seen: [string, string][] = [];
  for (let after: string | undefined, hasNextPage = true; hasNextPage; ) {
    const { data } = await roster.graphql(hr, query, { after });
    const { edges, pageInfo } = data.searchEmployees;
    seen.push(...edges.map(({ node }: { node: Ordered }) => [node.hiredOn, textKey(node.firstName)]));
    ({ endCursor: after, hasNextPage } = pageInfo);
  }
  const found = EMPLOYEES.filter(({ firstName, lastName }) => /zola/i.test(firstName + lastName));
  const expected = found.map(({ hiredOn, firstName }) => [hiredOn, textKey(firstName)] as const);
  expect(seen).toEqual(expected.sort((a, b) => compare(a[0], b[0], 'DESC') || compare(a[1], b[1], 'ASC')));
});

it('what is restricted can be ordered and filtered by, by those alone who may read it', async () => {
  const orderBy = 'orderBy: [{ by: TITLE }, { by: SALARY_AMOUNT, order: DESC }]';
  const filters = ['true', 'false'].map((value) => `filter: { not: { salary: { exists: ${value} } } }`);
  for (const role of ['EMPLOYEE', 'MANAGER'] as const) {
    const codes: unknown[] = [];
    for (const args of [orderBy, ...filters]) {
      const { errors = [] } = await roster.graphql(
        { org: 'acme', role },
        `{ searchEmployees(${args}) { totalCount } }`,
      );
      codes.push([errors[0]?.extensions['code'], errors[0]?.message.split(' is ')[0]]);
    }
    const refused = 'filter.not.salary';
    expect(codes).toEqual([
      ['FORBIDDEN', 'orderBy[1].by'],
      ['FORBIDDEN', refused],
      ['FORBIDDEN', refused],
    ]);
  }
  const [absent, there] = await Promise.all(
    filters.map(async (args) => (await roster.graphql(hr, `{ searchEmployees(${args}) { totalCount } }`)).data),
  );
  const paid = EMPLOYEES.filter(({ salary }) => salary).length;
  expect(there.searchEmployees.totalCount).toBe(paid);
  expect(absent.searchEmployees.totalCount).toBe(EMPLOYEES.length - paid);
});
