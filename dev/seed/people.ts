import type { Faker } from '@faker-js/faker';
import type { Employee, Office } from '../../src/entities/index.ts';
import { chartOf, type Position } from './chart.ts';
import { type Country, countryOf } from './countries.ts';
import { birthdayAt, hireDateAfter } from './dates.ts';
import { createdAt, seededId } from './ids.ts';
import { type Language, nameIn } from './names.ts';
import type { SeedOrg } from './organizations.ts';
import { PLACES } from './places.ts';
import { GRADES, relativePay, seniority, staffTitles, titleOf } from './titles.ts';

/** The employees of an organization, in the order of its chart: the head first, managers before their reports. */
export function employeesOf(faker: Faker, seed: number, org: SeedOrg, offices: readonly Office[]): readonly Employee[] {
  const mailboxes = new Map<string, number>();
  const employees: Employee[] = [];
  const officeFor = placement(faker, org, offices);
  for (const [index, position] of chartOf(org).entries()) {
    const { team, level } = position;
    const manager = position.manager === undefined ? undefined : employees[position.manager];
    const office = officeFor(position, manager);
    const country = countryOf(office.country);
    const { mailbox, ...name } = nameIn(faker, languageIn(faker, country));
    const grade = faker.helpers.weightedArrayElement(GRADES);
    const rank = seniority(level, grade);
    const birthday = birthdayAt(faker, rank, index);
    const at = createdAt(index);
    employees.push({
      employee: seededId(seed, org, 'employee', index),
      ...name,
      email: `${distinct(mailboxes, mailbox)}@${org}.example`,
      title: titleOf(team, level, weighted(faker, staffTitles(team)), grade),
      team,
      office: office.office,
      ...(manager ? { manager: manager.employee } : {}),
      hiredOn: hireDateAfter(faker, birthday, rank),
      birthday,
      salary: { amount: salary(faker, country, relativePay(team, rank)), currency: country.currency },
      version: 1,
      createdAt: at,
      updatedAt: at,
    });
  }
  return employees;
}

/** One of the keys, by their weights. */
const weighted = (faker: Faker, weights: Readonly<Record<string, number>>): string =>
  faker.helpers.weightedArrayElement(Object.entries(weights).map(([value, weight]) => ({ value, weight })));

/** Officers sit at headquarters, other managers everywhere in proportion, two thirds of staff where their manager does. */
function placement(faker: Faker, org: SeedOrg, offices: readonly Office[]) {
  const desks = offices.map((office, i) => ({ office, weight: PLACES[org][i]?.desks ?? 1, managers: 0 }));
  const [headquarters] = desks;
  if (!headquarters) throw new Error(`${org} has no offices; add some to dev/seed/places.ts`);
  return ({ level }: Position, manager: Employee | undefined): Office => {
    if (level === 'head' || level === 'officer' || level === 'vp') return headquarters.office;
    if (level === 'staff') {
      const same = offices.find(({ office }) => office === manager?.office);
      if (same && faker.number.float() < 0.65) return same;
      return faker.helpers.weightedArrayElement(desks.map(({ office, weight }) => ({ value: office, weight })));
    }
    // The Sainte-Laguë method, as parliaments apportion seats.
    const quotient = ({ weight, managers }: typeof headquarters) => weight / (2 * managers + 1);
    const next = desks.reduce((best, desk) => (quotient(desk) > quotient(best) ? desk : best));
    next.managers++;
    return next.office;
  };
}

/** Four out of five names are of the country's own language. */
function languageIn(faker: Faker, { languages: [own, ...others] }: Country): Language {
  return others.length > 0 && faker.number.float() < 0.2 ? faker.helpers.arrayElement(others) : own;
}

/** The mailbox, with a number from the second bearer of a name on. */
function distinct(mailboxes: Map<string, number>, mailbox: string): string {
  const bearers = (mailboxes.get(mailbox) ?? 0) + 1;
  mailboxes.set(mailbox, bearers);
  return bearers === 1 ? mailbox : `${mailbox}${bearers}`;
}

/** In minor units, within 15 % of what the country pays for it, and round in the third digit. */
function salary(faker: Faker, { averagePay, minorUnits }: Country, relative: number): number {
  const exact = averagePay * relative * faker.number.float({ min: 0.85, max: 1.15 });
  const step = 10 ** (Math.floor(Math.log10(exact)) - 2);
  return Math.round(exact / step) * step * minorUnits;
}
