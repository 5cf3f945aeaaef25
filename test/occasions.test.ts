import { expect, it } from 'vitest';
import type { Condition } from '../src/entities/core/filter.ts';
import { inWindow, isInWindow, MAX_DAYS_AHEAD, occasionIn, yearlyWindows } from '../src/search/occasions.ts';

const DAY_MS = 86_400_000;
const text = (date: Date) => date.toISOString().slice(0, 10);
const isLeap = (year: number) => new Date(Date.UTC(year, 1, 29)).getUTCMonth() === 1;

/** When a date is celebrated in a year, told the plain way. */
function celebrated(year: number, monthDay: string): string {
  return `${year}-${monthDay === '02-29' && !isLeap(year) ? '02-28' : monthDay}`;
}

function holds(condition: Condition, value: number): boolean {
  if ('or' in condition) return condition.or.some((each) => holds(each, value));
  if ('and' in condition) return condition.and.every((each) => holds(each, value));
  if (!('op' in condition) || !('value' in condition)) throw new Error('a window is made of comparisons');
  const bound = Number(condition.value);
  return { eq: value === bound, gte: value >= bound, lte: value <= bound }[condition.op as 'eq' | 'gte' | 'lte'];
}

/** Every day of a leap year as a date of birth. */
const birthdays = Array.from({ length: 366 }, (_, i) => text(new Date(Date.UTC(2000, 0, 1) + i * DAY_MS)));

it.each([
  '2026-01-01',
  '2026-02-27',
  '2026-02-28',
  '2026-03-01',
  '2026-06-30',
  '2026-12-01',
  '2026-12-31',
  '2027-12-20',
  '2028-02-27',
  '2028-02-29',
  '2028-12-31',
])('from %s, windows of any length hold exactly the days they should, each once', (today) => {
  for (const withinDays of [0, 1, 2, 28, 30, 60, 90, 200, 363, MAX_DAYS_AHEAD]) {
    const days = new Set(
      Array.from({ length: withinDays + 1 }, (_, i) => text(new Date(Date.parse(today) + i * DAY_MS))),
    );
    const windows = yearlyWindows(today, withinDays);
    for (const birthday of birthdays) {
      const monthDay = Number(birthday.slice(5).replace('-', ''));
      const foundBy = windows.filter((window) => holds(inWindow('day', window), monthDay));
      expect(windows.filter((window) => isInWindow(window, birthday))).toEqual(foundBy);
      const found = foundBy.map((window) => occasionIn(window, birthday));
      const expected = [Number(today.slice(0, 4)), Number(today.slice(0, 4)) + 1]
        .map((year) => celebrated(year, birthday.slice(5)))
        .filter((date) => days.has(date));
      expect(found, `${birthday} within ${withinDays} days of ${today}`).toEqual(expected);
    }
  }
});
