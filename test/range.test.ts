import { describe, expect, it } from 'vitest';
import { defineEntity, slugOf } from '../src/entities/core/define.ts';
import { date, integer, keySafe, line } from '../src/entities/core/formats.ts';
import type { AnyEntity } from '../src/entities/core/model.ts';
import type { Bounds } from '../src/entities/core/range.ts';
import type { QueryRange } from '../src/entities/core/table.ts';
import { Employee, Office, Task } from '../src/entities/index.ts';
import { BadInputError } from '../src/errors.ts';
import { random } from './support/random.ts';

const Shift = defineEntity({
  name: 'shift',
  description: 'Work at a place.',
  attributes: {
    place: { type: 'string', required: true, format: keySafe, description: 'Where.' },
    city: { type: 'string', format: line(80), description: 'City.' },
    cityKey: slugOf('city'),
    day: { type: 'string', format: date, description: 'When.' },
    rank: { type: 'number', required: true, format: integer(0, 9_999), description: 'How urgent.' },
    kind: { type: ['early', 'late'], description: 'Which.' },
  },
  indexes: {
    days: { index: 'gsi1', collection: 'days', pk: ['place'], sk: ['kind', 'day', 'rank', 'shift'] },
    ranks: { index: 'gsi2', collection: 'ranks', type: 'clustered', pk: ['place'], sk: ['rank', 'cityKey'] },
    cities: { index: 'gsi3', pk: [], sk: ['cityKey', 'day', 'rank'] },
  },
});

const at = '2026-01-01T00:00:00.000Z';
const item = (values: Readonly<Record<string, unknown>>) => ({
  ...{ org: 'acme', version: 1, createdAt: at, updatedAt: at, shift: 's1', place: 'p1', rank: 0 },
  ...values,
});
const sortKeyOf = (entity: AnyEntity, index: string, values: Readonly<Record<string, unknown>>): string =>
  String(entity.put(item(values)).Put.Item?.[`${entity.indexes[index]?.index}sk`]);

/** What a Query with this range's key condition would find. */
const holds = ({ beginsWith, between }: QueryRange, sortKey: string): boolean =>
  sortKey.startsWith(beginsWith) && (!between || (between[0] <= sortKey && sortKey <= between[1]));

describe('numbers in keys', () => {
  it('are padded to the width of the largest, so that they sort as numbers', () => {
    expect(sortKeyOf(Shift, 'days', { kind: 'late', day: '2026-03-01', rank: 7 })).toBe(
      '$days#shift_1#kind_late#day_2026-03-01#rank_0007#shift_s1',
    );
    const ranks = [0, 1, 9, 10, 99, 100, 1_000, 9_999];
    const keys = ranks.map((rank) => sortKeyOf(Shift, 'ranks', { rank }));
    expect(keys.toSorted()).toEqual(keys);
  });

  it('are whole and within their bounds', () => {
    for (const rank of [-1, 10_000, 1.5, Number.NaN, '7']) expect(() => Shift.put(item({ rank })), `${rank}`).toThrow();
    expect(() => Shift.range('ranks', { org: 'acme', place: 'p1', rank: -1 })).toThrow(
      new BadInputError('rank', 'is -1; it must be a whole number from 0 to 9999'),
    );
  });

  it('are given as numbers to ranges', () => {
    const range = Shift.range('ranks', { org: 'acme', place: 'p1', rank: 7 });
    expect(range.beginsWith).toBe('$ranks#rank_0007#cityKey_');
    expect(() => Shift.range('ranks', { org: 'acme', place: 'p1', rank: '7' })).toThrow(BadInputError);
  });
});

describe('an optional composite', () => {
  it('is the sentinel in keys when it is absent, enumerations and slugs too', () => {
    expect(sortKeyOf(Shift, 'days', {})).toBe('$days#shift_1#kind_-#day_-#rank_0000#shift_s1');
    expect(sortKeyOf(Shift, 'cities', {})).toBe('$shift_1#cityKey_-#day_-#rank_0000');
    expect(sortKeyOf(Shift, 'cities', { city: 'München' })).toBe('$shift_1#cityKey_munchen#day_-#rank_0000');
  });

  it('is absent again to readers', () => {
    const row = Shift.put(item({})).Put.Item;
    expect(Shift.parse(row as Parameters<typeof Shift.parse>[0])).toEqual({
      ...{ shift: 's1', place: 'p1', rank: 0, version: 1, createdAt: at, updatedAt: at },
    });
  });
});

describe('bounds', () => {
  const office = { org: 'acme', country: 'DE', stateKey: 'bayern' };
  const range = (bounds: Omit<Bounds, 'composite'>) =>
    Office.range('locations', office, { composite: 'cityKey', ...bounds });
  const city = (cityKey: string) => `$office_1#country_DE#stateKey_bayern#cityKey_${cityKey}#zipKey_1#office_o1`;

  it('include both ends, whatever follows them in the key, and nothing that only begins like them', () => {
    const toBer = range({ from: 'a', to: 'ber' });
    expect(toBer).toEqual({
      index: 'gsi3',
      pk: '$roster#org_acme',
      beginsWith: '$office_1#country_DE#stateKey_bayern#cityKey_',
      between: ['$office_1#country_DE#stateKey_bayern#cityKey_a', '$office_1#country_DE#stateKey_bayern#cityKey_ber$'],
      pattern: 'office.locations',
    });
    expect(
      ['a', 'aachen', 'ber', 'ber-lin', 'ber0', 'berlin', 'berta', 'c'].filter((key) => holds(toBer, city(key))),
    ).toEqual(['a', 'aachen', 'ber']);
  });

  it('that are missing end where the composite ends', () => {
    const keys = ['0', 'aachen', 'berlin', 'zwiesel', 'zz'];
    expect(keys.filter((key) => holds(range({ from: 'berlin' }), city(key)))).toEqual(['berlin', 'zwiesel', 'zz']);
    expect(keys.filter((key) => holds(range({ to: 'berlin' }), city(key)))).toEqual(['0', 'aachen', 'berlin']);
    expect(keys.filter((key) => holds(range({}), city(key)))).toEqual(keys);
    const neighbours = [
      '$office_1#country_DE#stateKey_bayern',
      '$office_1#country_DE#stateKey_berlin#cityKey_berlin#zipKey_1#office_o1',
      '$office_1#country_AT#stateKey_bayern#cityKey_berlin#zipKey_1#office_o1',
      '$project_1#status_open',
    ];
    for (const bounds of [{}, { from: '0' }, { to: 'zz' }, { beginsWith: 'b' }])
      expect(neighbours.filter((key) => holds(range(bounds), key))).toEqual([]);
  });

  it('may say what values begin with', () => {
    const keys = ['ber', 'ber-lin', 'berlin', 'be', 'bes'];
    expect(keys.filter((key) => holds(range({ beginsWith: 'ber' }), city(key)))).toEqual(['ber', 'ber-lin', 'berlin']);
  });

  it('leave out what has no value there', () => {
    const days = (bounds: Omit<Bounds, 'composite'>) =>
      Shift.range('days', { org: 'acme', place: 'p1', kind: 'late' }, { composite: 'day', ...bounds });
    const none = sortKeyOf(Shift, 'days', { kind: 'late' });
    expect(holds(days({}), none)).toBe(true);
    expect(holds(days({ to: '2026-12-31' }), none)).toBe(false);
    expect(holds(days({ from: '2026-01-01' }), none)).toBe(false);
    // Those alone are asked for by the sentinel.
    expect(holds(Shift.range('days', { org: 'acme', place: 'p1', kind: '-' }), sortKeyOf(Shift, 'days', {}))).toBe(
      true,
    );
  });

  it('are for the next composite only', () => {
    expect(() => Office.range('locations', { org: 'acme' }, { composite: 'cityKey', from: 'a' })).toThrow(
      'office.locations: bounds of "cityKey" leave a gap; the next composite is "country"',
    );
    expect(() => Office.range('workplaces', { org: 'acme', office: 'o1' }, { composite: 'team', from: 'a' })).toThrow(
      'office.workplaces: bounds of "team" leave a gap; nothing is left to bound',
    );
  });

  it.each([
    [{ from: 'b', to: 'a' }, 'cityKey.from: is b, behind cityKey.to, which is a; swap them'],
    [{ from: 'a', beginsWith: 'b' }, "cityKey.beginsWith: can't be combined with from and to; give one or the other"],
    [
      { to: 'a#b' },
      'cityKey.to: is "a#b"; give 1 to 255 letters, digits, "_" or "-", beginning with a letter or digit',
    ],
    [{ from: '' }, 'cityKey.from: is ""; give 1 to 255'],
    [{ beginsWith: '' }, 'cityKey.beginsWith: is ""; give 1 to 255'],
    [{ from: 7 }, 'cityKey.from: is 7; give 1 to 255'],
  ])('refuse %j', (bounds, message) => {
    expect(() => range(bounds)).toThrow(message);
    expect(() => range(bounds)).toThrow(BadInputError);
  });

  it.each([
    [{ from: -1 }, 'rank.from: is -1; it must be a whole number from 0 to 9999'],
    [{ to: '7' }, 'rank.to: is 7; it must be a whole number from 0 to 9999'],
    [{ from: 10, to: 9 }, 'rank.from: is 10, behind rank.to, which is 9; swap them'],
    [{ beginsWith: '1' }, 'rank.beginsWith: is for text; give from and to for a number'],
  ])('of numbers refuse %j', (bounds, message) => {
    const composites = { org: 'acme', place: 'p1' };
    expect(() => Shift.range('ranks', composites, { composite: 'rank', ...bounds })).toThrow(message);
  });
});

describe('composites', () => {
  it('that are all given name one sort key, not those that begin like it', () => {
    const range = Task.range('board', { org: 'acme', project: 'p1', status: 'open', employee: 'e1', task: 't1' });
    const key = '$board#task_1#status_open#employee_e1#task_t1';
    expect(range.between).toEqual([key, key]);
  });

  it('are all of the partition key and a beginning of the sort key', () => {
    expect(() => Employee.range('reports', { org: 'acme' })).toThrow(
      'employee.reports needs all of org, manager; give manager',
    );
    expect(() => Employee.range('reports', { org: 'acme', manager: 'm1', office: 'o1' })).toThrow('leave a gap');
    expect(() => Employee.range('reports', { org: 'acme', manager: 'm1', title: 'x' })).toThrow(
      'employee.reports has no composite "title"; it has manager, team, office, employee',
    );
  });

  it('can not forge a neighbour', () => {
    for (const manager of ['a#employee_b', '', ' ', 'ü', 'x'.repeat(256)])
      expect(() => Employee.range('reports', { org: 'acme', manager }), manager).toThrow(BadInputError);
  });
});

describe('ranges by string comparison equal filters by value', () => {
  const SEED = 7;
  const ROUNDS = 400;
  const ALPHABET = '09AZaz-_';

  const texts = (next: () => number, count: number): string[] =>
    Array.from({ length: count }, () => {
      const length = 1 + Math.floor(next() * 4);
      const letters = Array.from({ length }, () => ALPHABET[Math.floor(next() * ALPHABET.length)]).join('');
      return /^[A-Za-z0-9]/.test(letters) ? letters : `a${letters}`;
    });
  const maybe = <T>(next: () => number, value: T): T | undefined => (next() < 0.25 ? undefined : value);
  const present = <T extends object>(values: T) =>
    Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
      [K in keyof T]: Exclude<T[K], undefined>;
    };

  it.each([
    ['an isolated collection', 'days', { kind: 'late', day: '2026-01-01' }, 'rank'],
    ['a clustered collection', 'ranks', {}, 'rank'],
    ['no collection, the last composite', 'cities', { cityKey: 'a', day: '2026-01-01' }, 'rank'],
  ])('numbers in %s', (_where, index, given, composite) => {
    const next = random(SEED);
    const stored = { ...given, ...('cityKey' in given ? { city: given.cityKey } : {}) };
    const numbers = () => Math.floor(10 ** (next() * 4)) - 1;
    for (let round = 0; round < ROUNDS; round++) {
      const [a, b, value] = [numbers(), numbers(), numbers()];
      const bounds = present({ from: maybe(next, Math.min(a, b)), to: maybe(next, Math.max(a, b)) });
      const scope = { org: 'acme', ...(index === 'cities' ? {} : { place: 'p1' }) };
      const range = Shift.range(index, { ...scope, ...given }, { composite, ...bounds });
      const expected = value >= (bounds.from ?? 0) && value <= (bounds.to ?? Number.POSITIVE_INFINITY);
      const key = sortKeyOf(Shift, index, { ...stored, rank: value });
      expect(holds(range, key), JSON.stringify({ bounds, value, key })).toBe(expected);
    }
  });

  it('text', () => {
    const next = random(SEED);
    for (let round = 0; round < ROUNDS; round++) {
      const [a = '', b = '', value = '', other = ''] = texts(next, 4);
      const [low, high] = a <= b ? [a, b] : [b, a];
      const bounds = present({ from: maybe(next, low), to: maybe(next, high) });
      const range = Shift.range('cities', { org: 'acme' }, { composite: 'cityKey', ...bounds });
      const expected = value >= (bounds.from ?? '') && (bounds.to === undefined || value <= bounds.to);
      for (const behind of [`#day_2026-01-01#rank_0000`, `#day_-#rank_9999`]) {
        const key = `$shift_1#cityKey_${value}${behind}`;
        expect(holds(range, key), JSON.stringify({ bounds, value, key })).toBe(expected);
      }
      const beginsWith = Shift.range('cities', { org: 'acme' }, { composite: 'cityKey', beginsWith: other });
      expect(holds(beginsWith, `$shift_1#cityKey_${value}#day_-`)).toBe(value.startsWith(other));
    }
  });
});
