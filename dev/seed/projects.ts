import type { Faker } from '@faker-js/faker';
import type { Employee, Project } from '../../src/entities/index.ts';
import { chartOf, type Level } from './chart.ts';
import { dayFromReference } from './dates.ts';
import { createdAt, seededId } from './ids.ts';
import { ORGANIZATIONS, type SeedOrg, type Team } from './organizations.ts';
import { TOPICS } from './topics.ts';

/** First and last day, counted in days from the reference date. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A project, and what its tasks are made from. */
export interface StaffedProject {
  readonly project: Project;
  readonly team: Team;
  readonly subject: string;
  readonly span: Span;
  /** Ids of those who do its tasks. */
  readonly members: readonly string[];
}

const MEMBERS = 18;

const STATUSES = [
  { value: 'done', weight: 34 },
  { value: 'active', weight: 42 },
  { value: 'planned', weight: 14 },
  { value: 'paused', weight: 10 },
] as const;

/** The projects of an organization, team by team. The first of a team is active. */
export function projectsOf(
  faker: Faker,
  seed: number,
  org: SeedOrg,
  employees: readonly Employee[],
): readonly StaffedProject[] {
  const chart = chartOf(org);
  const projects: StaffedProject[] = [];
  for (const [key, count] of Object.entries(ORGANIZATIONS[org].projects)) {
    const team = key as Team;
    const among = (...levels: Level[]) =>
      employees.filter((_, i) => chart[i]?.team === team && levels.includes(chart[i].level));
    const [leads, staff] = [among('manager', 'director'), among('staff')];
    for (const [turn, { subject, undertaking }] of faker.helpers.arrayElements(namesOf(team), count).entries()) {
      const index = projects.length;
      const status = turn === 0 ? 'active' : faker.helpers.weightedArrayElement(STATUSES);
      const span = spanOf(faker, status);
      const at = createdAt(index);
      const project: Project = {
        project: seededId(seed, org, 'project', index),
        name: `${subject} ${undertaking}`,
        description: `${subject}: ${faker.helpers.arrayElements(TOPICS[team].goals, { min: 1, max: 2 }).join('; ')}.`,
        status,
        lead: faker.helpers.arrayElement(leads).employee,
        startsOn: dayFromReference(span.start),
        dueOn: dayFromReference(span.end),
        version: 1,
        createdAt: at,
        updatedAt: at,
      };
      projects.push({ project, team, subject, span, members: membersOf(staff, turn) });
    }
  }
  return projects;
}

const namesOf = (team: Team) =>
  TOPICS[team].subjects.flatMap((subject) =>
    TOPICS[team].undertakings.map((undertaking) => ({ subject, undertaking })),
  );

/**
 * The `turn`-th run of a team's staff, so that everybody gets a project before anybody gets two. Every other project
 * has the first of them as well, so that somebody has more than a page of tasks: the EMPLOYEE persona is among them.
 */
function membersOf(staff: readonly Employee[], turn: number): readonly string[] {
  const run = Array.from(
    { length: Math.min(MEMBERS, staff.length) },
    (_, i) => staff[(turn * MEMBERS + i) % staff.length],
  );
  const members = turn % 2 === 0 ? [staff[0], ...run] : run;
  return [...new Set(members.flatMap((member) => (member ? [member.employee] : [])))];
}

// Earliest and latest start by status.
const STARTS: Readonly<Record<Project['status'], { readonly min: number; readonly max: number }>> = {
  done: { min: -900, max: -200 },
  active: { min: -240, max: -20 },
  paused: { min: -400, max: -60 },
  planned: { min: 7, max: 150 },
};

/** What is done ended before the reference date, what is active ends at least a month after it. */
function spanOf(faker: Faker, status: Project['status']): Span {
  const start = faker.number.int(STARTS[status]);
  if (status === 'done') return { start, end: faker.number.int({ min: start + 60, max: -10 }) };
  const shortest = status === 'active' ? 30 - start : 60;
  return { start, end: start + shortest + faker.number.int(200) };
}
