import { ORGANIZATIONS, type SeedOrg, type Team } from './organizations.ts';

/** Ranks of management in ascending order; `staff` manages nobody. */
export const LEVELS = ['staff', 'manager', 'director', 'vp', 'officer', 'head'] as const;

/** A rank of management. */
export type Level = (typeof LEVELS)[number];

/** A place in the organization chart that one employee fills. */
export interface Position {
  readonly team: Team;
  readonly level: Level;
  /** Index of the manager's position, always smaller than its own; undefined for the head of the organization. */
  readonly manager: number | undefined;
}

// A manager has up to eight reports, everybody above up to six managers.
const CAPACITY = [1, 9, 55, 331, Number.POSITIVE_INFINITY] as const;

/**
 * The organization chart: a tree of four to six levels in a large organization, the head first. It depends on the
 * organization's size alone, so an index means the same position whatever the seed.
 */
export function chartOf(org: SeedOrg): readonly Position[] {
  const { teams, officers } = ORGANIZATIONS[org];
  const chart: Position[] = [{ team: 'operations', level: 'head', manager: undefined }];
  for (const [team, size] of Object.entries(teams)) grow(chart, team as Team, size, 0, officers);
  return chart;
}

/** Adds a manager with `size - 1` people below, split evenly among as few subordinate managers as can take them. */
function grow(chart: Position[], team: Team, size: number, manager: number, officer: boolean): void {
  const height = CAPACITY.findIndex((capacity) => size <= capacity);
  const level = officer ? 'officer' : (LEVELS[height] ?? 'vp');
  const self = chart.push({ team, level, manager }) - 1;
  const below = size - 1;
  const branches = Math.ceil(below / (CAPACITY[height - 1] ?? 1));
  for (let branch = 0; branch < branches; branch++) {
    const share = Math.floor((below * (branch + 1)) / branches) - Math.floor((below * branch) / branches);
    grow(chart, team, share, self, false);
  }
}
