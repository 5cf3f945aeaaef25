import { Employee, Office, Project, Task } from '../../src/entities/index.ts';
import type { AnyEntity } from '../../src/entities/model.ts';
import type { Put } from '../../src/entities/statements.ts';
import { Unique, uniqueId } from '../../src/entities/unique.ts';
import type { OrganizationItems, SeedItems } from './generate.ts';
import { SEED_ORGS } from './organizations.ts';

/** The entity of each list of {@link OrganizationItems}. */
export const SEED_ENTITIES = {
  offices: Office,
  employees: Employee,
  projects: Project,
  tasks: Task,
} as const satisfies Record<keyof OrganizationItems, AnyEntity>;

const KINDS = Object.keys(SEED_ENTITIES) as readonly (keyof OrganizationItems)[];

/** How many statements {@link statementsOf} yields. */
export const statementCount = (items: SeedItems): number =>
  SEED_ORGS.reduce(
    (sum, org) => KINDS.reduce((part, kind) => part + items[org][kind].length, sum + items[org].employees.length),
    0,
  );

/**
 * Puts of all items, with the keys of every index, and of the guards that `createItem` would have written with them.
 * Made one by one: together they cost more time than generating the items, which is better spent while others are
 * being written.
 */
export function* statementsOf(items: SeedItems): Generator<Put, void> {
  for (const org of SEED_ORGS) {
    for (const kind of KINDS) {
      for (const item of items[org][kind]) yield SEED_ENTITIES[kind].put({ org, ...item });
    }
    for (const employee of items[org].employees) yield guardOf(org, employee);
  }
}

function guardOf(org: string, { employee, email, createdAt, updatedAt }: Employee): Put {
  const unique = uniqueId(Employee.name, 'email', email);
  return Unique.put({ org, unique, owner: employee, version: 1, createdAt, updatedAt });
}
