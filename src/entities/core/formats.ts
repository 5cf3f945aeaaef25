import * as z from 'zod/mini';
import { isKeySafe } from './keys.ts';

/** GraphQL scalars that carry text. */
export type TextScalar = 'String' | 'Date' | 'DateTime' | 'CountryCode' | 'CurrencyCode' | 'ID';
/** GraphQL scalars that carry numbers. */
export type NumberScalar = 'Int' | 'Float' | 'SafeInt';

/**
 * What values are made of: `key` says that each of them may be part of a key (see keys.ts) and sorts there as it
 * compares, `text` that some may not.
 */
export type Alphabet = 'key' | 'text';

/** What a value must look like beyond its type, and the GraphQL scalar that carries it. */
export interface Format<
  S extends TextScalar | NumberScalar = TextScalar | NumberScalar,
  A extends Alphabet = Alphabet,
> {
  readonly scalar: S;
  readonly alphabet: A;
  /** Of numbers: how many digits the largest has, to which the others are padded in keys. */
  readonly digits?: number;
  readonly check: z.ZodMiniType<unknown>;
}

// The assigned codes of ISO 3166-1 alpha-2: https://www.iso.org/obp/ui/#search
const COUNTRIES = new Set(
  (
    'AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ ' +
    'CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR ' +
    'GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP ' +
    'KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU ' +
    'MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW ' +
    'SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ ' +
    'UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW'
  ).split(' '),
);
let currencies: ReadonlySet<string> | undefined;
// Asked for by the first value: a cold start would wait for the list otherwise.
function isCurrency(code: string): boolean {
  currencies ??= new Set(Intl.supportedValuesOf('currency'));
  return currencies.has(code);
}

const textOf = (max: number) =>
  z.string('must be text').check(
    // Lone surrogates can't be stored as UTF-8, and one of them fails a whole batch of Meilisearch documents.
    z.refine<string>((value) => value.isWellFormed(), 'holds half of a surrogate pair; send valid Unicode'),
    z.refine((value) => value.length >= 1 && value.length <= max, `must have 1 to ${max} characters`),
  );

/** One line of text: 1 to `max` characters, no control characters, no blanks at either end. */
export const line = (max: number): Format<'String', 'text'> => ({
  scalar: 'String',
  alphabet: 'text',
  check: textOf(max).check(
    z.refine((value) => value === value.trim(), 'begins or ends with a blank; remove it'),
    z.refine((value) => !/\p{Cc}/u.test(value), 'holds a control character or line break; remove it'),
  ),
});

/** Text of several lines: 1 to `max` characters, no control characters but tabs and line breaks. */
export const text = (max: number): Format<'String', 'text'> => ({
  scalar: 'String',
  alphabet: 'text',
  check: textOf(max).check(
    z.refine((value) => !/[^\P{Cc}\t\n\r]/u.test(value), 'holds a control character; remove it'),
  ),
});

// Negative numbers have a sign, which neither pads nor sorts.
type IntegerAlphabet<Min extends number> = number extends Min ? 'text' : `${Min}` extends `-${string}` ? 'text' : 'key';

/** A whole number from `min` to `max`, both included. Fit for keys when `min` is a literal of 0 or more. */
export const integer = <const Min extends number>(
  min: Min,
  max: number,
): Format<'Int' | 'SafeInt', IntegerAlphabet<Min>> => ({
  scalar: max > 2 ** 31 - 1 ? 'SafeInt' : 'Int',
  // The literal says at compile time what the comparison says at run time.
  alphabet: (min >= 0 ? 'key' : 'text') as IntegerAlphabet<Min>,
  digits: String(max).length,
  check: z
    .number(`must be a whole number from ${min} to ${max}`)
    .check(
      z.refine(
        (value) => Number.isSafeInteger(value) && value >= min && value <= max,
        `must be a whole number from ${min} to ${max}`,
      ),
    ),
});

/** Degrees from `-limit` to `limit`. */
export const degrees = (limit: number): Format<'Float', 'text'> => ({
  scalar: 'Float',
  alphabet: 'text',
  check: z
    .number(`must be degrees from -${limit} to ${limit}`)
    .check(z.refine((value) => Math.abs(value) <= limit, `must be degrees from -${limit} to ${limit}`)),
});

/** A day of the calendar as `YYYY-MM-DD`, from year 1000 on so that dates sort as text. */
export const date: Format<'Date', 'key'> = {
  scalar: 'Date',
  alphabet: 'key',
  check: z.string('must be a date as YYYY-MM-DD, such as 2024-02-29').check(
    z.iso.date('must be a real day as YYYY-MM-DD, such as 2024-02-29'),
    z.refine((value) => value >= '1000', 'must be in the year 1000 or later'),
  ),
};

/** A moment in UTC as `YYYY-MM-DDTHH:MM:SS.sssZ`. */
export const dateTime: Format<'DateTime', 'text'> = {
  scalar: 'DateTime',
  alphabet: 'text',
  check: z
    .string('must be a moment as YYYY-MM-DDTHH:MM:SSZ')
    .check(z.iso.datetime({ offset: true, error: 'must be a moment with its offset, such as 2024-02-29T12:00:00Z' })),
};

/** An e-mail address of at most 254 characters, the limit of RFC 5321. */
export const email: Format<'String', 'text'> = {
  scalar: 'String',
  alphabet: 'text',
  check: z
    .string('must be an e-mail address')
    .check(
      z.email('must be an e-mail address such as ada@example.com'),
      z.maxLength(254, 'must have at most 254 characters'),
    ),
};

/** An ISO 3166-1 alpha-2 country code, upper case. */
export const country: Format<'CountryCode', 'key'> = {
  scalar: 'CountryCode',
  alphabet: 'key',
  check: z
    .string('must be an ISO 3166-1 alpha-2 code')
    .check(
      z.refine(
        (value) => COUNTRIES.has(value),
        'must be an ISO 3166-1 alpha-2 country code in upper case, such as DE or US',
      ),
    ),
};

/** An ISO 4217 currency code, upper case. */
export const currency: Format<'CurrencyCode', 'key'> = {
  scalar: 'CurrencyCode',
  alphabet: 'key',
  check: z
    .string('must be an ISO 4217 code')
    .check(z.refine(isCurrency, 'must be an ISO 4217 currency code in upper case, such as EUR or USD')),
};

/** A value that may be part of a key; see keys.ts. */
export const keySafe: Format<'ID', 'key'> = {
  scalar: 'ID',
  alphabet: 'key',
  check: z
    .string('must be an id')
    .check(z.refine(isKeySafe, 'must be 1 to 255 letters, digits, "_" or "-", beginning with a letter or digit')),
};

/** Text in key form; see `slug` in keys.ts. */
export const slugged: Format<'String', 'key'> = {
  scalar: 'String',
  alphabet: 'key',
  check: keySafe.check,
};
