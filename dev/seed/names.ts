import type { Faker } from '@faker-js/faker';
import { faker as de } from '@faker-js/faker/locale/de';
import { faker as deCh } from '@faker-js/faker/locale/de_CH';
import { faker as en } from '@faker-js/faker/locale/en';
import { faker as enGb } from '@faker-js/faker/locale/en_GB';
import { faker as enHk } from '@faker-js/faker/locale/en_HK';
import { faker as enIn } from '@faker-js/faker/locale/en_IN';
import { faker as es } from '@faker-js/faker/locale/es';
import { faker as esMx } from '@faker-js/faker/locale/es_MX';
import { faker as fr } from '@faker-js/faker/locale/fr';
import { faker as frCa } from '@faker-js/faker/locale/fr_CA';
import { faker as pl } from '@faker-js/faker/locale/pl';
import { faker as ptBr } from '@faker-js/faker/locale/pt_BR';
import { faker as uk } from '@faker-js/faker/locale/uk';
import { asciiName } from './ascii.ts';
import { NAME_LISTS } from './name-lists.ts';

// By subpath: the package's main module loads all seventy locales.
const FAKERS = {
  de,
  de_CH: deCh,
  en,
  en_GB: enGb,
  en_HK: enHk,
  en_IN: enIn,
  es,
  es_MX: esMx,
  fr,
  fr_CA: frCa,
  pl,
  pt_BR: ptBr,
  uk,
} as const;

/** A language that people's names can be in. */
export type Language = keyof typeof FAKERS | keyof typeof NAME_LISTS;

/** A person's name, and the part of an e-mail address that goes with it. */
export interface Name {
  readonly firstName: string;
  readonly lastName: string;
  /** Lower-case ASCII. */
  readonly mailbox: string;
}

/**
 * Seeds every locale and returns the one that all other choices are drawn from. Locales are process-wide singletons,
 * so generation must begin here and must not wait for anything in between.
 */
export function seededFaker(seed: number): Faker {
  for (const faker of Object.values(FAKERS)) faker.seed(seed);
  return en;
}

/** A name that people of a language have. */
export function nameIn(faker: Faker, language: Language): Name {
  const sex = faker.helpers.arrayElement(['female', 'male'] as const);
  const [firstName, lastName] = isListed(language) ? listed(faker, language, sex) : faked(language, sex);
  const german = language === 'de' || language === 'de_CH';
  return { firstName, lastName, mailbox: `${asciiName(firstName, german)}.${asciiName(lastName, german)}` };
}

type Sex = 'female' | 'male';

const isListed = (language: Language): language is keyof typeof NAME_LISTS => language in NAME_LISTS;

function listed(faker: Faker, language: keyof typeof NAME_LISTS, sex: Sex): [string, string] {
  const list = NAME_LISTS[language];
  const families = sex === 'female' ? list.familyFemale : list.familyMale;
  return [faker.helpers.arrayElement(list[sex]), faker.helpers.arrayElement(families)];
}

function faked(language: keyof typeof FAKERS, sex: Sex): [string, string] {
  const { person } = FAKERS[language];
  const family = person.lastName(sex);
  // faker gives Polish family names in the masculine only.
  return [person.firstName(sex), language === 'pl' && sex === 'female' ? family.replace(/([sc]k)i$/, '$1a') : family];
}
