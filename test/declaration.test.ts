import { describe, expect, it } from 'vitest';
import { entities } from '../src/entities/all.ts';
import { assertDeclared } from '../src/entities/core/assert-declared.ts';
import type { AnyValue, AttributeSpec } from '../src/entities/core/attributes.ts';
import { defineEntity } from '../src/entities/core/define.ts';
import { country, currency, date, integer, keySafe, slugged } from '../src/entities/core/formats.ts';
import { isKeySafe } from '../src/entities/core/keys.ts';
import type { AnyEntity } from '../src/entities/core/model.ts';
import { defineRegistry, entityNamed } from '../src/entities/core/registry.ts';
import { Office } from '../src/entities/index.ts';
import { random } from './support/random.ts';

const LETTERS = Array.from({ length: 26 }, (_, i) => String.fromCharCode(65 + i));

const board = (name: string, index: 'gsi1' | 'gsi2', type?: 'clustered'): AnyEntity =>
  defineEntity({
    name,
    description: 'An entity.',
    attributes: {},
    indexes: { board: { index, collection: 'board', ...(type ? { type } : {}), pk: [], sk: [] } },
  });

describe('defineEntity', () => {
  it('refuses enumeration values that keys can not have', () => {
    const state = { type: ['open', 'in progress', 'a#b'], required: true, description: 'State.' } as const;
    const indexes = { states: { index: 'gsi1', pk: [], sk: ['state'] } } as const;
    expect(() => defineEntity({ name: 'note', description: 'A note.', attributes: { state }, indexes })).toThrow(
      'note.state is a composite, and ["in progress","a#b"] can\'t be in a key; use letters, digits, "_" and "-", a letter or digit first',
    );
    // Elsewhere they may stand.
    defineEntity({ name: 'note', description: 'A note.', attributes: { state }, indexes: {} });
  });

  it.each<[string, AnyValue, string]>([
    [
      'values that are one in GraphQL',
      { type: ['in-work', 'in_work'] },
      'note.a has "in-work" and "in_work", which are both IN_WORK in GraphQL; rename one',
    ],
    ['values that are one but for case', { type: ['a', 'A'] }, 'note.a has "a" and "A", which are both A in GraphQL'],
    ['a value twice', { type: ['a', 'a'] }, 'note.a has "a" and "a"'],
    [
      'a value without a name',
      { type: ['é'] },
      'note.a can\'t have the value "é": GraphQL\'s names take letters and digits',
    ],
    ['an empty value', { type: [''] }, 'note.a can\'t have the value ""'],
    ['no values', { type: [] }, 'note.a has no values; give at least one'],
    ['the values of a set', { type: 'set', items: ['a-b', 'a_b'] }, 'which are both A_B'],
    [
      'those within a map',
      { type: 'map', properties: { b: { type: ['a-b', 'a_b'], description: 'B.' } } },
      'note.a.b has',
    ],
    [
      'a default beyond its format',
      { type: 'string', format: date, default: 'never' },
      'note.a has the default "never", which must be a real day as YYYY-MM-DD',
    ],
    [
      'a default beyond its values',
      { type: ['a', 'b'], default: 'c' },
      'note.a has the default "c", which must be one of a, b',
    ],
    [
      'a default of another type',
      { type: 'number', default: 'c' },
      'note.a has the default "c", which must be a number',
    ],
    [
      'a property that filters have',
      { type: 'map', properties: { exists: { type: 'boolean', description: 'B.' } } },
      'note.a can\'t have the name "exists"; reserved by filters are exists',
    ],
    [
      'a property without a name',
      { type: 'map', properties: { 'a b': { type: 'boolean', description: 'B.' } } },
      'note.a: "a b" can\'t be a name',
    ],
  ])('refuses %s', (_what, value, message) => {
    expect(() => assertDeclared('note', { a: { ...value, description: 'A.' } as AttributeSpec }, {})).toThrow(message);
  });

  it('minds no names of what is in no type of GraphQL', () => {
    const values = { type: ['in-work', 'in_work'], hidden: true, description: 'A.' } as const;
    assertDeclared('note', { a: values }, {});
    const map = {
      type: 'map',
      hidden: true,
      properties: { b: { ...values, hidden: false } },
      description: 'A.',
    } as const;
    assertDeclared('note', { a: map }, {});
  });

  it('computes no default before it is needed', () => {
    const fallback = () => expect.unreachable();
    assertDeclared('note', { a: { type: 'string', default: fallback, description: 'A.' } }, {});
  });

  it.each([
    ['not', 'filters are and, or, not'],
    ['valueOf', 'JavaScript are constructor, '],
    ['gsi2sk', 'the table are pk, sk, '],
    ['createdAt', 'every entity are id, org, version, createdAt, updatedAt, expires'],
  ])('refuses the reserved name "%s"', (name, message) => {
    const attributes = { [name]: { type: 'string', description: 'Text.' } } as const;
    expect(() => defineEntity({ name: 'note', description: 'A note.', attributes, indexes: {} })).toThrow(
      `note can't have the name "${name}"; reserved by ${message}`,
    );
  });

  it.each(['Title', 'first name', 'a#b', '1st', 'snake_case', ''])('refuses the name "%s"', (name) => {
    const attribute = { type: 'string', description: 'Text.' } as const;
    const attributes = { [name]: attribute };
    expect(() => defineEntity({ name: 'note', description: 'A note.', attributes, indexes: {} })).toThrow(
      `note: "${name}" can't be a name in keys and GraphQL; use letters and digits, a small one first`,
    );
  });

  it('knows whom it refers to, each once', () => {
    expect(entities.map(({ name, references }) => [name, references])).toEqual([
      ['employee', ['office', 'employee']],
      ['office', []],
      ['project', ['employee']],
      ['task', ['project', 'employee']],
    ]);
  });
});

describe('defineRegistry', () => {
  it('is the list that it was given', () => {
    expect([...defineRegistry([Office])]).toEqual([Office]);
    expect(entityNamed(entities, 'office')).toBe(Office);
    expect(() => entityNamed(entities, 'ofice')).toThrow(
      'no entity is called "ofice"; the registry has employee, office, project, task',
    );
  });

  it('refuses two entities of one name', () => {
    expect(() => defineRegistry([Office, Office])).toThrow(
      'two entities are called "office"; their items would share keys',
    );
  });

  it('refuses a collection that is in different places', () => {
    expect(() => defineRegistry([board('left', 'gsi1'), board('right', 'gsi2')])).toThrow(
      'the collection "board" is isolated in gsi1, but right has it isolated in gsi2; make them equal',
    );
    expect(() => defineRegistry([board('left', 'gsi1'), board('right', 'gsi1', 'clustered')])).toThrow(
      'but right has it clustered in gsi1',
    );
  });
});

describe('formats that are fit for keys', () => {
  it.each([
    ['country', country, LETTERS.flatMap((a) => LETTERS.map((b) => a + b))],
    ['currency', currency, Intl.supportedValuesOf('currency')],
    ['date', date, ['1000-01-01', '2024-02-29', '9999-12-31']],
    ['keySafe', keySafe, ['a', 'A-b_c', '0'.repeat(255)]],
    ['slugged', slugged, ['sao-paulo', 'u']],
  ])('%s allows nothing else', (_name, { alphabet, check }, likely) => {
    const next = random(11);
    const anything = Array.from({ length: 2_000 }, () =>
      Array.from({ length: 1 + Math.floor(next() * 10) }, () => String.fromCharCode(33 + Math.floor(next() * 94))).join(
        '',
      ),
    );
    const allowed = [...likely, ...anything, '', ' ', '#', '-', '-a'].filter((value) => check.safeParse(value).success);
    expect(allowed.length).toBeGreaterThan(0);
    expect(allowed.filter((value) => !isKeySafe(value))).toEqual([]);
    expect(alphabet).toBe('key');
  });

  it('integers from 0 have the digits of the largest', () => {
    expect(integer(0, 999)).toMatchObject({ alphabet: 'key', digits: 3 });
    expect(integer(0, Number.MAX_SAFE_INTEGER)).toMatchObject({ alphabet: 'key', digits: 16 });
    expect(integer(-1, 999)).toMatchObject({ alphabet: 'text' });
  });
});
