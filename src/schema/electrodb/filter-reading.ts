import type { AnyValue, Attribute } from '../../entities/core/attributes.ts';
import type { Condition, Operand } from '../../entities/core/filter.ts';
import type { AnyEntity } from '../../entities/core/model.ts';
import { BadInputError } from '../../errors.ts';
import type { Operator } from './filters.ts';
import { decodeValue, kindOf, type Properties } from './values.ts';

/** `and`, `or` and `not` within each other. */
const MAX_DEPTH = 20;

/** More would take longer than it takes anybody to see that nobody reads so many. */
const MAX_SIZE = 1_000;

/** Refuses with a problem what would give restricted attributes away to a viewer who may not infer them. @throws ForbiddenError */
export type Inferring = (problem: string) => void;

/**
 * What a filter means that its input type has let through.
 *
 * @throws BadInputError for one that is too deep, has more than 1,000 conditions and values, or a null; ForbiddenError
 */
export function readFilter(entity: AnyEntity, filter: object, assertMayInfer: Inferring): Condition {
  refuseLarge(filter);
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
      if (attribute.restricted)
        assertMayInfer(`${at} is not open to you, since a filter would give its values away; leave it out`);
      return valueConditions(attribute, [name], value, at, entity.optionalComposites.has(name));
    });
    return parts.length === 1 && parts[0] ? parts[0] : { and: parts };
  };
  const each = (filters: readonly object[], path: string, depth: number) =>
    filters.map((one, i) => read(one, `${path}[${i}]`, depth + 1));
  return read(filter, 'filter', 1);
}

/**
 * Counts conditions, empty ones too, and the values of lists; in no time at all, and however deep they are.
 *
 * @throws BadInputError
 */
function refuseLarge(filter: object): void {
  const left: unknown[] = [filter];
  let size = 0;
  while (left.length > 0) {
    const given = left.pop();
    const parts: readonly unknown[] = typeof given === 'object' && given !== null ? Object.values(given) : [];
    if (parts.length === 0) size++;
    for (const part of parts) left.push(part);
  }
  if (size > MAX_SIZE) throw new BadInputError('filter', `has ${size} conditions and values; give ${MAX_SIZE} at most`);
}

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
    refuseBroken(operand, where);
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

/** What is no Unicode reaches neither table nor search engine as it is. @throws BadInputError */
function refuseBroken(value: unknown, path: string): void {
  if ([value].flat().some((text) => typeof text === 'string' && !text.isWellFormed()))
    throw new BadInputError(path, 'holds half of a surrogate pair; send valid Unicode');
}

function propertyOf(properties: Properties, name: string, path: string): AnyValue {
  const property = properties[name];
  if (!property) throw new BadInputError(path, 'is not known');
  return property;
}
