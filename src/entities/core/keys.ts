/**
 * What may go into a key.
 *
 * ElectroDB joins composites as `#name_value` without escaping, so a value holding `#` could forge a neighbour's
 * key. Every composite is therefore an id, an enumeration or a slug over this alphabet.
 */
const KEY_SAFE = /^[A-Za-z0-9][A-Za-z0-9_-]{0,254}$/;

/** Stands for "none" where an optional attribute is part of a key: ElectroDB refuses missing composites. */
export const NONE = '-';

/** The partition of Roster's own records (seed marker, quarantine): not a valid organization, so no token reaches it. */
export const SYSTEM_ORG = '-';

/** True for 1 to 255 letters, digits, `_` and `-`, beginning with a letter or digit. */
export const isKeySafe = (value: string): boolean => KEY_SAFE.test(value);

/**
 * Free text in key form: lower case, accents folded, everything else as `-`, letters without an ASCII form by
 * their code point. Never empty, at most 100 characters, so that `München`, `MÜNCHEN` and `Munchen` sort and match
 * as one and `東京` still has a key.
 *
 * @example slug('São Paulo (SP)') // 'sao-paulo-sp'
 */
export function slug(text: string): string {
  const ascii = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/ß/g, 'ss')
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/[^a-z0-9-]/gu, (letter) => `u${letter.codePointAt(0)?.toString(16)}`)
    .slice(0, 100)
    .replace(/^-+|-+$/g, '');
  return ascii === '' ? 'u' : ascii;
}

/**
 * A key-safe value in lower-case letters, digits and `-`, different values staying different: for systems that fold
 * case (Meilisearch's equality) and for joining several values by `_`.
 *
 * @example encodePart('ACME') // '-41-43-4d-45'
 */
export const encodePart = (value: string): string =>
  value.replace(/[^a-z0-9]/gu, (character) => `-${Buffer.from(character).toString('hex')}`);

/** What {@link encodePart} was given. */
export const decodePart = (encoded: string): string =>
  encoded.replace(/-([0-9a-f]{2})/g, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
