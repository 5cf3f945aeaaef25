import * as z from 'zod/mini';

// The kinds of values that environment variables have. Each says what is wrong by the end of a sentence that begins with
// the variable's name.

/** Any text but none. */
export const required = z.string().check(z.minLength(1, 'must not be empty'));

/** An address; without the protocol, "localhost:8000" would pass as one. */
export const url = (example: string) => z.url({ protocol: /^https?$/, error: `must be a URL such as ${example}` });

const wholeNumber = z.coerce.number('must be a whole number').check(z.int('must be a whole number'));

/** A whole number, both ends included. */
export const within = (least: number, most: number) =>
  wholeNumber.check(z.gte(least, `must be ${least} or more`), z.lte(most, `must be ${most} or less`));

/** A whole number of 1 or more, with a default. */
export const positive = (fallback: number, most = Number.MAX_SAFE_INTEGER) => z._default(within(1, most), fallback);

const enumeration = <const T extends readonly string[]>(values: T) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });

/** One of a few words, with a default. */
export const oneOf = <const T extends readonly string[]>(values: T, fallback: T[number]) =>
  z._default(enumeration(values), fallback);

/** One of a few words, or undefined where it is not set. */
export const optionallyOneOf = <const T extends readonly string[]>(values: T) => z.optional(enumeration(values));

/** The parts between commas. */
export const listOf = (value: string): string[] => value.split(',').map((each) => each.trim());

/** Whether nothing was forgotten between two commas. */
export const isList = (value: string): boolean => listOf(value).every((each) => each !== '');
