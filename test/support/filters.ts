import { textKey, textPrefix } from '../../src/search/encoding.ts';

/** What clients filter by: an attribute, or a property of a map. */
export interface FilterField {
  /** Text compares by its key, moments by the time, lists by their items, everything else as it is. */
  readonly kind: 'text' | 'moment' | 'number' | 'day' | 'code' | 'flag' | 'list' | 'texts' | 'maps';
  /** Values to ask for, as clients give them. */
  readonly values: readonly Value[];
}

/** The fields of a type; those of maps stand below the map's name. */
export interface FilterFields {
  readonly [name: string]: FilterField | { readonly properties: FilterFields };
}

type Value = string | number | boolean;
type Given = Readonly<Record<string, unknown>>;

const EQUALITY = ['eq', 'in', 'not'] as const;
const ORDER = ['gt', 'gte', 'lt', 'lte'] as const;
const OPERATORS: Readonly<Record<FilterField['kind'], readonly string[]>> = {
  text: [...EQUALITY, 'startsWith', 'exists'],
  moment: [...EQUALITY, ...ORDER, 'exists'],
  number: [...EQUALITY, ...ORDER, 'exists'],
  day: [...EQUALITY, ...ORDER, 'exists'],
  code: [...EQUALITY, 'exists'],
  flag: ['eq', 'exists'],
  list: ['has', 'exists'],
  texts: ['has', 'exists'],
  maps: ['exists'],
};

/** A filter of everything that there is, nested up to a depth, as clients give it. */
export function anyFilter(next: () => number, fields: FilterFields, depth: number): Given {
  const pick = <T>(from: readonly T[]) => from[Math.floor(next() * from.length)] as T;
  const list = <T>(most: number, make: () => T) => Array.from({ length: Math.floor(next() * (most + 1)) }, make);
  const deeper = () => anyFilter(next, fields, depth - 1);
  const operand = ({ kind, values }: FilterField, operator: string): unknown => {
    const value = values.length > 0 && pick(values);
    if (operator === 'exists') return next() < 0.5;
    if (operator === 'in' || operator === 'not') return list(3, () => pick(values));
    // Beginnings that end within a word, and whole texts.
    return operator === 'startsWith' && kind === 'text'
      ? [...String(value)].slice(0, pick([1, 2, 4, 500])).join('')
      : value;
  };
  const valueFilter = (field: FilterFields[string]): Given => {
    if ('properties' in field) {
      if (next() < 0.2) return { exists: next() < 0.5 };
      const names = Object.keys(field.properties);
      return Object.fromEntries(
        list(2, () => pick(names)).map((name) => [name, valueFilter(field.properties[name] as FilterField)]),
      );
    }
    const chosen = [pick(OPERATORS[field.kind]), ...list(1, () => pick(OPERATORS[field.kind]))];
    return Object.fromEntries(chosen.map((operator) => [operator, operand(field, operator)]));
  };
  const entry = (): [string, unknown] => {
    const joint = depth > 0 ? pick(['and', 'or', 'not', 'field', 'field'] as const) : 'field';
    if (joint === 'not') return [joint, deeper()];
    if (joint !== 'field') return [joint, list(3, deeper)];
    const name = pick(Object.keys(fields));
    return [name, valueFilter(fields[name] as FilterField)];
  };
  return Object.fromEntries(next() < 0.03 ? [] : [entry(), ...list(1, entry)]);
}

/** Whether an object passes a filter, both as clients see them: the plain way to tell. */
export function passes(filter: Given, object: Given, fields: FilterFields): boolean {
  const each = (filters: unknown) => (filters as readonly Given[]).map((one) => passes(one, object, fields));
  return Object.entries(filter).every(([name, given]) => {
    if (name === 'and') return !each(given).includes(false);
    if (name === 'or') return each(given).includes(true);
    if (name === 'not') return !passes(given as Given, object, fields);
    return valuePasses(given as Given, object[name] ?? undefined, fields[name] as FilterField);
  });
}

function valuePasses(operators: Given, value: unknown, field: FilterFields[string]): boolean {
  return Object.entries(operators).every(([operator, given]) => {
    if (operator === 'exists') return (value !== undefined) === given;
    if ('properties' in field) {
      const property = (value as Given | undefined)?.[operator] ?? undefined;
      return valuePasses(given as Given, property, field.properties[operator] as FilterField);
    }
    const { kind } = field;
    if (operator === 'not') return value === undefined || !isOneOf(kind, value, given);
    if (value === undefined) return false;
    if (operator === 'in') return isOneOf(kind, value, given);
    if (operator === 'has') return isOneOf(kind, given, value);
    if (operator === 'startsWith') return beginsWith(value as string, given as string);
    const [a, b] = [comparable(kind, value), comparable(kind, given)];
    return { eq: a === b, gt: a > b, gte: a >= b, lt: a < b, lte: a <= b }[operator] ?? false;
  });
}

const isOneOf = (kind: FilterField['kind'], value: unknown, values: unknown): boolean =>
  (values as readonly unknown[]).some((each) => comparable(kind, each) === comparable(kind, value));

function comparable(kind: FilterField['kind'], value: unknown): Value {
  if (kind === 'text' || kind === 'texts') return textKey(value as string);
  return kind === 'moment' ? Date.parse(value as string) : (value as Value);
}

/** Everything begins with nothing that counts. */
const beginsWith = (text: string, beginning: string): boolean =>
  textKey(beginning) === textKey('') || textKey(text).startsWith(textPrefix(beginning));
