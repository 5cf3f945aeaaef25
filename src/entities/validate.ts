import { type Issue, ValidationError } from '../errors.ts';
import type { Attribute, Attributes } from './model.ts';

/**
 * Checks values against their attributes: presence, type, enumeration, format, nested ones too.
 *
 * @param values by attribute; for a change, `null` removes and what is left out stays
 * @throws {@link ValidationError} listing every issue
 */
export function assertValid(
  attributes: Attributes,
  values: Readonly<Record<string, unknown>>,
  mode: 'new' | 'change',
): void {
  const given = mode === 'new' ? attributes : pick(attributes, Object.keys(values));
  const issues = Object.entries(given)
    .filter(([, attribute]) => attribute.hidden !== true)
    .flatMap(([name, attribute]) => check(name, attribute, values[name]));
  if (issues.length > 0) throw new ValidationError(issues);
}

const pick = (attributes: Attributes, names: readonly string[]): Attributes =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => names.includes(name)));

function check(path: string, attribute: Attribute, value: unknown): Issue[] {
  if (value === undefined || value === null)
    return attribute.required ? [{ path, message: 'is required; give a value' }] : [];
  const { type } = attribute;
  if (Array.isArray(type)) {
    return type.includes(value) ? [] : [{ path, message: `must be one of ${type.join(', ')}` }];
  }
  if (type === 'map' && 'properties' in attribute) {
    // ElectroDB types nested properties as its own attributes; Roster's facts survive on them at run time.
    const properties = attribute.properties as Attributes;
    if (typeof value !== 'object')
      return [{ path, message: `must be an object with ${Object.keys(properties).join(', ')}` }];
    const nested = value as Readonly<Record<string, unknown>>;
    return Object.entries(properties).flatMap(([name, property]) => check(`${path}.${name}`, property, nested[name]));
  }
  if (!attribute.format) return typeof value === type ? [] : [{ path, message: `must be a ${type}` }];
  const result = attribute.format.check.safeParse(value);
  return result.success ? [] : result.error.issues.slice(0, 1).map(({ message }) => ({ path, message }));
}
