import { isDeepStrictEqual } from 'node:util';
import { type AnyValue, itemsOf } from './attributes.ts';
import { defaultsWithin, isObject, storedValue } from './stored.ts';

/*
 * Hidden properties of maps when those are changed. A map is written as a whole, by callers who may not know that it has
 * more than they see: what is hidden and left out stays.
 */

/** Whether a value leaves out hidden properties of its maps, which then must be known. */
export function leavesOutHidden(attribute: AnyValue, value: unknown): boolean {
  if (value === null || value === undefined) return false;
  const items = itemsOf(attribute);
  if (items) return Array.isArray(value) ? value.some((each) => leavesOutHidden(items, each)) : hasHidden(items);
  if (!isObject(value)) return hasHidden(attribute);
  return Object.entries(attribute.properties ?? {}).some(([name, property]) =>
    property.hidden && value[name] === undefined ? true : leavesOutHidden(property, value[name]),
  );
}

const hasHidden = (value: AnyValue): boolean =>
  Object.values(value.properties ?? {}).some((property) => property.hidden === true || hasHidden(property));

/**
 * A value with the hidden properties that it leaves out, as they are in the row. Within a list nothing tells which map is
 * which but what is seen of them: a map that looks like one of the row's keeps what is hidden in that one, and any other
 * is a new one.
 *
 * @param current the row's value
 */
export function withHidden(attribute: AnyValue, value: unknown, current: unknown): unknown {
  const items = itemsOf(attribute);
  if (items) return Array.isArray(value) && Array.isArray(current) ? itemsWithHidden(items, value, current) : value;
  if (!attribute.properties || !isObject(value) || !isObject(current)) return value;
  const known = Object.entries(attribute.properties).flatMap(([name, property]) => {
    if (value[name] !== undefined) return [[name, withHidden(property, value[name], current[name])] as const];
    return property.hidden && current[name] !== undefined ? [[name, current[name]] as const] : [];
  });
  return { ...value, ...Object.fromEntries(known) };
}

function itemsWithHidden(items: AnyValue, values: readonly unknown[], current: readonly unknown[]): unknown[] {
  const left = current.map((item) => ({ item, looks: shown(items, item) }));
  return values.map((value) => {
    const looks = shown(items, storedValue(items, defaultsWithin(items, value)));
    const at = left.findIndex((other) => isDeepStrictEqual(other.looks, looks));
    const [same] = at === -1 ? [] : left.splice(at, 1);
    return same ? withHidden(items, value, same.item) : value;
  });
}

/** What readers see of a stored value. */
function shown(value: AnyValue, stored: unknown): unknown {
  const items = itemsOf(value);
  if (items && Array.isArray(stored)) return stored.map((each) => shown(items, each));
  const { properties } = value;
  if (!properties || !isObject(stored)) return stored;
  const visible = Object.entries(stored).flatMap(([name, each]) => {
    const property = properties[name];
    return property && !property.hidden ? [[name, shown(property, each)] as const] : [];
  });
  return Object.fromEntries(visible);
}
