import { assertValid } from '../../src/entities/core/validate.ts';
import { itemsIn, type OrganizationItems, perOrganization, type SeedItems } from './items.ts';
import { seededFaker } from './names.ts';
import { officesOf } from './offices.ts';
import { employeesOf } from './people.ts';
import { projectsOf } from './projects.ts';
import { tasksOf } from './tasks.ts';

/**
 * Makes the seed data: plausible people at real places, with their work. The same seed gives the same items, ids and
 * timestamps included. Importing this module loads two gazetteers and thirteen locales, half a second's work: do so
 * only when there is something to generate.
 *
 * @throws ValidationError when an attribute has come to refuse what is generated
 * @example const { globex } = generate(42);
 */
export function generate(seed: number): SeedItems {
  const faker = seededFaker(seed);
  return perOrganization((org) => {
    const offices = officesOf(seed, org);
    const employees = employeesOf(faker, seed, org, offices);
    const staffed = projectsOf(faker, seed, org, employees);
    const projects = staffed.map(({ project }) => project);
    const items: OrganizationItems = { offices, employees, projects, tasks: tasksOf(faker, seed, org, staffed) };
    for (const { entity, item } of itemsIn(org, items)) assertValid(entity.attributes, item, 'new');
    return items;
  });
}
