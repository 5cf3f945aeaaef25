import type { Employee, Office, Project, Task } from '../../src/entities/index.ts';
import { seededFaker } from './names.ts';
import { officesOf } from './offices.ts';
import { SEED_ORGS, type SeedOrg } from './organizations.ts';
import { employeesOf } from './people.ts';
import { projectsOf } from './projects.ts';
import { tasksOf } from './tasks.ts';

/** All that an organization has. */
export interface OrganizationItems {
  readonly offices: readonly Office[];
  /** In the order of the organization chart: the head first, managers before their reports. */
  readonly employees: readonly Employee[];
  readonly projects: readonly Project[];
  readonly tasks: readonly Task[];
}

/** The seed data, by organization. */
export type SeedItems = Readonly<Record<SeedOrg, OrganizationItems>>;

/**
 * Makes the seed data: plausible people at real places, with their work. The same seed gives the same items, ids and
 * timestamps included. Importing this module loads two gazetteers and thirteen locales, about a second's work: do so
 * only when there is something to generate.
 *
 * @example const { globex } = generate(42);
 */
export function generate(seed: number): SeedItems {
  const faker = seededFaker(seed);
  const itemsOf = (org: SeedOrg): OrganizationItems => {
    const offices = officesOf(seed, org);
    const employees = employeesOf(faker, seed, org, offices);
    const staffed = projectsOf(faker, seed, org, employees);
    const projects = staffed.map(({ project }) => project);
    return { offices, employees, projects, tasks: tasksOf(faker, seed, org, staffed) };
  };
  // Object.fromEntries forgets the keys' type.
  return Object.fromEntries(SEED_ORGS.map((org) => [org, itemsOf(org)])) as SeedItems;
}
