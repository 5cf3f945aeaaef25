import type { InputObjectRef, InputRef, SchemaTypes } from '@pothos/core';
import type { AnyValue, Attribute } from '../../entities/core/attributes.ts';
import type { Condition, Operand } from '../../entities/core/filter.ts';
import type { AnyEntity } from '../../entities/core/model.ts';
import { BadInputError, ForbiddenError } from '../../errors.ts';
import { typeName } from './names.ts';
import type { InputFields } from './new-value-field.ts';
import { type AnyBuilder, nested, type Place, placeOf, type ValueTypes } from './value-types.ts';
import { decodeValue, kindOf, type Properties, visible } from './values.ts';

/** `and`, `or` and `not` within each other. */
const MAX_DEPTH = 20;

const DESCRIPTIONS = {
  eq: 'Equal to this.',
  in: 'One of these.',
  not: 'None of these.',
  gt: 'After or above this.',
  gte: 'This, or after or above it.',
  lt: 'Before or below this.',
  lte: 'This, or before or below it.',
  startsWith: 'Beginning with this; case counts.',
  contains: 'Containing this; case counts.',
  has: 'With this among its values.',
  exists: 'Whether there is a value.',
} as const;

type Operator = keyof typeof DESCRIPTIONS;

const EQUALITY = ['eq', 'in', 'not'] as const;
const ORDER = ['gt', 'gte', 'lt', 'lte'] as const;
const ORDERED = new Set(['Int', 'Float', 'SafeInt', 'Date', 'DateTime']);

/** Which operators a scalar's values have. */
function operatorsOf(scalar: string): readonly Operator[] {
  if (scalar === 'Boolean') return ['eq'];
  if (scalar === 'String') return [...EQUALITY, 'startsWith', 'contains'];
  return ORDERED.has(scalar) ? [...EQUALITY, ...ORDER] : EQUALITY;
}

/** Filters on attributes outside of a key: an input type per entity and per kind of value, and what they mean. */
export class Filters {
  readonly #builder: AnyBuilder;
  readonly #types: ValueTypes;
  readonly #isFilterable: (entity: AnyEntity, name: string) => boolean;
  readonly #inputs = new Map<string, InputObjectRef<SchemaTypes, object>>();

  /** @param isFilterable whether clients can filter by a visible attribute */
  constructor(builder: AnyBuilder, types: ValueTypes, isFilterable: (entity: AnyEntity, name: string) => boolean) {
    this.#builder = builder;
    this.#types = types;
    this.#isFilterable = isFilterable;
  }

  /** The filter input of an entity. */
  input(entity: AnyEntity): InputObjectRef<SchemaTypes, object> {
    const name = `${typeName(entity)}Filter`;
    const self = (): InputRef => this.input(entity);
    return this.#once(name, `Which ${typeName(entity)} objects; all that is given must hold.`, (t) => ({
      ...this.#fields(
        t,
        this.#filterable(entity).map((attribute) => placeOf(entity, attribute)),
      ),
      and: t.field({ type: [self()], description: 'All of these must hold.' }),
      or: t.field({ type: [self()], description: 'At least one of these must hold.' }),
      not: t.field({ type: self(), description: 'This must not hold.' }),
    }));
  }

  /**
   * What a filter means.
   *
   * @param mayFilterRestricted whether the viewer may infer restricted attributes
   * @throws BadInputError, ForbiddenError
   */
  condition(entity: AnyEntity, filter: object, mayFilterRestricted: () => boolean): Condition {
    const read = (given: object, path: string, depth: number): Condition => {
      if (depth > MAX_DEPTH) throw new BadInputError('filter', `is nested deeper than ${MAX_DEPTH} levels; flatten it`);
      const parts = Object.entries(given).flatMap(([name, value]): Condition[] => {
        const at = `${path}.${name}`;
        refuseNull(value, at);
        if (name === 'and') return [{ and: each(value, at, depth) }];
        if (name === 'or') return [{ or: each(value, at, depth) }];
        if (name === 'not') return [{ not: read(value, at, depth + 1) }];
        const attribute = entity.attributes[name];
        if (!attribute) throw new BadInputError(at, 'is not known');
        if (attribute.restricted && !mayFilterRestricted())
          throw new ForbiddenError(`${at} is not open to you, since a filter would give its values away; leave it out`);
        return valueConditions(attribute, [name], value, at, entity.optionalComposites.has(name));
      });
      return parts.length === 1 && parts[0] ? parts[0] : { and: parts };
    };
    const each = (filters: readonly object[], path: string, depth: number) =>
      filters.map((one, i) => read(one, `${path}[${i}]`, depth + 1));
    return read(filter, 'filter', 1);
  }

  #filterable(entity: AnyEntity): string[] {
    return visible(entity.attributes)
      .map(([name]) => name)
      .filter((name) => name !== entity.name && name !== 'version' && this.#isFilterable(entity, name));
  }

  #fields(t: InputFields, places: readonly Place[]) {
    return Object.fromEntries(
      places.map((place) => [
        place.name,
        t.field({ type: this.#operators(place), description: place.value.description ?? '' }),
      ]),
    );
  }

  /** The input of one attribute's operators; of a map, its properties'. */
  #operators(place: Place): InputRef {
    const what = kindOf(place.value);
    if (what.kind === 'map') {
      const name = this.#types.nameOf(place);
      return this.#once(`${name}Filter`, 'Which values; all that is given must hold.', (t) => ({
        ...this.#fields(t, nested(name, what.properties)),
        exists: t.boolean({ description: DESCRIPTIONS.exists }),
      }));
    }
    if (what.kind === 'many') {
      // DynamoDB compares whole items of a list, which of maps nobody has at hand.
      const isOfMaps = kindOf(what.items).kind === 'map';
      const type = isOfMaps ? undefined : (this.#types.input({ ...place, value: what.items }) as InputRef);
      const name = type ? `${nameOf(type)}ListFilter` : 'ListFilter';
      return this.#once(name, 'Which lists; all that is given must hold.', (t) => ({
        ...(type ? { has: t.field({ type, description: DESCRIPTIONS.has }) } : {}),
        exists: t.boolean({ description: DESCRIPTIONS.exists }),
      }));
    }
    const type = this.#types.input(place) as InputRef;
    const operators = what.kind === 'scalar' ? operatorsOf(what.scalar) : EQUALITY;
    return this.#once(`${nameOf(type)}Filter`, 'Which values; all that is given must hold.', (t) => ({
      ...Object.fromEntries(
        operators.map((operator) => [
          operator,
          t.field({
            type: operator === 'in' || operator === 'not' ? [type] : type,
            description: DESCRIPTIONS[operator],
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

const nameOf = (type: InputRef | string): string => (typeof type === 'string' ? type : type.name);

/** What the operators of one value mean. @param sentinel whether it is a composite that may be absent */
function valueConditions(
  value: AnyValue & Pick<Attribute, 'references'>,
  path: readonly string[],
  given: object,
  at: string,
  sentinel = false,
): Condition[] {
  const what = kindOf(value);
  const subject = { path, sentinel };
  return Object.entries(given).flatMap(([operator, operand]): Condition[] => {
    const where = `${at}.${operator}`;
    refuseNull(operand, where);
    if (operator === 'exists') return [{ ...subject, op: 'exists', value: operand }];
    if (what.kind === 'map')
      return valueConditions(propertyOf(what.properties, operator, where), [...path, operator], operand, where);
    const single = what.kind === 'many' ? what.items : value;
    // Pothos has checked the operand against the input type, which follows from the declaration.
    const decode = (each: unknown) => decodeValue(single, each, where) as Operand;
    switch (operator as Operator) {
      case 'in':
        return [{ ...subject, op: 'in', values: operand.map(decode) }];
      case 'not':
        return [{ not: { ...subject, op: 'in', values: operand.map(decode) } }];
      case 'startsWith':
        return [{ ...subject, op: 'beginsWith', value: operand }];
      case 'contains':
      case 'has':
        return [{ ...subject, op: 'contains', value: decode(operand) }];
      default:
        return [{ ...subject, op: operator as 'eq', value: decode(operand) }];
    }
  });
}

/**
 * Null is as good as leaving out elsewhere, but leaving a condition out would answer a question that nobody asked with
 * everything there is. GraphQL itself leaves out what stands for a variable that is not given.
 *
 * @throws BadInputError
 */
function refuseNull(value: unknown, path: string): void {
  if (value === null)
    throw new BadInputError(
      path,
      'is null, which is no condition; leave it out, or ask for absence by `exists: false`',
    );
}

function propertyOf(properties: Properties, name: string, path: string): AnyValue {
  const property = properties[name];
  if (!property) throw new BadInputError(path, 'is not known');
  return property;
}
