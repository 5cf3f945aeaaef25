import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Persona } from '../dev/identity.ts';
import { MAX_LEVELS } from '../src/auth/policy.ts';
import { Employee } from '../src/entities/index.ts';
import { encodeGlobalId } from '../src/schema/electrodb/global-id.ts';
import { startRoster, type TestRoster } from './support/roster.ts';
import { tripsText } from './support/round-trips.ts';

// Salary and birthday are open to all managers above an employee, and it is known from the table who they are.

let roster: TestRoster;

const CHAIN = MAX_LEVELS + 3;
const LEADS = 6;
/** Who reports to whom: a head, six leads with five people each, a long line, and two who report to each other. */
const MANAGERS: Readonly<Record<string, string | undefined>> = {
  head: undefined,
  ...Object.fromEntries(Array.from({ length: LEADS }, (_, i) => [`lead${i}`, 'head'])),
  ...Object.fromEntries(Array.from({ length: LEADS * 5 }, (_, i) => [`person${i}`, `lead${i % LEADS}`])),
  ...Object.fromEntries(Array.from({ length: CHAIN }, (_, i) => [`chain${i}`, i === 0 ? undefined : `chain${i - 1}`])),
  ...{ castor: 'pollux', pollux: 'castor', narcissus: 'narcissus', orphan: 'nobody' },
  ...{ former: 'head', report: 'former' },
};
/** Of the same ids, but for another organization, where person0 is the head's head. */
const FOREIGN: Readonly<Record<string, string | undefined>> = { head: 'person0', person0: undefined, person1: 'head' };

const rows = (org: string, managers: typeof MANAGERS) =>
  Object.entries(managers).map(([employee, manager]) =>
    Employee.put({
      ...{ org, employee, version: 1, createdAt: '2026-01-01T00:00:00.000Z', updatedAt: '2026-01-01T00:00:00.000Z' },
      ...{ firstName: employee, lastName: 'X', email: `${employee}@${org}.example`, title: 'T', team: 'legal' },
      ...{ hiredOn: '2020-01-01', birthday: '1990-01-05', salary: { amount: 1, currency: 'EUR' } },
      office: employee.startsWith('person') ? 'office' : 'elsewhere',
      ...(manager === undefined ? {} : { manager }),
      ...(employee === 'former' ? { expires: Date.parse('2026-06-30T08:00:00Z') / 1_000 } : {}),
    } as Parameters<typeof Employee.put>[0]),
  );

beforeAll(async () => {
  roster = await startRoster({ WORK_BUDGET_ROWS: '40' });
  await roster.services.table.batchWrite([...rows('acme', MANAGERS), ...rows('umbrella', FOREIGN)]);
  return () => roster.stop();
});

beforeEach(() => {
  roster.trips.length = 0;
});

const id = (employee: string) => encodeGlobalId('Employee', employee);
const as = (employee: string, role: Persona['role'] = 'MANAGER'): Persona => ({ org: 'acme', role, employee });

/** Whether somebody sees an employee's salary and birthday, both or neither. */
async function sees(viewer: Persona, employee: string): Promise<boolean> {
  const { data, errors } = await roster.graphql(
    viewer,
    'query($id: ID!) { employee(id: $id) { firstName birthday salary { amount } } }',
    { id: id(employee) },
  );
  const { firstName, birthday, salary } = data.employee;
  expect(firstName).toBe(employee);
  expect(salary === null).toBe(birthday === null);
  expect((errors ?? []).map(({ message }) => message)).toEqual(
    salary
      ? []
      : ['birthday', 'salary'].map(
          (field) =>
            `Employee.${field} of this object is not open to you. For HR and ADMIN, for each MANAGER those of everybody below them, and for everybody their own.`,
        ),
  );
  return salary !== null;
}

describe('salary and birthday', () => {
  it.each([
    ['a manager', as('lead0'), 'person0', true],
    ["a manager's manager", as('head'), 'person0', true],
    ['a manager of another line', as('lead1'), 'person0', false],
    ['those below', as('person0'), 'lead0', false],
    ['a colleague', as('person6'), 'person0', false],
    ['themselves', as('person0', 'EMPLOYEE'), 'person0', true],
    ['a manager whose role says that they are none', as('lead0', 'EMPLOYEE'), 'person0', false],
    ['somebody of the role who is no employee', { org: 'acme', role: 'MANAGER' }, 'person0', false],
    ['those of the same id in another organization', { ...as('person0'), org: 'umbrella' }, 'person1', true],
    ['the head of such', as('person0'), 'person1', false],
    ['the top of a line that is as long as may be', as(`chain${CHAIN - 1 - MAX_LEVELS}`), `chain${CHAIN - 1}`, true],
    ['the top of a longer one', as(`chain${CHAIN - 2 - MAX_LEVELS}`), `chain${CHAIN - 1}`, false],
    ['a manager in a circle', as('pollux'), 'castor', true],
    ['whoever is outside of a circle', as('head'), 'castor', false],
    ['whoever is outside of a circle of one', as('head'), 'narcissus', false],
    ['those who look up to nobody who exists', as('head'), 'orphan', false],
    ['whoever stands above a manager who has expired', as('head'), 'report', false],
  ] as const)('are for %s: %j sees %s: %s', async (_what, viewer, employee, seen) => {
    expect(await sees(viewer, employee)).toBe(seen);
  });

  it('are not for clients, be their employee what it may', async () => {
    const { errors } = await roster.graphql(as('head', 'CLIENT'), `{ employee(id: "${id('person0')}") { birthday } }`);
    expect(errors?.map(({ message }) => message)).toEqual([
      'Query.employee is not open to the role CLIENT. For EMPLOYEE, MANAGER, HR and ADMIN.',
    ]);
  });

  it('stay out of filters, whoever is below', async () => {
    const query = `{ employee(id: "${id('head')}") { reports(filter: { salary: { amount: { gte: 0 } } }) { totalCount } } }`;
    expect((await roster.graphql(as('head'), query)).errors?.map(({ message }) => message)).toEqual([
      'filter.salary is not open to you, since a filter would give its values away; leave it out. For HR and ADMIN.',
    ]);
  });

  it('follow a transfer at once, within one operation', async () => {
    const admin = { ...as('head'), role: 'HR' } as const;
    const move = (to: string) =>
      roster.graphql(
        admin,
        'mutation($id: ID!, $to: ID!) { transferEmployee(input: { id: $id, manager: $to }) { __typename } }',
        {
          id: id('person29'),
          to: id(to),
        },
      );
    expect(await sees(as('lead5'), 'person29')).toBe(true);
    expect((await move('lead0')).data.transferEmployee).toEqual({ __typename: 'Employee' });
    expect(await sees(as('lead5'), 'person29')).toBe(false);
    expect(await sees(as('lead0'), 'person29')).toBe(true);
    await move('lead5');
  });
});

describe('what it costs', () => {
  const list = (selection: string) => `{ office(id: "${encodeGlobalId('Office', 'office')}") { id }
    employee(id: "${id('lead0')}") { reports(first: 100) { edges { node { ${selection} } } } } }`;
  const everybody = (selection: string) =>
    `{ ${Array.from({ length: 30 }, (_, i) => `p${i}: employee(id: "${id(`person${i}`)}") { ${selection} }`).join(' ')} }`;
  const trips = async (viewer: Persona, query: string) => {
    roster.trips.length = 0;
    await roster.graphql(viewer, query);
    return tripsText(roster.trips);
  };

  it('is nothing for those who report to the viewer directly', async () => {
    expect(await trips(as('lead0'), list('salary { amount }'))).toEqual(await trips(as('lead0'), list('firstName')));
  });

  it('is one BatchGet for each level, however many are shown', async () => {
    const plain = await trips(as('head'), everybody('firstName'));
    expect(plain).toEqual(['BatchGetItem']);
    expect(await trips(as('head'), everybody('salary { amount } birthday'))).toEqual([...plain, 'BatchGetItem']);
    // Whoever is not above them has the whole line followed.
    const all = await trips(as('chain0'), everybody('salary { amount }'));
    expect(all).toEqual([...plain, 'BatchGetItem', 'GetItem']);
    const read = roster.calls.slice(-2).map(({ keys }) => keys?.length);
    expect(read).toEqual([LEADS, 1]);
  });

  it('is nothing for HR, for employees, and where neither is selected', async () => {
    for (const role of ['HR', 'ADMIN', 'EMPLOYEE', 'CLIENT'] as const) {
      const plain = await trips(as('head', role), everybody('firstName'));
      expect(await trips(as('head', role), everybody('salary { amount } birthday'))).toEqual(plain);
    }
  });

  it('counts against the work budget, beyond which nothing is shown', async () => {
    const long = `chain: employee(id: "${id(`chain${CHAIN - 1}`)}") { salary { amount } }`;
    const above = as(`chain${CHAIN - 1 - MAX_LEVELS}`);
    expect((await roster.graphql(above, `{ ${long} }`)).data.chain).toEqual({ salary: { amount: 1 } });
    const { data, errors } = await roster.graphql(above, `${everybody('firstName').slice(0, -1)} ${long} }`);
    expect(data.chain).toEqual({ salary: null });
    expect(errors?.map(({ extensions }) => extensions['code'])).toEqual(['WORK_BUDGET_EXCEEDED']);
  });
});
