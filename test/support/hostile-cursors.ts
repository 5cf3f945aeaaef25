import { createCursors } from '../../src/schema/electrodb/cursor.ts';
import { hostileText } from './hostile.ts';

/** Real cursors and write tokens, to be spoilt or taken to where they don't belong. */
export interface Genuine {
  /** Of the place that is attacked. */
  readonly own: string;
  /** Of other places of the same organization. */
  readonly elsewhere: readonly string[];
  /** Of the same place, in another organization. */
  readonly theirs: string;
}

type Random = () => number;

const int = (next: Random, below: number): number => Math.floor(next() * below);
const pick = <T>(next: Random, from: readonly T[]): T => from[int(next, from.length)] as T;
const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Keys as the table has them, which somebody may guess who has read the source. */
const KEYS = {
  pk: '$roster#org_theirs',
  sk: '$employee_1',
  gsi3pk: '$roster#org_theirs',
  gsi3sk: '$locations#office_1',
};
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const others = createCursors('another secret of thirty-two signs');

/** Each makes a cursor that is not one, or not one of this place. */
const FORGERS: Readonly<Record<string, (genuine: Genuine, next: Random) => string>> = {
  'a bit is flipped': ({ own }, next) => {
    const bytes = Buffer.from(own, 'base64url');
    const at = int(next, bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << int(next, 8));
    return bytes.toString('base64url');
  },
  'a letter is another': ({ own }, next) => {
    const at = int(next, own.length);
    const letter = pick(
      next,
      [...ALPHABET].filter((one) => one !== own[at]),
    );
    return own.slice(0, at) + letter + own.slice(at + 1);
  },
  'its end is missing': ({ own }, next) => own.slice(0, int(next, own.length)),
  'its beginning is missing': ({ own }, next) => own.slice(1 + int(next, own.length - 1)),
  'more follows': ({ own }, next) => own + pick(next, ['A', '=', '==', own, ' ', '\n', '\0', '#', '%3D', '.']),
  'more stands before it': ({ own }, next) => pick(next, ['A', ' ', own, '\uFEFF', '$', 'after:']) + own,
  'two are put together': ({ own, elsewhere }, next) => {
    const at = 1 + int(next, own.length - 1);
    return own.slice(0, at) + pick(next, elsewhere).slice(at);
  },
  'it is of another place': ({ elsewhere }, next) => pick(next, elsewhere),
  'it is of another organization': ({ theirs }) => theirs,
  'it is encrypted by another secret': (_genuine, next) =>
    others.encode(
      [...Object.values(KEYS), int(next, 100)],
      pick(next, ['', '{}', 'Query.offices', '{"org":"theirs"}']),
    ),
  'it is not encrypted': (_genuine, next) => encoded(pick(next, [KEYS, Object.values(KEYS), [], null, 0, { $ne: 1 }])),
  'it is as other libraries have it': (_genuine, next) =>
    Buffer.from(pick(next, [`arrayconnection:${int(next, 100)}`, `OFFSET:${int(next, 100)}`, 'id:1'])).toString(
      'base64',
    ),
  'it is spelt otherwise': ({ own }, next) =>
    pick(next, [
      `${Buffer.from(own, 'base64url').toString('base64')}=`,
      Buffer.from(own, 'base64url').toString('hex'),
      Buffer.from(own).toString('base64url'),
      [...own].join('\u200B'),
    ]),
  'it is nothing': (_genuine, next) => pick(next, ['', ' ', '-', '_', 'null', 'undefined', '0', '[]', '{}']),
  'it is random': (_genuine, next) => Array.from({ length: int(next, 300) }, () => pick(next, [...ALPHABET])).join(''),
  'it is long': (_genuine, next) => pick(next, ['A', '\u{1F600}', '"', '%00']).repeat(1 + int(next, 20_000)),
  'it is a text': (_genuine, next) => hostileText(next),
};

/** Ways to forge a cursor. */
export const FORGERIES = Object.keys(FORGERS);

/** A cursor that must be refused. */
export function forge(how: string, genuine: Genuine, next: Random): string {
  const forged = FORGERS[how]?.(genuine, next) ?? '';
  // What is cut or put together may come to what is right.
  return forged === genuine.own ? `${forged}A` : forged;
}
