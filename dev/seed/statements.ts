import type { Put } from '../../src/entities/core/statements.ts';
import { Unique, uniqueId } from '../../src/entities/core/unique.ts';
import { Employee } from '../../src/entities/index.ts';
import { itemsIn, type SeedItems } from './items.ts';
import { SEED_ORGS } from './organizations.ts';

/** How many statements {@link statementsOf} yields. */
export const statementCount = (items: SeedItems): number =>
  SEED_ORGS.reduce((sum, org) => sum + itemsIn(org, items[org]).length + items[org].employees.length, 0);

/**
 * Puts of all items, with the keys of every index, and of the guards that `createItem` would have written with them.
 * Made one by one: together they cost more time than generating the items, which is better spent while others are
 * being written.
 */
export function* statementsOf(items: SeedItems): Generator<Put, void> {
  for (const org of SEED_ORGS) {
    for (const { entity, item } of itemsIn(org, items[org])) yield entity.put(item);
    for (const employee of items[org].employees) yield guardOf(org, employee);
  }
}

function guardOf(org: string, { employee, email, createdAt, updatedAt }: Employee): Put {
  const unique = uniqueId(Employee.name, 'email', email);
  return Unique.put({ org, unique, owner: employee, version: 1, createdAt, updatedAt });
}
