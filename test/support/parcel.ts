import { defineEntity } from '../../src/entities/core/define.ts';
import { country, date, dateTime, integer, keySafe, line } from '../../src/entities/core/formats.ts';
import { money } from '../../src/entities/money.ts';
import { encodeGlobalId } from '../../src/schema/electrodb/global-id.ts';
import { defineSearch } from '../../src/search/define.ts';
import type { FilterFields } from './filters.ts';

const STATES = ['packed', 'on-its-way', 'delivered'] as const;

/** An entity with values of every type that searches can filter by. */
export const Parcel = defineEntity({
  name: 'parcel',
  description: 'What is sent.',
  attributes: {
    label: { type: 'string', required: true, format: line(500), description: 'Label.' },
    note: { type: 'string', format: line(500), description: 'Note.' },
    words: { type: 'set', items: 'string', format: line(500), description: 'Words.' },
    carriers: { type: 'set', items: 'string', format: keySafe, description: 'Carriers.' },
    stops: { type: 'list', items: { type: 'string', format: date }, description: 'When it stops.' },
    parts: {
      type: 'list',
      items: { type: 'map', properties: { name: { type: 'string', format: line(9), description: 'Name.' } } },
      description: 'What is in it.',
    },
    weight: { type: 'number', description: 'Weight.' },
    count: { type: 'number', format: integer(0, 100), description: 'How many.' },
    sentOn: { type: 'string', format: date, description: 'Day.' },
    sentAt: { type: 'string', format: dateTime, description: 'Moment.' },
    state: { type: STATES, description: 'State.' },
    fragile: { type: 'boolean', description: 'Whether it breaks.' },
    customer: { type: 'string', format: keySafe, references: 'employee', description: 'For whom.' },
    to: { type: 'string', format: country, description: 'Where to.' },
    price: { ...money, description: 'Price.' },
  },
  indexes: {},
});

/** Searches for {@link Parcel} by all that it has. */
export const parcelSearch = defineSearch(Parcel, {
  searchable: ['label'],
  filterable: [
    ...(['label', 'note', 'words', 'carriers', 'stops', 'parts', 'weight', 'count', 'sentOn', 'sentAt'] as const),
    ...(['state', 'fragile', 'customer', 'to', 'price.amount', 'price.currency'] as const),
  ],
  sortable: [],
});

/** Text that engines are apt to confuse, or to tell apart that is the same. */
export const TEXTS = [
  ...'Zürich ¦ zurich ¦ ZÜRICH! ¦ Zürich-West ¦ Zu\u0308rich ¦ Straße ¦ STRASSE ¦ strasse 7 ¦ Łódź ¦ łodz ¦ Ångström'.split(
    ' ¦ ',
  ),
  ...'東京 ¦ 東京都 ¦ 각 ¦ 가나 ¦ がく ¦ かく ¦ Кафе ¦ КАФЕ́ ¦ ΟΔΟΣ ¦ οδός ¦ ΟΔΟΣΑ ¦ İstanbul ¦ ıstanbul ¦ ISTANBUL'.split(
    ' ¦ ',
  ),
  ...'ＡＢＣ ¦ abc ¦ ﬁne ¦ fine ¦ ① ¦ 1 ¦ 1.0 ¦ 01 ¦ -1 ¦ 1e3 ¦ true ¦ null ¦ NOT ¦ EXISTS ¦ a IN [b]'.split(' ¦ '),
  ...'"quoted" ¦ \\ ¦ O\'Hara ¦ ohara ¦ o hara ¦ - ¦ !!! ¦ ❤️ ¦ 👍🏽 ¦ محمد ¦ हिन्दी ¦ ไทย'.split(' ¦ '),
  // On both sides of what is told apart by its beginning.
  ...['a', 'b'].map((end) => `${'long '.repeat(90)}${end}`),
  `${'LONG, '.repeat(90)}b`,
  ...[133, 134].map((length) => '長'.repeat(length)),
  ...[199, 200].map((length) => `a${'ж'.repeat(length)}`),
  '각'.repeat(60),
];
const IDS = ['a', 'A', 'B-1', 'b_1', '1', '01'];
const DAYS = ['1000-01-01', '2024-02-28', '2024-02-29', '2024-03-01', '9999-12-31'];
const MOMENTS = [
  ...['2024-02-29T12:00:00.000Z', '2024-02-29T12:00:00Z', '2024-02-29T13:00:00+01:00', '2024-02-29T12:00:00.001Z'],
  ...['1969-12-31T23:59:59.999Z', '2100-01-01T00:00:00Z'],
];
const WEIGHTS = [0, 1, -1, 1.5, -2.5, 1e-7, 9_007_199_254_740_991, 0.1];
const AMOUNTS = [0, 1, 100, 9_007_199_254_740_990, 9_007_199_254_740_991];

/** What clients filter parcels by, with values that some have and some that none has. */
export const PARCEL_FIELDS: FilterFields = {
  label: { kind: 'text', values: [...TEXTS, 'nobody has this'] },
  note: { kind: 'text', values: [...TEXTS, ''] },
  words: { kind: 'texts', values: TEXTS },
  carriers: { kind: 'list', values: [...IDS, 'c'] },
  stops: { kind: 'list', values: DAYS },
  parts: { kind: 'maps', values: [] },
  weight: { kind: 'number', values: [...WEIGHTS, 7, 1e21, -1e21] },
  count: { kind: 'number', values: [0, 1, 50, 100] },
  sentOn: { kind: 'day', values: [...DAYS, '2024-02-27'] },
  sentAt: { kind: 'moment', values: MOMENTS },
  state: { kind: 'code', values: STATES },
  fragile: { kind: 'flag', values: [true, false] },
  customer: { kind: 'code', values: [...IDS, 'c'].map((id) => encodeGlobalId('Employee', id)) },
  to: { kind: 'code', values: ['DE', 'US', 'AT'] },
  price: {
    properties: {
      amount: { kind: 'number', values: AMOUNTS },
      currency: { kind: 'code', values: ['EUR', 'USD', 'JPY'] },
    },
  },
};

/** A parcel as the table holds it, any of whose optional attributes may be missing. */
export function anyParcel(next: () => number, number: number) {
  const pick = <T>(from: readonly T[]) => from[Math.floor(next() * from.length)] as T;
  const maybe = <T>(make: () => T) => (next() < 0.7 ? make() : undefined);
  const several = <T>(from: readonly T[]) => [...new Set([pick(from), pick(from), pick(from)])];
  const all = {
    label: TEXTS[number % TEXTS.length] ?? '',
    note: maybe(() => pick(TEXTS)),
    words: maybe(() => several(TEXTS)),
    carriers: maybe(() => several(IDS)),
    stops: maybe(() => (next() < 0.2 ? [] : several(DAYS))),
    parts: maybe(() => (next() < 0.2 ? [] : [{ name: 'lid' }, {}])),
    weight: maybe(() => pick(WEIGHTS)),
    count: maybe(() => pick([0, 1, 50, 99])),
    sentOn: maybe(() => pick(DAYS)),
    sentAt: maybe(() => pick(MOMENTS)),
    state: maybe(() => pick(STATES)),
    fragile: maybe(() => pick([true, false])),
    customer: maybe(() => pick(IDS)),
    to: maybe(() => pick(['DE', 'US'])),
    price: maybe(() => ({ amount: pick(AMOUNTS), currency: pick(['EUR', 'USD']) })),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as typeof all;
}
