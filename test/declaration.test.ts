import { describe, expect, it } from 'vitest';
import { entities } from '../src/entities/all.ts';
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
    const state = { type: ['open', 'in progress', 'a#b', ''], required: true, description: 'State.' } as const;
    const indexes = { states: { index: 'gsi1', pk: [], sk: ['state'] } } as const;
    expect(() => defineEntity({ name: 'note', description: 'A note.', attributes: { state }, indexes })).toThrow(
      'note.state is a composite, and ["in progress","a#b",""] can\'t be in a key; use letters, digits, "_" and "-", a letter or digit first',
    );
    // Elsewhere they may stand.
    defineEntity({ name: 'note', description: 'A note.', attributes: { state }, indexes: {} });
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
