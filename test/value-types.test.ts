import { expect, it } from 'vitest';
import type { AnyValue, AttributeSpec, TextAttribute } from '../src/entities/core/attributes.ts';
import { defineEntity } from '../src/entities/core/define.ts';
import { keySafe } from '../src/entities/core/formats.ts';
import type { AnyEntity } from '../src/entities/core/model.ts';
import { builderOf, printed } from './fixtures/graph.ts';

// The GraphQL types of maps and enumerations, which attributes share by name.

const about = { description: 'What it is.' } as const;
const text = { type: 'string', ...about } as const;

/** A schema with one entity of these attributes. */
function schemaOf(attributes: Readonly<Record<string, AnyValue & Pick<TextAttribute, 'references'>>>) {
  const specs = Object.entries(attributes).map(([name, value]) => [name, { ...about, ...value } as AttributeSpec]);
  const thing: AnyEntity = defineEntity({
    name: 'thing',
    description: 'A thing.',
    // The compiler knows no names of them.
    attributes: Object.fromEntries(specs) as Record<string, typeof text>,
    indexes: {},
  });
  const builder = builderOf([thing]);
  builder.entity(thing, {});
  builder.queryFields((t) => ({ thing: t.byId(thing) }));
  builder.mutationFields((t) => ({ createThing: t.create(thing) }));
  return builder.toSchema();
}

const shared = (properties: NonNullable<AnyValue['properties']>): AnyValue => ({
  type: 'map',
  graphql: { name: 'Shared' },
  properties,
});

it('maps of equal properties share a type, hidden ones aside', () => {
  const secret = { ...text, hidden: true } as const;
  const schema = schemaOf({ a: shared({ x: text }), b: shared({ x: { ...text }, secret }) });
  expect(printed(schema, 'Shared')).toBe('type Shared {\n  x: String\n}');
});

it.each<[string, NonNullable<AnyValue['properties']>]>([
  ['another property', { x: text, y: text }],
  ['a property that the other hides', { x: { ...text, hidden: true }, y: text }],
  ['a property that must be there', { x: { ...text, required: true } }],
  ['a property of another type', { x: { ...text, type: 'number' } }],
  ['a property of other values', { x: { ...text, type: ['a'] } }],
  ['a list', { x: { ...text, type: 'list', items: { type: 'string' } } }],
  ['a default', { x: { ...text, default: 'x' } }],
  ['a property within a property', { x: { ...text, type: 'map', properties: {} } }],
])('maps of one name and different properties are refused: %s', (_what, properties) => {
  expect(() => schemaOf({ a: shared({ x: text }), b: shared(properties) })).toThrow(
    'two maps of different properties are called Shared; give one of them another name by `graphql`',
  );
});

it('the default of an id is not shown, which clients would not know for one', () => {
  const ref = { type: 'string', required: true, format: keySafe, references: 'thing', default: 'x' } as const;
  expect(printed(schemaOf({ ref }), 'CreateThingInput')).toBe('input CreateThingInput {\n  ref: ID\n}');
});

it('enumerations of one name and different values are refused', () => {
  const graphql = { name: 'Shared' };
  expect(() => schemaOf({ a: { type: ['x'], graphql }, b: { type: ['x', 'y'], graphql } })).toThrow(
    'two enumerations are called Shared; give one of the attributes another name by `graphql`',
  );
  schemaOf({ a: { type: ['x'], graphql }, b: { type: ['x'], graphql } });
});

it('defaults are optional in inputs, those within maps and lists too', () => {
  const properties = {
    plain: { type: 'number', required: true, default: 1, ...about },
    state: { type: ['on', 'off'], required: true, default: 'off', ...about },
    computed: { type: 'string', required: true, default: () => 'x', ...about },
    must: { type: 'string', required: true, ...about },
    may: text,
  } as const;
  const fields = `
  computed: String
  may: String
  must: String!
  plain: Float! = 1
  state: ThingState! = OFF
`;
  const graph = schemaOf({
    ...properties,
    map: { type: 'map', properties },
    all: { type: 'list', items: { type: 'map', properties } },
  });
  const sorted = (name: string) =>
    printed(graph, name)
      .split('\n')
      .slice(1, -1)
      .filter((line) => /^ {2}(?!map|all)/.test(line))
      .sort()
      .join('\n');
  expect(sorted('CreateThingInput')).toBe(fields.slice(1, -1));
  expect(sorted('ThingMapInput')).toBe(fields.slice(1, -1).replace('ThingState', 'ThingMapState'));
  expect(sorted('ThingAllInput')).toBe(fields.slice(1, -1).replace('ThingState', 'ThingAllState'));
});
