import {
  type GraphQLNamedOutputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isLeafType,
  isObjectType,
} from 'graphql';
import { fill } from './policy-asking.ts';
import { PolicySurface, type Probe, type ProbedField } from './policy-surface.ts';
import type { World } from './policy-world.ts';

/** What texts of strangers are taken for. */
export type Kind = 'cursor' | 'write' | 'id' | 'word' | 'date' | 'dateTime' | 'country' | 'currency';

/** One argument, or property of an input, of one field. */
export interface Slot {
  readonly kind: Kind;
  /** Type of the variable that stands in it. */
  readonly type: string;
  /** What it is, such as `Query.offices filter.city.eq`. */
  readonly name: string;
  /** The root field with all that it may show, or of a place in a list what follows there. @param variable such as `$v1` */
  text(variable: string): string;
}

const SIGNS: readonly (readonly [sign: string, kind: Kind, type: string])[] = [
  ['"<cursor>"', 'cursor', 'String!'],
  ['"<write>"', 'write', 'String!'],
  ['"<operand:office>"', 'id', 'ID!'],
  ['"<operand:employee>"', 'id', 'ID!'],
  ['"<operand:project>"', 'id', 'ID!'],
  ['"<word>"', 'word', 'String!'],
  ['"2020-07-05"', 'date', 'Date!'],
  ['"2020-06-30T09:00:00Z"', 'dateTime', 'DateTime!'],
  ['"<country>"', 'country', 'CountryCode!'],
  ['"<currency>"', 'currency', 'CurrencyCode!'],
];

/** Every argument of every query that takes a text of some kind: a new one is in by being in the schema. */
export function hostileSlots(schema: GraphQLSchema, world: Pick<World, 'others' | 'marks'>): Slot[] {
  const slots = (probe: Probe, field: ProbedField): Slot[] => {
    // The last is what the field is listed for; the others are what it can't do without.
    const [last] = SIGNS.filter(([sign]) => field.text.includes(sign)).toSorted(
      ([a], [b]) => field.text.lastIndexOf(b) - field.text.lastIndexOf(a),
    );
    if (!last || !probe.returns) return [];
    const [sign, kind, type] = last;
    const isPlace = kind === 'cursor' || kind === 'write';
    const selection = isPlace ? 'pageInfo { endCursor }' : everythingOf(schema, probe.returns);
    const whole = probe.text([{ ...field, text: field.text.replace(/ \{ __typename \}$/, ` { ${selection} }`) }]);
    const filled = (text: string) => fill(text, world.others, world);
    const at = whole.lastIndexOf(sign);
    const [before, behind] = [filled(whole.slice(0, at)), filled(whole.slice(at + sign.length))];
    const text = (variable: string) => `${before}${variable}${behind}`;
    return [{ kind, type, name: `${probe.anchor} ${field.name}`, text }];
  };
  return new PolicySurface(schema).reads().flatMap((probe) => {
    return probe.isArgument ? probe.fields.flatMap((field) => slots(probe, field)) : [];
  });
}

const MAX_DEPTH = 4;

/** All values that an object has, down to the objects of its lists, and of these what is their own. */
function everythingOf(schema: GraphQLSchema, type: GraphQLNamedOutputType, depth = MAX_DEPTH): string {
  if (isAbstractType(type)) {
    const possible = schema.getPossibleTypes(type);
    return possible.map((one) => `... on ${one.name} { ${valuesOf(one, `${one.name}_`)} }`).join(' ');
  }
  if (!isObjectType(type)) return '';
  const isEntity = type.getInterfaces().length > 0;
  const within = Object.values(isEntity || depth === 1 ? {} : type.getFields()).map(({ name, type: returned }) => {
    const selection = everythingOf(schema, getNamedType(returned), depth - 1);
    return selection ? `${name} { ${selection} }` : '';
  });
  return [valuesOf(type), ...within].join(' ').trim();
}

/** @param prefix tells fields of one type from those of another */
const valuesOf = (type: GraphQLObjectType, prefix = ''): string =>
  Object.values(type.getFields())
    .filter((field) => isLeafType(getNamedType(field.type)))
    .map(({ name }) => `${prefix}${name}: ${name}`)
    .join(' ');
