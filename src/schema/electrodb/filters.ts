import type { InputObjectRef, InputRef, SchemaTypes } from '@pothos/core';
import type { AnyEntity } from '../../entities/core/model.ts';
import { pascalCase, typeName } from './names.ts';
import type { InputFields } from './new-value-field.ts';
import { type AnyBuilder, describe, nested, type Place, placeOf, type ValueTypes } from './value-types.ts';
import { kindOf, ORDERED } from './values.ts';

const DESCRIPTIONS = {
  eq: 'Equal to this.',
  in: 'One of these.',
  not: 'None of these.',
  gt: 'After or above this.',
  gte: 'This, or after or above it.',
  lt: 'Before or below this.',
  lte: 'This, or before or below it.',
  startsWith: 'Beginning with this.',
  contains: 'Containing this.',
  has: 'With this among its values.',
  exists: 'Whether there is a value.',
} as const;

/** How a value is compared. */
export type Operator = keyof typeof DESCRIPTIONS;

const EQUALITY = ['eq', 'in', 'not'] as const;
const ORDER = ['gt', 'gte', 'lt', 'lte'] as const;

/** How free text is compared. */
export interface TextDialect {
  /** What its filters are called after: `StringFilter`. */
  readonly name: string;
  readonly operators: readonly Operator[];
  /** What counts, for people: the end of the operators' descriptions. */
  readonly note: string;
}

/** Text as the table compares it. */
export const TABLE_TEXT: TextDialect = {
  name: 'String',
  operators: [...EQUALITY, 'startsWith', 'contains'],
  note: 'Case and accents count.',
};

/** What can be filtered by somewhere. */
export interface FilterSpec {
  /** The input's type is called after it: `EmployeeFilter`. */
  readonly prefix: string;
  /** Attributes, and single properties of maps as `salary.amount`. */
  readonly paths: readonly string[];
  readonly text: TextDialect;
  /** Who may filter by restricted attributes, as a sentence that follows their descriptions. */
  readonly whoMay: string | undefined;
}

/** The input types of filters: one for each set of attributes, one for each kind of value. */
export class FilterTypes {
  readonly #builder: AnyBuilder;
  readonly #types: ValueTypes;
  readonly #inputs = new Map<string, InputObjectRef<SchemaTypes, object>>();

  constructor(builder: AnyBuilder, types: ValueTypes) {
    this.#builder = builder;
    this.#types = types;
  }

  /** The filter input of an entity. @param specOf is asked for the paths only when the schema is built */
  input(
    entity: AnyEntity,
    prefix: string,
    specOf: () => Omit<FilterSpec, 'prefix'>,
  ): InputObjectRef<SchemaTypes, object> {
    const self = (): InputRef => this.input(entity, prefix, specOf);
    return this.#once(`${prefix}Filter`, `Which ${typeName(entity)} objects; all that is given must hold.`, (t) => {
      const spec = { prefix, ...specOf() };
      const names = new Set(spec.paths.map((path) => path.split('.')[0] ?? path));
      return {
        ...this.#fields(
          t,
          [...names].map((name) => placeOf(entity, name)),
          spec,
        ),
        and: t.field({ type: [self()], description: 'All of these must hold.' }),
        or: t.field({ type: [self()], description: 'At least one of these must hold.' }),
        not: t.field({ type: self(), description: 'This must not hold.' }),
      };
    });
  }

  #fields(t: InputFields, places: readonly Place[], spec: FilterSpec) {
    return Object.fromEntries(
      places.map((place) => [
        place.name,
        t.field({ type: this.#operators(place, spec), description: describe(place.value, spec.whoMay) }),
      ]),
    );
  }

  /** The input of one attribute's operators; of a map, its properties'. */
  #operators(place: Place, spec: FilterSpec): InputRef {
    const what = kindOf(place.value);
    if (what.kind === 'map') {
      const properties = nested(this.#types.nameOf(place), what.properties);
      const own = properties.filter(({ name }) => spec.paths.includes(`${place.name}.${name}`));
      const isWhole = own.length === 0;
      const name = isWhole ? this.#types.nameOf(place) : `${spec.prefix}${pascalCase(place.name)}`;
      return this.#once(`${name}Filter`, 'Which values; all that is given must hold.', (t) => ({
        ...this.#fields(t, isWhole ? properties : own, { ...spec, paths: [] }),
        exists: t.boolean({ description: DESCRIPTIONS.exists }),
      }));
    }
    if (what.kind === 'many') {
      // Whole items of a list are compared, which of maps nobody has at hand.
      const isOfMaps = kindOf(what.items).kind === 'map';
      const type = isOfMaps ? undefined : (this.#types.input({ ...place, value: what.items }) as InputRef);
      const name = type ? `${nameOf(type, spec)}ListFilter` : 'ListFilter';
      return this.#once(name, 'Which lists; all that is given must hold.', (t) => ({
        ...(type ? { has: t.field({ type, description: DESCRIPTIONS.has }) } : {}),
        exists: t.boolean({ description: DESCRIPTIONS.exists }),
      }));
    }
    const type = this.#types.input(place) as InputRef;
    const { operators, note = '' } = what.kind === 'scalar' ? comparisonOf(what.scalar, spec) : { operators: EQUALITY };
    return this.#once(`${nameOf(type, spec)}Filter`, 'Which values; all that is given must hold.', (t) => ({
      ...Object.fromEntries(
        operators.map((operator) => [
          operator,
          t.field({
            type: operator === 'in' || operator === 'not' ? [type] : type,
            description: `${DESCRIPTIONS[operator]}${note}`,
          }),
        ]),
      ),
      exists: t.boolean({ description: DESCRIPTIONS.exists }),
    }));
  }

  #once(name: string, description: string, fields: (t: InputFields) => object): InputObjectRef<SchemaTypes, object> {
    const known = this.#inputs.get(name);
    if (known) return known;
    const ref = this.#builder.inputRef<object>(name);
    this.#inputs.set(name, ref);
    ref.implement({ description, fields: fields as never });
    return ref;
  }
}

/** How a scalar's values are compared. */
function comparisonOf(
  scalar: string,
  { text }: FilterSpec,
): { readonly operators: readonly Operator[]; readonly note?: string } {
  if (scalar === 'Boolean') return { operators: ['eq'] };
  if (scalar === 'String') return { operators: text.operators, note: ` ${text.note}` };
  return { operators: ORDERED.has(scalar) ? [...EQUALITY, ...ORDER] : EQUALITY };
}

const nameOf = (type: InputRef | string, { text }: FilterSpec): string => {
  const name = typeof type === 'string' ? type : type.name;
  return name === 'String' ? text.name : name;
};
