import type { AnyEntity } from '../../src/entities/core/model.ts';
import { Employee, Office, Project, Task } from '../../src/entities/index.ts';
import { SEED_ORGS, type SeedOrg } from './organizations.ts';

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

const ENTITIES = {
  offices: Office,
  employees: Employee,
  projects: Project,
  tasks: Task,
} as const satisfies Record<keyof OrganizationItems, AnyEntity>;

/** An item with its entity and organization. */
export interface SeedItem {
  readonly entity: AnyEntity;
  /** All attributes that are not derived, `org` among them. */
  readonly item: Readonly<Record<string, unknown>>;
}

/** The items of an organization in the order of creation, each with its entity. */
export const itemsIn = (org: SeedOrg, items: OrganizationItems): readonly SeedItem[] =>
  // Object.keys forgets the keys' type.
  (Object.keys(ENTITIES) as (keyof OrganizationItems)[]).flatMap((kind) =>
    items[kind].map((item) => ({ entity: ENTITIES[kind], item: { org, ...item } })),
  );

/** One value for each organization. */
export const perOrganization = <T>(make: (org: SeedOrg) => T): Readonly<Record<SeedOrg, T>> =>
  // Object.fromEntries forgets the keys' type.
  Object.fromEntries(SEED_ORGS.map((org) => [org, make(org)])) as Record<SeedOrg, T>;
