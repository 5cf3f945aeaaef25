import { LEVELS, type Level } from './chart.ts';
import type { Team } from './organizations.ts';

/** The titles of a team. */
interface Ladder {
  /** What staff are called, by how common it is. */
  readonly staff: Readonly<Record<string, number>>;
  /** Prefixes for the four grades of staff. */
  readonly grades: readonly [string, string, string, string];
  readonly management: Readonly<Record<Exclude<Level, 'staff' | 'head'>, string>>;
  /** Pay relative to the company's average. */
  readonly pay: number;
}

const PREFIXES = ['Junior ', '', 'Senior ', 'Lead '] as const;

const management = (manager: string, field: string, officer: string) => ({
  manager,
  director: `Director of ${field}`,
  vp: `VP of ${field}`,
  officer,
});

const LADDERS: Readonly<Record<Team, Ladder>> = {
  design: {
    staff: { 'Product Designer': 6, 'UX Researcher': 2, 'Brand Designer': 1 },
    grades: PREFIXES,
    management: management('Design Manager', 'Design', 'Chief Design Officer'),
    pay: 1.1,
  },
  engineering: {
    staff: { 'Software Engineer': 10, 'Site Reliability Engineer': 2, 'Data Engineer': 2, 'QA Engineer': 2 },
    grades: ['Associate ', '', 'Senior ', 'Staff '],
    management: management('Engineering Manager', 'Engineering', 'Chief Technology Officer'),
    pay: 1.3,
  },
  finance: {
    staff: { Accountant: 4, 'Financial Analyst': 4, 'Payroll Specialist': 1 },
    grades: PREFIXES,
    management: management('Finance Manager', 'Finance', 'Chief Financial Officer'),
    pay: 0.95,
  },
  legal: {
    staff: { 'Legal Counsel': 4, Paralegal: 2, 'Compliance Analyst': 2 },
    grades: PREFIXES,
    management: management('Managing Counsel', 'Legal Affairs', 'General Counsel'),
    pay: 1.2,
  },
  marketing: {
    staff: { 'Marketing Specialist': 5, 'Content Strategist': 2, 'Growth Analyst': 2 },
    grades: PREFIXES,
    management: management('Marketing Manager', 'Marketing', 'Chief Marketing Officer'),
    pay: 0.85,
  },
  operations: {
    staff: { 'Operations Analyst': 4, 'IT Administrator': 3, 'Office Coordinator': 2 },
    grades: PREFIXES,
    management: management('Operations Manager', 'Operations', 'Chief Operating Officer'),
    pay: 0.8,
  },
  people: {
    staff: { 'HR Generalist': 4, Recruiter: 4, 'Learning Specialist': 1 },
    grades: PREFIXES,
    management: management('People Manager', 'People', 'Chief People Officer'),
    pay: 0.8,
  },
  product: {
    staff: { 'Product Manager': 6, 'Product Analyst': 3, 'Technical Writer': 1 },
    grades: ['Associate ', '', 'Senior ', 'Principal '],
    management: management('Group Product Manager', 'Product', 'Chief Product Officer'),
    pay: 1.2,
  },
  sales: {
    staff: { 'Account Executive': 6, 'Sales Engineer': 2, 'Business Development Representative': 3 },
    grades: PREFIXES,
    management: management('Sales Manager', 'Sales', 'Chief Revenue Officer'),
    pay: 0.95,
  },
  support: {
    staff: { 'Support Specialist': 6, 'Technical Support Engineer': 3 },
    grades: PREFIXES,
    management: management('Support Manager', 'Support', 'Chief Customer Officer'),
    pay: 0.65,
  },
};

const HEAD = 'Chief Executive Officer';

/** The four grades of staff, from the lowest, with how common each is. */
export const GRADES = [
  { value: 0, weight: 18 },
  { value: 1, weight: 42 },
  { value: 2, weight: 30 },
  { value: 3, weight: 10 },
] as const;

/** Kinds of staff in a team, with how common each is. */
export const staffTitles = (team: Team): Readonly<Record<string, number>> => LADDERS[team].staff;

/** The title of a position; `kind` and `grade` (0 to 3) matter for staff only. */
export function titleOf(team: Team, level: Level, kind: string, grade: number): string {
  if (level === 'head') return HEAD;
  return level === 'staff' ? `${LADDERS[team].grades[grade]}${kind}` : LADDERS[team].management[level];
}

/** Seniority from 0 to 8: the four grades of staff, then the levels of management. */
export const seniority = (level: Level, grade: number): number =>
  level === 'staff' ? grade : LEVELS.indexOf(level) + GRADES.length - 1;

// Of each seniority against the average of all: staff earn 0.65 to 1.4, the head six times the average.
const PAY_BY_SENIORITY = [0.65, 0.85, 1.1, 1.4, 1.5, 1.95, 2.5, 3.4, 6] as const;

/** What a team pays at a seniority, relative to the company's average within a country. */
export const relativePay = (team: Team, rank: number): number => LADDERS[team].pay * (PAY_BY_SENIORITY[rank] ?? 1);

/** The seniority that a title of a team stands for, or undefined when the team has no such title. */
export function seniorityOf(team: Team, title: string): number | undefined {
  const ranks = LEVELS.flatMap((level) =>
    Object.keys(staffTitles(team)).flatMap((kind) =>
      GRADES.map(({ value }) => ({ title: titleOf(team, level, kind, value), rank: seniority(level, value) })),
    ),
  );
  return ranks.find((each) => each.title === title)?.rank;
}
