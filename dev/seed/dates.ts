import type { Faker } from '@faker-js/faker';
import { REFERENCE_DATE } from './ids.ts';

/** The year in which every seeded organization was founded: nobody was hired before. */
export const FOUNDED = 1998;

/** Nobody is hired below this age, in years. */
export const MINIMUM_AGE = 20;

const DAY = 86_400_000;

// Youngest and oldest by seniority, from junior staff to the head.
const AGES: readonly (readonly [number, number])[] = [
  [22, 32],
  [24, 48],
  [28, 58],
  [32, 62],
  [29, 60],
  [34, 61],
  [40, 62],
  [42, 63],
  [48, 60],
];

// One in this many is born on 29 February, six times as many as by chance, so that every seed has some.
const LEAP_DAY_EVERY = 251;

/** A day as `YYYY-MM-DD`. */
export const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** The day so many days after (or, negative, before) {@link REFERENCE_DATE}, as `YYYY-MM-DD`. */
export const dayFromReference = (days: number): string => dayOf(REFERENCE_DATE.getTime() + days * DAY);

/** A birthday that fits a seniority (0 to 8), on any day of the year. */
export function birthdayAt(faker: Faker, rank: number, index: number): string {
  const [youngest, oldest] = AGES[rank] ?? [25, 60];
  const year = REFERENCE_DATE.getUTCFullYear() - faker.number.int({ min: youngest + 1, max: oldest });
  if (index % LEAP_DAY_EVERY === 1) return `${year - (year % 4)}-02-29`;
  return dayOf(Date.UTC(year, 0, 1 + faker.number.int({ min: 0, max: 364 })));
}

/** A first day of work, at no less than {@link MINIMUM_AGE}: recent ones are the more common among staff (below 4). */
export function hireDateAfter(faker: Faker, birthday: string, rank: number): string {
  const grown = Date.UTC(Number(birthday.slice(0, 4)) + MINIMUM_AGE, 11, 31);
  const earliest = Math.max(grown, Date.UTC(FOUNDED, 0, 1));
  const latest = REFERENCE_DATE.getTime() - DAY;
  return dayOf(latest - faker.number.float() ** (rank < 4 ? 1.5 : 0.7) * (latest - earliest));
}
