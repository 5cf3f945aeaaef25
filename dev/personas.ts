import type { Role } from '../src/auth/viewer.ts';
import type { Persona } from './identity.ts';
import { PERSONA_ROLES, type PersonaRole, personaFor, SEED_ORGS, type SeedOrg } from './seed/index.ts';

const isSeedOrg = (org: string): org is SeedOrg => (SEED_ORGS as readonly string[]).includes(org);
const isPersonaRole = (role: string): role is PersonaRole => (PERSONA_ROLES as readonly string[]).includes(role);

/**
 * Whom a development token stands for: the seeded employee of that role, where there is one.
 *
 * @param seed of the data in the table; undefined when they are of other origin
 */
export const personaOf = (org: string, role: Role, seed: number | undefined): Persona =>
  seed !== undefined && isSeedOrg(org) && isPersonaRole(role)
    ? { org, role, employee: personaFor(seed, org, role) }
    : { org, role };
