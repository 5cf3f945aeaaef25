import { managedAttributes } from './managed.ts';

// What every object inherits: ElectroDB takes it for the declaration of an attribute.
const INHERITED = [
  ...['constructor', 'hasOwnProperty', 'isPrototypeOf', 'propertyIsEnumerable'],
  ...['toLocaleString', 'toString', 'valueOf'],
] as const;

/** Names that no attribute can have, by what has them already. */
export const reservedNames = {
  'every entity': ['id', ...(Object.keys(managedAttributes) as (keyof typeof managedAttributes)[])],
  'the table': ['pk', 'sk', 'gsi1pk', 'gsi1sk', 'gsi2pk', 'gsi2sk', 'gsi3pk', 'gsi3sk'],
  filters: ['and', 'or', 'not'],
  updates: ['expectedVersion'],
  JavaScript: INHERITED,
} as const;

/** Names that no property of a map can have, by what has them already. */
export const reservedProperties = { filters: ['exists'], JavaScript: INHERITED } as const;

/** Names by what has them already. */
type Groups = Readonly<Record<string, readonly string[]>>;

/** Stands where something has a name that it can't have, to be printed by the compiler. */
export interface ReservedName<By, Names> {
  readonly by: By;
  readonly names: Names;
}

/** Why a name is reserved; never for one that is not. */
export type Reserved<K, G extends Groups> = {
  [By in keyof G]: K extends G[By][number] ? ReservedName<By, G[By][number]> : never;
}[keyof G];

/** Checks names that the compiler does not know. @throws Error naming what else is reserved */
export function assertFree(path: string, name: string, groups: Groups): void {
  for (const [by, names] of Object.entries(groups))
    if (names.includes(name))
      throw new Error(`${path} can't have the name "${name}"; reserved by ${by} are ${names.join(', ')}`);
}
