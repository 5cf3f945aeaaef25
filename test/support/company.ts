import type { Persona } from '../../dev/identity.ts';
import { createItem } from '../../src/entities/core/write.ts';
import { Employee, Office, Project, Task } from '../../src/entities/index.ts';
import { encodeGlobalId } from '../../src/schema/electrodb/global-id.ts';
import type { TestRoster } from './roster.ts';

/** A small organization with an object of everything, and somebody of each role. */
export interface Company {
  readonly org: string;
  readonly as: Readonly<Record<'client' | 'employee' | 'manager' | 'hr' | 'admin', Persona>>;
  /** Global ids. */
  readonly ids: Readonly<
    Record<'munich' | 'garching' | 'austin' | 'boss' | 'ada' | 'bob' | 'project' | 'task', string>
  >;
}

/** Writes a company by the functions that mutations use: three offices, a boss and two reports, a project, five tasks. */
export async function createCompany({ services }: TestRoster, org: string): Promise<Company> {
  const office = (name: string, zip: string, city: string, state: string, country: string, lat: number, lng: number) =>
    createItem(services, Office, org, { name, zip, city, state, country, location: { lat, lng } });
  const munich = await office('Altstadt', '80331', 'München', 'Bayern', 'DE', 48.137, 11.575);
  const garching = await office('Campus', '85748', 'Garching', 'Bayern', 'DE', 48.249, 11.651);
  const austin = await office('Congress', '78701', 'Austin', 'TX', 'US', 30.267, -97.743);
  const employee = (firstName: string, values: Partial<Parameters<typeof createItem<typeof Employee>>[3]>) =>
    createItem(services, Employee, org, {
      firstName,
      lastName: 'Example',
      email: `${firstName.toLowerCase()}@${org}.example`,
      title: 'Software Engineer',
      team: 'engineering',
      office: munich.office,
      hiredOn: '2020-07-15',
      birthday: '1990-01-05',
      salary: { amount: 9_000_000, currency: 'EUR' },
      ...values,
    });
  const boss = await employee('Boss', { title: 'Head of Engineering', hiredOn: '2018-02-28', birthday: '1980-02-29' });
  const ada = await employee('Ada', { manager: boss.employee });
  const bob = await employee('Bob', {
    manager: boss.employee,
    office: austin.office,
    title: 'Recruiter',
    team: 'people',
  });
  const project = await createItem(services, Project, org, { name: 'Apollo', status: 'active', lead: boss.employee });
  const task = (title: string, values: Partial<Parameters<typeof createItem<typeof Task>>[3]> = {}) =>
    createItem(services, Task, org, { title, project: project.project, status: 'open', priority: 'normal', ...values });
  const first = await task('Design the lander', { employee: ada.employee });
  await task('Build the lander', { employee: ada.employee, status: 'in-progress' });
  await task('Test the lander', { employee: ada.employee, status: 'done' });
  await task('Hire a pilot', { employee: bob.employee });
  await task('Name the lander');
  const id = encodeGlobalId;
  return {
    org,
    as: {
      client: { org, role: 'CLIENT' },
      employee: { org, role: 'EMPLOYEE', employee: ada.employee },
      manager: { org, role: 'MANAGER', employee: boss.employee },
      hr: { org, role: 'HR', employee: bob.employee },
      admin: { org, role: 'ADMIN' },
    },
    ids: {
      munich: id('Office', munich.office),
      garching: id('Office', garching.office),
      austin: id('Office', austin.office),
      boss: id('Employee', boss.employee),
      ada: id('Employee', ada.employee),
      bob: id('Employee', bob.employee),
      project: id('Project', project.project),
      task: id('Task', first.task),
    },
  };
}
