import { createHash } from 'node:crypto';
import { type AnyValue, type Attributes, itemsOf } from '../entities/core/attributes.ts';
import { decodePart, encodePart } from '../entities/core/keys.ts';
import type { DocumentValue } from './document.ts';

/** A value that conditions compare with. */
export type Scalar = string | number | boolean;

/** The attribute that a path begins with, and the property of it that it names: `salary.amount`. */
export function partsOf(path: string): readonly [name: string, property?: string] {
  const [name = path, property] = path.split('.');
  return property === undefined ? [name] : [name, property];
}

/** The declaration of an attribute, or of a map's property: `salary.amount`. */
export function attributeAt(attributes: Attributes, path: string): AnyValue | undefined {
  const [name, property] = partsOf(path);
  const attribute = attributes[name];
  return property === undefined || !attribute?.properties ? attribute : attribute.properties[property];
}

/** True for free text, and for several of it: not for ids, codes, dates, enumerations. */
export function isText(value: AnyValue): boolean {
  const items = itemsOf(value);
  return items ? isText(items) : value.type === 'string' && (value.format?.scalar ?? 'String') === 'String';
}

/** Dates become numbers so that they can be compared, ids an encoding that Meilisearch's case folding can't confuse. */
export const encode = (attribute: AnyValue | undefined, value: unknown): DocumentValue =>
  converted(attribute, value, (scalar, each) => {
    if (typeof each === 'string' && scalar === 'Date') return dateNumber(each);
    if (typeof each === 'string' && scalar === 'DateTime') return Date.parse(each);
    return typeof each === 'string' && scalar === 'ID' ? encodePart(each) : each;
    // What no scalar stands for is as JSON has it.
  }) as DocumentValue;

/** What {@link encode} was given, of values as the table holds them. */
export const decode = (attribute: AnyValue | undefined, value: DocumentValue): unknown =>
  converted(attribute, value, (scalar, each) => {
    if (typeof each === 'number' && scalar === 'Date') return dateOf(each);
    if (typeof each === 'number' && scalar === 'DateTime') return new Date(each).toISOString();
    return typeof each === 'string' && scalar === 'ID' ? decodePart(each) : each;
  });

/** A value with every scalar in it converted, those of lists and maps too. */
function converted(
  attribute: AnyValue | undefined,
  value: unknown,
  convert: (scalar: string | undefined, value: unknown) => unknown,
): unknown {
  const items = attribute && itemsOf(attribute);
  // A condition compares with one item.
  if (items)
    return Array.isArray(value)
      ? value.map((each) => converted(items, each, convert))
      : converted(items, value, convert);
  const properties = attribute?.properties;
  if (properties && typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    return Object.fromEntries(entries.map(([name, each]) => [name, converted(properties[name], each, convert)]));
  }
  return convert(attribute?.format?.scalar, value);
}

/** A date as a number that sorts the same: `2024-02-29` is 20240229. */
export const dateNumber = (date: string): number => Number(date.replaceAll('-', ''));

const dateOf = (number: number): string => String(number).replace(/^(.*)(..)(..)$/, '$1-$2-$3');

/** Month and day of a date as a number: `2024-02-29` is 229. */
export const monthDay = (date: string): number => dateNumber(date) % 10_000;

/**
 * Meilisearch cuts off what is filtered by or counted at 468 bytes in compatibility form. Leaves room for a digest, or
 * for the mark of what is cut off and for letters that grow in lower case.
 */
const WHOLE_BYTES = 400;

/**
 * Text as it is filtered and ordered by: lower case, accents of Latin, Greek and Cyrillic letters folded, every run of
 * blanks and punctuation as one `-`. `Straße`, `STRASSE` and `strasse` are one, `C`, `C#` and `C++` are three. Longer text
 * than {@link WHOLE_BYTES} ends in a digest of itself, so that only equal texts are equal.
 */
export function textKey(text: string): string {
  const folded = foldText(text);
  const bytes = Buffer.from(folded);
  if (bytes.length <= WHOLE_BYTES) return folded;
  const digest = createHash('sha256').update(folded).digest('hex').slice(0, 32);
  return `${textPrefix(text)}-${digest}`;
}

/** What the {@link textKey} of every text begins with that begins with this one; as far as keys tell. */
export function textPrefix(text: string): string {
  const bytes = Buffer.from(foldText(text));
  // A letter that is cut in half decodes to a replacement character.
  return bytes
    .subarray(0, WHOLE_BYTES)
    .toString()
    .replace(/\uFFFD+$/, '');
}

/** What of text counts where it is compared by {@link textKey}, for clients. */
export const WHAT_COUNTS = 'Case, accents, blanks and punctuation do not count; symbols do.';

/** Whether nothing in a text counts: blanks and punctuation are as good as left out. */
export const isBlank = (text: string): boolean => foldText(text) === NOTHING;

/** Text as it is counted: cut off where it is longer than Meilisearch can tell apart. */
export function facetText(text: string): string {
  if (Buffer.byteLength(text.normalize('NFKD')) <= WHOLE_BYTES) return text;
  let end = 0;
  let bytes = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character.normalize('NFKD'));
    if (bytes > WHOLE_BYTES) break;
    end += character.length;
  }
  return `${text.slice(0, end).trimEnd()}…`;
}

function foldText(text: string): string {
  const folded = text
    // As Meilisearch compares: か begins が, and 가 begins 각.
    .normalize('NFKD')
    // Accents, and whether a symbol is drawn in colour.
    .replace(/[\u0300-\u036F\uFE00-\uFE0F]/g, '')
    .toLowerCase()
    .replace(/[ßłøđħıæœþðς]/g, (letter) => LETTERS[letter] ?? letter)
    .replace(/[^\p{L}\p{M}\p{N}\p{S}#&@%*]+/gu, '-')
    .replace(/^-+|-+$/g, '');
  return folded === '' ? NOTHING : folded;
}

/**
 * The words of a text as they are written by those whose keyboards lack their letters: Meilisearch folds accents, and none
 * of these. `Straße` is found by `strasse`, `Łódź` by `lodz`, `Müller` by `mueller`.
 */
export const otherSpellings = (text: string): string[] => {
  const words =
    text
      .normalize('NFC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  return [
    ...new Set(
      words
        .filter(({ length }) => length <= MAX_WORD)
        .flatMap((word) => [
          ...(/[ßłøđħıæœþð]/.test(word) ? [foldText(word)] : []),
          ...(/[äöü]/.test(word) ? [foldText(word.replace(/[äöü]/g, (umlaut) => UMLAUTS[umlaut] ?? umlaut))] : []),
        ]),
    ),
  ];
};

/** Nobody looks for longer words, and Meilisearch takes none of more than 250 bytes. */
const MAX_WORD = 80;

const UMLAUTS: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue' };

/** What text is folded to in which nothing counts. */
const NOTHING = '-';

/** Letters without a compatibility form in ASCII, and sigma as it ends words: the end of a beginning is none. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  ł: 'l',
  ø: 'o',
  đ: 'd',
  ħ: 'h',
  ı: 'i',
  æ: 'ae',
  œ: 'oe',
  þ: 'th',
  ð: 'd',
  ς: 'σ',
};
