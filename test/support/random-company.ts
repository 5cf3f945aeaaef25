import type { Put } from '../../src/entities/core/statements.ts';
import { TEAMS } from '../../src/entities/employee.ts';
import { Employee, Office, Project, Task } from '../../src/entities/index.ts';
import { PROJECT_STATUSES } from '../../src/entities/project.ts';
import { TASK_PRIORITIES, TASK_STATUSES } from '../../src/entities/task.ts';
import { encodeGlobalId } from '../../src/schema/electrodb/global-id.ts';
import { random } from './random.ts';
import { NOW } from './roster.ts';

/** Which organization to make up. */
export interface RandomCompany {
  readonly org: string;
  /** Of what everyone in the organization may read; the same seed makes the same ids. */
  readonly seed: number;
  /** Of salaries and birthdays. @defaultValue the same as `seed` */
  readonly paySeed?: number;
  /** What becomes of every text. @defaultValue nothing */
  readonly spelled?: (text: string) => string;
}

export const CITIES = ['Café Noir', 'München', 'Łódź', 'Straße am See', '東京', 'Rio'];
export const TITLES = ['Software Engineer', 'Head of People', 'Café Manager', 'Développeur', 'Straßenplaner'];
export const NAMES = ['Ada', 'Björn', 'Chloé', 'Đorđe', 'Zoë', 'Übel', 'O’Neil', 'Ñandú'];
export const WORDS = ['paint', 'the', 'wall', 'café', 'lander', 'sunflower', 'sun', 'flower', 'développe', '壁を塗る'];
const COUNTS = { office: 5, employee: 40, project: 5, task: 60 } as const;
type Kind = keyof typeof COUNTS;

const idOf = (kind: Kind, i: number): string => `${kind[0]}${String(i).padStart(3, '0')}`;

/** The global ids of a random company's objects of a type. */
export const globalIds = (typename: string, kind: Kind): string[] =>
  Array.from({ length: COUNTS[kind] }, (_, i) => encodeGlobalId(typename, idOf(kind, i)));

/** The rows of an organization with everything in it, optional attributes sometimes absent. */
export function randomCompany({ org, seed, paySeed = seed, spelled = (text) => text }: RandomCompany): Put[] {
  const next = random(seed);
  const nextPay = random(paySeed);
  const pick = <T>(from: readonly T[], by = next) => from[Math.floor(by() * from.length)] as T;
  const int = (min: number, max: number, by = next) => min + Math.floor(by() * (max - min + 1));
  const two = (number: number) => String(number).padStart(2, '0');
  const day = (from: number, to: number, by = next) =>
    `${int(from, to, by)}-${two(int(1, 12, by))}-${two(int(1, 28, by))}`;
  const text = (words: number) => spelled(Array.from({ length: words }, () => pick(WORDS)).join(' '));
  const maybe = <T extends object>(values: T): T | object => (next() < 0.7 ? values : {});
  const common = () => ({ org, version: int(1, 3), createdAt: NOW, updatedAt: NOW });
  const all = <T>(kind: Kind, make: (id: string) => T) =>
    Array.from({ length: COUNTS[kind] }, (_, i) => make(idOf(kind, i)));
  const some = (kind: Kind) => idOf(kind, int(0, COUNTS[kind] - 1));
  const offices = all('office', (office) =>
    Office.put({
      ...common(),
      ...maybe({ street: text(2) }),
      office,
      name: text(2),
      zip: String(int(10, 99)),
      city: spelled(pick(CITIES)),
      state: spelled(pick(CITIES)),
      country: pick(['DE', 'FR', 'JP']),
      location: { lat: int(-900, 900) / 10, lng: int(-1_800, 1_800) / 10 },
    }),
  );
  const employees = all('employee', (employee) => {
    // Always drawn, so that what is drawn after them does not depend on what is absent.
    const salary = { amount: int(1, 9, nextPay) * 1_000_000, currency: pick(['EUR', 'JPY', 'USD'], nextPay) };
    const birthday = day(1960, 2005, nextPay);
    return Employee.put({
      ...common(),
      ...maybe({ manager: some('employee') }),
      ...(nextPay() < 0.8 ? { salary } : {}),
      ...(nextPay() < 0.8 ? { birthday } : {}),
      employee,
      firstName: spelled(pick(NAMES)),
      lastName: spelled(pick(NAMES)),
      email: `${employee}@example.com`,
      title: spelled(pick(TITLES)),
      team: pick(TEAMS),
      office: some('office'),
      hiredOn: day(2015, 2025),
    });
  });
  const projects = all('project', (project) =>
    Project.put({
      ...common(),
      ...maybe({ description: text(40) }),
      ...maybe({ lead: some('employee') }),
      ...maybe({ startsOn: day(2024, 2026), dueOn: day(2026, 2028) }),
      project,
      name: text(2),
      status: pick(PROJECT_STATUSES),
    }),
  );
  const tasks = all('task', (task) =>
    Task.put({
      ...common(),
      ...maybe({ description: text(40) }),
      ...maybe({ employee: some('employee') }),
      ...maybe({ points: int(0, 8), dueOn: day(2026, 2028) }),
      ...maybe({ completedAt: `${day(2024, 2026)}T12:00:00.${int(100, 999)}Z` }),
      task,
      title: text(3),
      project: some('project'),
      status: pick(TASK_STATUSES),
      priority: pick(TASK_PRIORITIES),
    }),
  );
  return [...offices, ...employees, ...projects, ...tasks];
}
