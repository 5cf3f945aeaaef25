import type { Condition } from '../entities/core/filter.ts';
import { monthDay } from './encoding.ts';

/** Days that come round every year, as runs of month and day within one calendar year each. */
export interface YearlyWindow {
  /** The calendar year that the days fall in. */
  readonly year: number;
  /** Month and day as a number: 229 is 29 February. */
  readonly from: number;
  readonly to: number;
  /** Whether 29 February counts as 28 February, since this year has none. */
  readonly leapDayToo: boolean;
}

/** A day more, and somebody born on 29 February could be met twice. */
export const MAX_DAYS_AHEAD = 364;

/**
 * The days from `today` on, `today` included, split where the year turns.
 *
 * @param today a date as `YYYY-MM-DD`
 * @param withinDays 0 (today alone) to {@link MAX_DAYS_AHEAD}
 */
export function yearlyWindows(today: string, withinDays: number): YearlyWindow[] {
  const first = new Date(`${today}T00:00:00Z`);
  const last = new Date(first.getTime() + withinDays * 86_400_000);
  const [firstYear, lastYear] = [first.getUTCFullYear(), last.getUTCFullYear()];
  if (firstYear === lastYear) return [yearlyWindow(firstYear, dayOf(first), dayOf(last))];
  return [yearlyWindow(firstYear, dayOf(first), 1231), yearlyWindow(lastYear, 101, dayOf(last))];
}

const dayOf = (date: Date): number => (date.getUTCMonth() + 1) * 100 + date.getUTCDate();

function yearlyWindow(year: number, from: number, to: number): YearlyWindow {
  const leapYear = new Date(Date.UTC(year, 1, 29)).getUTCMonth() === 1;
  return { year, from, to, leapDayToo: !leapYear && from <= 228 && to >= 228 };
}

/** The condition that a field of month and day lies in a window. */
export const inWindow = (path: string, { from, to, leapDayToo }: YearlyWindow): Condition => {
  const within: Condition = {
    and: [
      { path: [path], op: 'gte', value: from },
      { path: [path], op: 'lte', value: to },
    ],
  };
  return leapDayToo && to < 229 ? { or: [within, { path: [path], op: 'eq', value: 229 }] } : within;
};

/** Whether the day of a date, `YYYY-MM-DD`, lies in a window. */
export function isInWindow({ from, to, leapDayToo }: YearlyWindow, date: string): boolean {
  const day = monthDay(date);
  return (day >= from && day <= to) || (leapDayToo && day === 229);
}

/** The date in a window's year on which a day is celebrated, as `YYYY-MM-DD`. */
export function occasionIn({ year }: YearlyWindow, date: string): string {
  const day = new Date(Date.UTC(year, Number(date.slice(5, 7)) - 1, Number(date.slice(8, 10))));
  // 29 February of a common year runs over into March; it is celebrated the day before.
  if (day.getUTCMonth() + 1 !== Number(date.slice(5, 7))) return `${year}-02-28`;
  return day.toISOString().slice(0, 10);
}
