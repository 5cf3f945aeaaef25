import { expect, it } from 'vitest';
import { degrees } from '../src/entities/core/formats.ts';
import { withDefaults } from '../src/entities/core/stored.ts';
import { assertValid } from '../src/entities/core/validate.ts';
import { ValidationError } from '../src/errors.ts';
import { Order } from './support/order.ts';

const at = '2026-01-01T00:00:00.000Z';
const valid = { org: 'acme', order: 'o1', shop: 's1', version: 1, createdAt: at, updatedAt: at };

/** What is wrong with an order of these values, which may be out of type, as a client without types would send them. */
function issuesOf(values: Readonly<Record<string, unknown>>) {
  try {
    assertValid(Order.attributes, withDefaults(Order.attributes, { ...valid, ...values }), 'new');
    return [];
  } catch (error) {
    if (error instanceof ValidationError) return error.issues;
    throw error;
  }
}

it('names what is wrong by its path', () => {
  const issues = issuesOf({
    tags: ['fine', 'ok', 'much too long'],
    sizes: [1, 100, 'x'],
    teams: ['green'],
    address: { lines: ['fine', ' '], floors: 7, kind: 'none' },
    parts: [{ name: 'x' }, { price: { amount: -1 } }, 'wheel', { name: 'x', colors: ['red'] }],
    state: 'opened',
    number: '7',
  });
  expect(Object.fromEntries(issues.map(({ path, message }) => [path, message]))).toEqual({
    'tags[2]': 'must have 1 to 10 characters',
    'sizes[1]': 'must be a whole number from 0 to 99',
    'sizes[2]': 'must be a whole number from 0 to 99',
    'teams[0]': 'must be one of red, blue',
    'address.lines[1]': 'begins or ends with a blank; remove it',
    'address.floors': 'must be a list',
    'address.kind': 'must be one of home, work',
    'parts[1].name': 'is required; give a value',
    'parts[1].price.amount': `must be a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`,
    'parts[1].price.currency': 'is required; give a value',
    'parts[2]': 'must be an object with name, price, colors',
    'parts[3].colors[0]': 'must be one of black, white',
    state: 'must be one of open, paid',
    number: 'must be a whole number from 0 to 999',
  });
});

it('refuses nothing for an item of a list', () => {
  expect(issuesOf({ address: { lines: ['a', null] } })).toEqual([
    { path: 'address.lines[1]', message: 'is required; give a value' },
  ]);
});

it('refuses names that are unknown, and lists those that are not', () => {
  const [unknown, nested, inherited] = issuesOf({
    titel: 'x',
    parts: [{ name: 'x', prise: 1 }],
    address: { lines: [], constructor: 'x' },
  });
  expect(unknown).toMatchObject({
    path: 'titel',
    message: expect.stringMatching(/^is unknown; there are .*title, state/),
  });
  expect([nested?.path, inherited?.path].sort()).toEqual(['address.constructor', 'parts[0].prise']);
  expect(nested?.message).not.toContain('supplier');
});

it('refuses to change what is read-only or set by the writer', () => {
  for (const name of ['shop', 'order', 'org', 'createdAt', 'version', 'updatedAt'])
    expect(() => assertValid(Order.attributes, { [name]: 's2' }, 'change')).toThrow(
      `${name} can't be changed; leave it out`,
    );
  assertValid(Order.attributes, { expires: 1, title: 'x' }, 'change');
});

it('refuses text and numbers that can not be stored, whatever the format', () => {
  const attributes = {
    text: { type: 'string', description: 'Text.' },
    number: { type: 'number', description: 'Number.' },
  } as const;
  const values = { text: 'half a pair: \ud800', number: Number.POSITIVE_INFINITY };
  expect(() => assertValid(attributes, values, 'new')).toThrow(
    'text must be valid Unicode; number must be a number from 1e-130 to 9007199254740991, of either sign, or 0',
  );
});

it.each([1e300, -1e300, 2 ** 53, 1e-200, Number.NaN])('refuses %d, which DynamoDB or its client would', (number) => {
  const attributes = {
    plain: { type: 'number', description: 'Number.' },
    degrees: { type: 'number', format: degrees(180), description: 'Number.' },
    several: { type: 'set', items: 'number', description: 'Numbers.' },
  } as const;
  for (const [name, value] of Object.entries({ plain: number, degrees: number, several: [1, number] }))
    expect(() => assertValid(attributes, { [name]: value }, 'change')).toThrow(/must be (a number from|degrees from)/);
  assertValid(attributes, { plain: -(2 ** 53) + 1, degrees: 0, several: [1e-130, -1e-130] }, 'change');
});
