const parts = (text: string): string[] => text.trim().split(/\s+¦\s+/);

/** What has a meaning somewhere on the way of a text to the search engine, or in engines like it. */
const FRAGMENTS = [
  // Quotation marks and escapes, and what looks like them.
  ...parts(
    String.raw`" ¦ ' ¦ \ ¦ \" ¦ \' ¦ \\ ¦ \\" ¦ "" ¦ '' ¦ """ ¦ \u0022 ¦ \x22 ¦ \n ¦ \0 ¦ &quot; ¦ %22 ¦ $ ¦ $1 ¦ \$`,
  ),
  ...parts('` ¦ ‘ ¦ ’ ¦ “ ¦ ” ¦ « ¦ » ¦ ＂ ¦ ＇ ¦ ʺ ¦ ′ ¦ ´ ¦ ＼ ¦ ﹨ ¦ ∖'),
  // Meilisearch's filters: operators, lists, ranges, names of fields, places.
  ...parts(
    'OR ¦ AND ¦ NOT ¦ = ¦ != ¦ >= ¦ <= ¦ > ¦ < ¦ IN ¦ NOT IN ¦ TO ¦ EXISTS ¦ NOT EXISTS ¦ IS NULL ¦ IS NOT NULL',
  ),
  ...parts('IS EMPTY ¦ IS NOT EMPTY ¦ CONTAINS ¦ NOT CONTAINS ¦ STARTS WITH ¦ NOT STARTS WITH ¦ || ¦ && ¦ or ¦ Not'),
  ...parts('( ¦ ) ¦ [ ¦ ] ¦ { ¦ } ¦ , ¦ : ¦ ; ¦ [[]] ¦ () ¦ [1 TO 2] ¦ IN [a, b] ¦ IN [] ¦ 1 TO 9 ¦ ) OR (org EXISTS'),
  ...parts(
    'org ¦ org EXISTS ¦ org = umbrella ¦ org = "umbrella" ¦ id EXISTS ¦ _text.title EXISTS ¦ _bucket >= 0 ¦ expires',
  ),
  ...parts(
    '_geoRadius(0, 0, 20000000) ¦ _geoBoundingBox([90, 180], [-90, -180]) ¦ _geoPolygon([0, 0], [1, 1], [1, 0])',
  ),
  ...parts('_geoPoint(0, 0):asc ¦ _geo(1, 2) ¦ title:asc ¦ _federation ¦ _vectors ¦ _formatted'),
  // Values of other types, and patterns.
  ...parts(
    'NULL ¦ null ¦ true ¦ false ¦ undefined ¦ NaN ¦ -1 ¦ 1e999 ¦ 0x1 ¦ 9007199254740993 ¦ * ¦ ? ¦ % ¦ _ ¦ . ¦ - ¦ -- ¦ #',
  ),
  // Other languages.
  ...parts(
    `' OR '1'='1 ¦ 1; DROP TABLE x ¦ /* */ ¦ -- x ¦ <!-- --> ¦ // ¦ {"$gt": ""} ¦ {"$where": "1"} ¦ [$ne] ¦ __proto__`,
  ),
  ...parts(
    'attribute_exists(pk) ¦ #pk ¦ :v ¦ { __schema { types { name } } } ¦ ") { id } } ¦ \u0024{jndi:ldap://x} ¦ {{7*7}} ¦ <%= 7 %>',
  ),
  ...parts(
    '<script> ¦ <mark> ¦ </mark> ¦ &lt; ¦ ../../etc/passwd ¦ %00 ¦ %0a ¦ javascript: ¦ constructor ¦ + ¦ ~ ¦ ^ ¦ @ ¦ !',
  ),
  // What can't be seen, turns the direction of writing, or looks like something else.
  ...[
    '\u200B',
    '\u200D',
    '\uFEFF',
    '\u00AD',
    '\u202E',
    '\u2066',
    '\u2028',
    '\u00A0',
    '\u3000',
    '\uE000',
    '\uFFFD',
    '\uFFFF',
    '\u0301',
  ],
  ...parts('о ¦ ОR ¦ А ¦ ＯＲ ¦ ｏｒｇ ¦ ＝ ¦ （ ¦ ） ¦ ［ ¦ ⟦ ¦ ﬁ ¦ ß ¦ ẞ ¦ İ ¦ ı ¦ ſ ¦ \u212A ¦ 👩‍👩‍👧 ¦ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ¦ 長'),
];

/** Where a fragment stands within a text. */
const PLACES: readonly ((fragment: string) => string)[] = [
  (fragment) => fragment,
  (fragment) => `Pi${fragment}lot ${fragment}`,
  (fragment) => `x" ${fragment} "x`,
  (fragment) => `\\" ${fragment} OR org EXISTS OR "`,
];

/** As long as a search takes. */
const filled = (part: string): string => part.repeat(Math.floor(500 / part.length));

/** Texts that would mean something if they were taken for anything but text. */
export const HOSTILE: readonly string[] = [
  ...new Set([
    ...FRAGMENTS.flatMap((fragment) => PLACES.map((place) => place(fragment))),
    ...FRAGMENTS.map((fragment, i) => `${fragment}${FRAGMENTS[(i * 7 + 3) % FRAGMENTS.length]}`),
    ...['"', '\\', "'", '(', '[', '-"', 'NOT ', 'a ', '"a" OR ', '\u0301', '長'].map(filled),
  ]),
];

/** Half of a character, and what no text should hold. */
const BROKEN = ['\uD83D', '\uDC69', '\u0000', '\n', '\t', '\u007F', '\u0085'];

/** Texts without end of the same kind: fragments in places, put together, repeated, broken off. */
export function hostileText(next: () => number): string {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;
  const one = (): string => (pick(PLACES) ?? String)(next() < 0.1 ? pick(BROKEN) : pick(FRAGMENTS));
  const text = Array.from({ length: 1 + Math.floor(next() * 4) }, one).join(pick(['', ' ', ', ', ') OR (', '" OR "']));
  if (next() < 0.05) return text.repeat(Math.ceil((next() * 5_000) / text.length));
  return next() < 0.2 ? text.slice(0, Math.floor(next() * text.length)) : text;
}
