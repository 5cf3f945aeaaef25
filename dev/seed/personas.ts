import { chartOf } from './chart.ts';
import { seededId } from './ids.ts';
import type { SeedOrg } from './organizations.ts';

/** Roles that a development token can be had for. */
export const PERSONA_ROLES = ['EMPLOYEE', 'MANAGER', 'HR', 'ADMIN'] as const;

/** A role that a development token can be had for. */
export type PersonaRole = (typeof PERSONA_ROLES)[number];

/**
 * The id of the seeded employee who stands for a role: an engineer with tasks, that engineer's manager, somebody of
 * team `people`, the head of the organization. Nothing is generated for it: it takes well under a millisecond.
 *
 * @example personaFor(42, 'globex', 'HR')
 */
export const personaFor = (seed: number, org: SeedOrg, role: PersonaRole): string =>
  seededId(seed, org, 'employee', personaIndex(org, role));

/** The persona's position in the organization chart. */
export function personaIndex(org: SeedOrg, role: PersonaRole): number {
  const chart = chartOf(org);
  const staff = (team: string) => chart.findIndex((position) => position.team === team && position.level === 'staff');
  switch (role) {
    case 'EMPLOYEE':
      return staff('engineering');
    case 'MANAGER':
      return chart[staff('engineering')]?.manager ?? 0;
    case 'HR':
      return staff('people');
    case 'ADMIN':
      return 0;
  }
}
