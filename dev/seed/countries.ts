import type { Language } from './names.ts';

/** What pay and names depend on. */
export interface Country {
  /** ISO 4217 code. */
  readonly currency: string;
  /** Minor units in a major one: 100 cents in a dollar, 1 yen in a yen. */
  readonly minorUnits: 1 | 100;
  /** The company's average yearly gross salary in the country, in major units. */
  readonly averagePay: number;
  /** Languages of people's names, the country's own first. */
  readonly languages: readonly [Language, ...Language[]];
}

const country = (
  currency: string,
  averagePay: number,
  languages: Country['languages'],
  minorUnits: 1 | 100 = 100,
): Country => ({ currency, minorUnits, averagePay, languages });

const COUNTRIES: Readonly<Record<string, Country>> = {
  AU: country('AUD', 125_000, ['en', 'en_GB', 'en_HK']),
  BR: country('BRL', 160_000, ['pt_BR']),
  CA: country('CAD', 96_000, ['en', 'fr_CA', 'en_IN']),
  CH: country('CHF', 118_000, ['de_CH', 'fr', 'de']),
  DE: country('EUR', 70_000, ['de', 'pl', 'es']),
  EG: country('EGP', 620_000, ['ar']),
  ES: country('EUR', 44_000, ['es']),
  FR: country('EUR', 55_000, ['fr']),
  GB: country('GBP', 60_000, ['en_GB', 'en_IN', 'pl']),
  IN: country('INR', 2_400_000, ['en_IN']),
  IS: country('ISK', 11_500_000, ['is'], 1),
  JP: country('JPY', 8_200_000, ['ja'], 1),
  MX: country('MXN', 640_000, ['es_MX']),
  PL: country('PLN', 185_000, ['pl', 'uk']),
  SG: country('SGD', 92_000, ['en_HK', 'en_IN']),
  UA: country('UAH', 1_250_000, ['uk']),
  US: country('USD', 102_000, ['en', 'es_MX', 'en_IN', 'de', 'en_HK']),
};

/** The facts of a country that has an office; throws for any other. */
export function countryOf(code: string): Country {
  const found = COUNTRIES[code];
  if (!found) throw new Error(`dev/seed/countries.ts has no ${code}; add it`);
  return found;
}
