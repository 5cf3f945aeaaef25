import type { Faker } from '@faker-js/faker';
import type { Project, Task } from '../../src/entities/index.ts';
import { dayFromReference } from './dates.ts';
import { createdAt, seededId } from './ids.ts';
import { ORGANIZATIONS, type SeedOrg } from './organizations.ts';
import type { Span, StaffedProject } from './projects.ts';
import { TOPICS } from './topics.ts';

type Weighted<T> = readonly { readonly value: T; readonly weight: number }[];

const weights = <T extends string>(table: Readonly<Partial<Record<T, number>>>): Weighted<T> =>
  // Object.entries forgets the keys' type.
  (Object.entries(table) as [T, number][]).map(([value, weight]) => ({ value, weight }));

// What a task's status is likely to be, by its project's.
const STATUSES: Readonly<Record<Project['status'], Weighted<Task['status']>>> = {
  planned: weights<Task['status']>({ open: 96, 'in-progress': 3, blocked: 1 }),
  active: weights<Task['status']>({ open: 28, 'in-progress': 14, blocked: 5, done: 53 }),
  paused: weights<Task['status']>({ open: 45, blocked: 15, done: 40 }),
  done: weights<Task['status']>({ done: 1 }),
};
const PRIORITIES = weights<Task['priority']>({ low: 20, normal: 55, high: 20, urgent: 5 });
const POINTS = [1, 1, 2, 2, 3, 3, 5, 5, 8, 13] as const;
const UNASSIGNED: Readonly<Record<Task['status'], number>> = { open: 0.4, 'in-progress': 0, blocked: 0.1, done: 0 };

const DETAILS = [
  'Done when it has run for a week without anybody noticing.',
  'Ask the lead before changing anything that customers see.',
  'See the notes of the last meeting; the open questions are at the end.',
  'Small steps, please: each one should be reviewable within half an hour.',
  'Three customers have asked for this since January.',
  'Blocks others, so say early when it takes longer than planned.',
] as const;

/** The tasks of an organization, project by project. */
export function tasksOf(
  faker: Faker,
  seed: number,
  org: SeedOrg,
  projects: readonly StaffedProject[],
): readonly Task[] {
  const sizes = sizesOf(faker, projects.length, ORGANIZATIONS[org].tasksPerProject);
  return projects
    .flatMap((project, i) => Array.from({ length: sizes[i] ?? 0 }, () => project))
    .map((project, index) => ({
      task: seededId(seed, org, 'task', index),
      ...taskOf(faker, project),
      ...stamps(index),
    }));
}

/** So many tasks for each project, `average` of them on average: what one has more, the next has less. */
function sizesOf(faker: Faker, projects: number, average: number): readonly number[] {
  const pairs = Array.from({ length: Math.floor(projects / 2) }, () => {
    const more = faker.number.int({ min: -Math.floor(average * 0.7), max: Math.floor(average * 0.7) });
    return [average + more, average - more];
  });
  return [...pairs.flat(), ...(projects % 2 === 1 ? [average] : [])];
}

function stamps(index: number) {
  const at = createdAt(index);
  return { version: 1, createdAt: at, updatedAt: at };
}

function taskOf(faker: Faker, { project, team, subject, members, span }: StaffedProject) {
  const { tasks, parts } = TOPICS[team];
  const status = faker.helpers.weightedArrayElement(STATUSES[project.status]);
  const title = faker.helpers
    .arrayElement(tasks)
    .replace('{part}', faker.helpers.arrayElement(parts))
    .replace('{subject}', subject);
  return {
    title,
    ...(chance(faker, 0.4) ? { description: faker.helpers.arrayElement(DETAILS) } : {}),
    project: project.project,
    ...(chance(faker, UNASSIGNED[status]) ? {} : { employee: faker.helpers.arrayElement(members) }),
    status,
    priority: faker.helpers.weightedArrayElement(PRIORITIES),
    ...(chance(faker, 0.85) ? { points: faker.helpers.arrayElement(POINTS) } : {}),
    ...datesOf(faker, span, status),
  };
}

const chance = (faker: Faker, probability: number): boolean => faker.number.float() < probability;

/** Due within the project; done before the reference date, within two weeks of the day it was due. */
function datesOf(faker: Faker, { start, end }: Span, status: Task['status']): Pick<Task, 'dueOn' | 'completedAt'> {
  const earliest = status === 'done' ? start : Math.min(Math.max(start, -20), end);
  const due = faker.number.int({ min: earliest, max: status === 'done' ? Math.min(end, -1) : end });
  const dated = chance(faker, 0.85) ? { dueOn: dayFromReference(due) } : {};
  if (status !== 'done') return dated;
  const day = dayFromReference(Math.min(Math.max(due + faker.number.int({ min: -14, max: 14 }), start), -1));
  const minutes = faker.number.int({ min: 8 * 60, max: 18 * 60 });
  return { ...dated, completedAt: new Date(Date.parse(day) + minutes * 60_000).toISOString() };
}
