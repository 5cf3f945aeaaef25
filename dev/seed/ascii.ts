import { ROMANIZATIONS } from './name-lists.ts';

const letters = (pairs: string): [string, string][] => pairs.split(' ').map((pair) => [pair.charAt(0), pair.slice(1)]);

// Ukraine's national romanization, less its rules for the beginnings of words, and Latin letters that don't decompose.
const LETTERS = new Map([
  ...letters(
    'аa бb вv гh ґg дd еe єie жzh зz иy іi їi йi кk лl мm нn оo пp рr сs тt уu фf хkh цts чch шsh щshch ь юiu яia',
  ),
  ...letters('łl øo đd ðd ıi ßss æae œoe þth'),
]);
const UMLAUTS = new Map(letters('äae öoe üue'));

/**
 * A name in `a-z` and single hyphens, as it stands in an e-mail address.
 *
 * @param german spells umlauts out
 * @example asciiName('Jörg Łukasz', true) // 'joerg-lukasz'
 */
export const asciiName = (name: string, german: boolean): string =>
  (ROMANIZATIONS.get(name) ?? name)
    .normalize('NFC')
    .toLowerCase()
    .replace(/\p{L}/gu, (letter) => (german ? UMLAUTS.get(letter) : undefined) ?? LETTERS.get(letter) ?? letter)
    .normalize('NFKD')
    .replace(/[\p{M}'’.]/gu, '')
    .replace(/[^a-z]+/g, '-')
    .replace(/^-+|-+$/g, '');
