import type { Employee } from '../../src/entities/index.ts';

/** A part of a company, as employees have it. */
export type Team = Employee['team'];

/** How big an organization is. */
export interface Size {
  /** Members per team, heads included; the head of the whole organization comes on top. */
  readonly teams: Readonly<Partial<Record<Team, number>>>;
  /** Projects per team. */
  readonly projects: Readonly<Partial<Record<Team, number>>>;
  readonly tasksPerProject: number;
  /** Whether heads of teams are officers of the company, such as a CTO, or plain managers. */
  readonly officers: boolean;
}

/** The organizations of the development stack: a large one, and a small one beside it that must stay separate. */
export const ORGANIZATIONS = {
  globex: {
    teams: {
      engineering: 640,
      sales: 330,
      support: 280,
      operations: 180,
      marketing: 150,
      product: 130,
      finance: 99,
      design: 80,
      people: 70,
      legal: 40,
    },
    projects: {
      engineering: 30,
      product: 14,
      sales: 10,
      marketing: 10,
      operations: 9,
      design: 8,
      support: 6,
      finance: 6,
      people: 5,
      legal: 2,
    },
    tasksPerProject: 50,
    officers: true,
  },
  initech: {
    teams: { engineering: 5, sales: 2, product: 1, design: 1, people: 1, support: 1 },
    projects: { engineering: 2, sales: 1 },
    tasksPerProject: 10,
    officers: false,
  },
} as const satisfies Record<string, Size>;

/** The name of a seeded organization, as it stands in tokens. */
export type SeedOrg = keyof typeof ORGANIZATIONS;

/** The names of all seeded organizations. */
export const SEED_ORGS = Object.keys(ORGANIZATIONS) as readonly SeedOrg[];
