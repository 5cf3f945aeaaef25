import type { Persona } from '../../dev/identity.ts';
import { ROLES, type Role } from '../../src/auth/viewer.ts';
import { createItem } from '../../src/entities/core/write.ts';
import { Employee, Office, Project, Task } from '../../src/entities/index.ts';
import { decodeGlobalId, encodeGlobalId } from '../../src/schema/electrodb/global-id.ts';
import { NOW, type TestRoster } from './roster.ts';

/** Global ids of an object of each type, by the names that entities have. */
export type Ids = Readonly<Record<'office' | 'employee' | 'project' | 'task', string>>;

/** An organization in which each role has somebody, to whom somebody else reports. */
export interface World {
  readonly org: string;
  readonly marks: Marks;
  readonly as: Readonly<Record<Role, Persona>>;
  /** Objects that have nothing to do with any of the viewers; nobody but its lead has the project. */
  readonly others: Ids;
  /** The employee that a viewer is; CLIENTs are none. */
  readonly oneself: Readonly<Partial<Record<Role, string>>>;
  /** Who reports to them. */
  readonly below: Readonly<Partial<Record<Role, string>>>;
}

/** What an organization is told by, wherever anything of it is answered. */
export interface Marks {
  /** Part of each text. */
  readonly word: string;
  /** Of all dates and times. */
  readonly year: number;
  readonly country: string;
  readonly currency: string;
  /** Each number there is. */
  readonly number: number;
}

export const OURS: Marks = { word: 'ourslike', year: 2020, country: 'DE', currency: 'EUR', number: 42 };
export const THEIRS: Marks = { word: 'theirsalone', year: 1971, country: 'NZ', currency: 'NZD', number: 71 };

/** Writes an organization all of whose values are marked; dates and times too, whatever time it is. */
export async function createWorld({ services, clock }: TestRoster, org: string, marks: Marks): Promise<World> {
  clock.set(`${marks.year}-06-30T09:00:00.000Z`);
  const { word, year, country, currency, number } = marks;
  const date = `${year}-07-05`;
  const text = (name: string) => `${word} ${name}`;
  const { office } = await createItem(services, Office, org, {
    ...{ name: text('name'), street: text('street'), zip: text('zip'), city: text('city'), state: text('state') },
    ...{ country, location: { lat: number, lng: number } },
  });
  const employee = (name: string, manager?: string) =>
    createItem(services, Employee, org, {
      ...{ firstName: text(name), lastName: text('Last'), email: `${name}@${word}.example`, title: word },
      ...{ team: 'engineering' as const, office, hiredOn: date, birthday: date, manager },
      salary: { amount: number, currency },
    });
  const boss = await employee('boss');
  const other = await employee('other', boss.employee);
  const staff = await Promise.all(
    ROLES.filter((role) => role !== 'CLIENT').map(async (role) => {
      const self = await employee(role.toLowerCase(), boss.employee);
      return { role, self, below: await employee(`below-${role.toLowerCase()}`, self.employee) };
    }),
  );
  await employee('below-other', other.employee);
  const { project } = await createItem(services, Project, org, {
    ...{ name: text('project'), description: text('description'), status: 'active', lead: other.employee },
    ...{ startsOn: date, dueOn: date },
  });
  const task = (whose: string) =>
    createItem(services, Task, org, {
      ...{ title: text('task'), description: text('description'), project, employee: whose, status: 'done' },
      ...{ priority: 'normal', points: number, dueOn: date, completedAt: `${date}T12:00:00Z` },
    });
  const { task: others } = await task(other.employee);
  for (const { self, below } of staff) await Promise.all([task(self.employee), task(below.employee)]);
  clock.set(NOW);
  const byRole = (of: (one: (typeof staff)[number]) => { readonly employee: string }) =>
    Object.fromEntries(staff.map((one) => [one.role, encodeGlobalId('Employee', of(one).employee)]));
  return {
    org,
    marks,
    as: Object.fromEntries(
      ROLES.map((role) => [role, { org, role, employee: staff.find((one) => one.role === role)?.self.employee }]),
    ) as Record<Role, Persona>,
    others: {
      office: encodeGlobalId('Office', office),
      employee: encodeGlobalId('Employee', other.employee),
      project: encodeGlobalId('Project', project),
      task: encodeGlobalId('Task', others),
    },
    oneself: byRole(({ self }) => self),
    below: byRole(({ below }) => below),
  };
}

/** What of an answer is another organization's, by the marks of its values. */
export function leaksIn(answer: unknown, { word, year, country, currency, number }: Marks): unknown[] {
  const leaks: unknown[] = [];
  JSON.stringify(answer, (_name, value: unknown) => {
    const isLeak =
      typeof value === 'string'
        ? value.includes(word) || value.startsWith(`${year}-`) || value === country || value === currency
        : value === number;
    if (isLeak) leaks.push(value);
    return value;
  });
  return leaks;
}

/** A new object to be written to, to which nothing refers; the others where a text is about none. */
export async function withNew({ services }: TestRoster, world: World, text: string): Promise<Ids> {
  const { org, marks, others } = world;
  const { word, country, number } = marks;
  const of = (id: string) => decodeGlobalId(id, 'id').id;
  const make = {
    office: async () => {
      const place = { zip: word, city: word, state: word, country, location: { lat: number, lng: number } };
      return encodeGlobalId('Office', (await createItem(services, Office, org, { name: word, ...place })).office);
    },
    project: async () => encodeGlobalId('Project', (await createItem(services, Project, org, { name: word })).project),
    task: async () =>
      encodeGlobalId(
        'Task',
        (await createItem(services, Task, org, { title: word, project: of(others.project) })).task,
      ),
    employee: async () => {
      const person = { firstName: word, lastName: word, title: word, email: `${services.ids.next()}@${word}.example` };
      const place = { office: of(others.office), team: 'legal', hiredOn: `${marks.year}-07-05` } as const;
      return encodeGlobalId('Employee', (await createItem(services, Employee, org, { ...person, ...place })).employee);
    },
  };
  const entity = Object.keys(make).find((name) => text.includes(`<id:${name}>`)) as keyof Ids | undefined;
  return entity ? { ...others, [entity]: await make[entity]() } : others;
}
