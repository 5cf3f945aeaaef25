import { Entity } from 'electrodb';
import { expect, it } from 'vitest';
import { entities } from '../src/entities/all.ts';
import { electroSchema, type UntypedElectro } from '../src/entities/core/electro.ts';
import { decodePart, encodePart, isKeySafe, slug } from '../src/entities/core/keys.ts';

it.each([
  ['München', 'munchen'],
  ['MÜNCHEN', 'munchen'],
  ['São Paulo (SP)', 'sao-paulo-sp'],
  ['  Łódź ', 'u142odz'],
  ['Straße', 'strasse'],
  ['東京', 'u6771u4eac'],
  ['#&!', 'u'],
  ['-', 'u'],
])('the slug of %s is %s', (text, expected) => {
  expect(slug(text)).toBe(expected);
});

it('every slug is safe in a key', () => {
  for (let code = 0; code < 0x3000; code++) {
    const text = String.fromCodePoint(code).repeat(40);
    expect(isKeySafe(slug(text)), `U+${code.toString(16)}: ${slug(text)}`).toBe(true);
  }
});

it('encoding keeps different values different where case is folded', () => {
  const values = ['ACME', 'acme', 'Acme', 'a_b', 'a-b', 'a-5fb', 'a-2d', 'A', '-41', '41'];
  expect(new Set(values.map((value) => encodePart(value).toLowerCase())).size).toBe(values.length);
  for (const value of values) {
    expect(encodePart(value)).toMatch(/^[a-z0-9-]*$/);
    expect(decodePart(encodePart(value))).toBe(value);
  }
});

it.each(entities.map((entity) => [entity.name, entity] as const))(
  'the key of an %s is what ElectroDB makes',
  (name, entity) => {
    const schema = electroSchema(name, entity.attributes, entity.indexes);
    // ElectroDB's types need literal names.
    const electro = new Entity(schema as never, { table: 'roster' }) as unknown as UntypedElectro;
    for (const org of ['acme', 'ACME', '-', 'a_b', 'x'.repeat(255), '<org>', '']) {
      for (const id of ['01k', 'A-b_c', '-', '<id>']) {
        const key = entity.key(org, id);
        expect(key).toEqual(electro.get({ org, [name]: id }).params().Key);
        if (org !== '') expect(entity.identify(key)).toEqual({ org, id });
      }
    }
  },
);
