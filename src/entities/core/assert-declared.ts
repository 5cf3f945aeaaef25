import { type AnyValue, type AttributeSpecs, itemsOf } from './attributes.ts';
import { assertEnumeration } from './enumeration.ts';
import { isKeySafe } from './keys.ts';
import type { Indexes } from './model.ts';
import { assertFree, reservedNames, reservedProperties } from './reserved.ts';
import { check } from './validate.ts';

const NAME = /^[a-z][A-Za-z0-9]*$/;

/** Checks what the types of a declaration can't. @throws Error that names the attribute */
export function assertDeclared(entity: string, attributes: AttributeSpecs, indexes: Indexes): void {
  for (const name of [entity, ...Object.keys(attributes), ...Object.keys(indexes)]) assertName(entity, name);
  for (const [name, attribute] of Object.entries<AnyValue>(attributes)) {
    assertFree(entity, name, reservedNames);
    assertValue(`${entity}.${name}`, attribute);
  }
  for (const name of new Set(Object.values(indexes).flatMap(({ pk, sk }) => [...pk, ...sk]))) {
    const type = attributes[name]?.type;
    const unfit = typeof type === 'object' ? type.filter((value) => !isKeySafe(value)) : [];
    if (unfit.length > 0)
      throw new Error(
        `${entity}.${name} is a composite, and ${JSON.stringify(unfit)} can't be in a key; use letters, digits, "_" and "-", a letter or digit first`,
      );
  }
}

function assertName(path: string, name: string): void {
  if (!NAME.test(name))
    throw new Error(
      `${path}: "${name}" can't be a name in keys and GraphQL; use letters and digits, a small one first`,
    );
}

/** An attribute, a property or an item of a list, and what is within it. */
function assertValue(path: string, value: AnyValue, within = false): void {
  const { type, properties = {}, default: fallback } = value;
  const hidden = within || value.hidden === true;
  // What is hidden has no name in GraphQL.
  if (typeof type === 'object' && !hidden) assertEnumeration(path, type);
  if (fallback !== undefined && typeof fallback !== 'function') assertDefault(path, value);
  const items = itemsOf(value);
  if (items) assertValue(path, items, hidden);
  for (const [name, property] of Object.entries(properties)) {
    assertName(path, name);
    assertFree(path, name, reservedProperties);
    assertValue(`${path}.${name}`, property, hidden);
  }
}

/** A default that is computed is checked when an item is written. */
function assertDefault(path: string, value: AnyValue): void {
  const [issue] = check(path, value, value.default);
  if (issue) throw new Error(`${issue.path} has the default ${JSON.stringify(value.default)}, which ${issue.message}`);
}
