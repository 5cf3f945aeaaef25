import { type AnyValue, itemsOf } from './attributes.ts';

type Values = Readonly<Record<string, unknown>>;
type AnyValues = Readonly<Record<string, AnyValue>>;

/** True for maps, lists and sets. */
export const isObject = (value: unknown): value is Values => typeof value === 'object' && value !== null;

/**
 * Values as the table holds them: sets as sets, empty ones and what is null or undefined left out. Whatever has not the
 * declared type stays as it is, for validation to refuse.
 */
export const stored = (attributes: AnyValues, values: Values): Values =>
  // GraphQL's literal objects have no prototype, which ElectroDB takes for granted; these have.
  Object.fromEntries(
    Object.entries(values).flatMap(([name, given]) => {
      const attribute = attributes[name];
      const value = attribute ? storedValue(attribute, given) : given;
      return value === undefined || value === null ? [] : [[name, value]];
    }),
  );

/** One value as the table holds it; undefined for an empty set. */
export function storedValue(attribute: AnyValue, value: unknown): unknown {
  const items = itemsOf(attribute);
  if (attribute.type === 'set' && (Array.isArray(value) || value instanceof Set)) {
    const set = new Set(value);
    return set.size === 0 ? undefined : set;
  }
  if (items && Array.isArray(value)) return value.map((item) => storedValue(items, item));
  return attribute.properties && isObject(value) ? stored(attribute.properties, value) : value;
}

/** Given values with the defaults of those that are missing, nested ones too. */
export const withDefaults = (attributes: AnyValues, values: Values): Values => {
  const missing = Object.entries(attributes).flatMap(([name, { default: given }]) => {
    if (given === undefined || (values[name] ?? undefined) !== undefined) return [];
    return [[name, typeof given === 'function' ? given() : given] as const];
  });
  return nestedDefaults(attributes, { ...values, ...Object.fromEntries(missing) });
};

/** Given values, those that are maps with the defaults of their properties. */
export const nestedDefaults = (attributes: AnyValues, values: Values): Values =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const attribute = attributes[name];
      return [name, attribute ? defaultsWithin(attribute, value) : value];
    }),
  );

/** One value with the defaults of its properties, if it is a map or a list of them. */
export function defaultsWithin(attribute: AnyValue, value: unknown): unknown {
  const items = itemsOf(attribute);
  if (items && Array.isArray(value)) return value.map((item) => defaultsWithin(items, item));
  return attribute.properties && isObject(value) ? withDefaults(attribute.properties, value) : value;
}

/** Whether a set is anywhere among the values. */
export const hasSets = (attributes: AnyValues): boolean => Object.values(attributes).some(holdsSet);

function holdsSet(attribute: AnyValue): boolean {
  const items = itemsOf(attribute);
  return attribute.type === 'set' || hasSets(attribute.properties ?? {}) || (items !== undefined && holdsSet(items));
}

/** ElectroDB wraps sets in objects of its own, which the document client would store as maps. */
export function nativeSets<T>(value: T): T {
  if (!isObject(value) || value instanceof Set) return value;
  if (Array.isArray(value)) return value.map(nativeSets) as T;
  const { wrapperName, values } = value as { readonly wrapperName?: unknown; readonly values?: Iterable<unknown> };
  // ElectroDB takes whatever says so for a set, and refuses maps that do. The type stays, for what is not a set.
  if (wrapperName === 'Set') return new Set(values) as T;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, nativeSets(each)])) as T;
}
