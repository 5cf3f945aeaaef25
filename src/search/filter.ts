import { type Condition, type Leaf, type Operand, simplify } from '../entities/core/filter.ts';
import type { EntitySearch } from './define.ts';
import { isBlank, textPrefix } from './encoding.ts';

const COMPARATORS = { eq: '=', ne: '!=', gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;
/** How tightly the parts of a filter bind. */
const BINDING = { or: 1, and: 2, not: 3 } as const;

/**
 * A condition on the documents of an entity in Meilisearch's language, as {@link Condition} says: what is absent fails
 * every comparison, and a denial is true exactly where the condition is false.
 *
 * @returns true when it holds for every document, false when for none
 */
export function filterOf(search: EntitySearch, condition: Condition): string | boolean {
  const simple = simplify(condition, (leaf) => ofProperties(search, leaf));
  return typeof simple === 'boolean' ? simple : textOf(search, simple, BINDING.or);
}

/** The same of a map's properties where it is about the whole: it exists where any of those that searches know does. */
function ofProperties({ spec }: EntitySearch, leaf: Leaf): Condition {
  if (leaf.op !== 'exists') return leaf;
  const properties = spec.filterable.filter((path) => path.startsWith(`${leaf.path.join('.')}.`));
  if (properties.length === 0) return leaf;
  const exists = { or: properties.map((path) => ({ path: path.split('.'), op: 'exists', value: true }) as const) };
  return leaf.value ? exists : { not: exists };
}

/** The paths that a condition is about. */
export function pathsOf(condition: Condition): string[] {
  if ('and' in condition) return condition.and.flatMap(pathsOf);
  if ('or' in condition) return condition.or.flatMap(pathsOf);
  return 'not' in condition ? pathsOf(condition.not) : [condition.path.join('.')];
}

function textOf(search: EntitySearch, condition: Condition, within: number): string {
  if ('and' in condition) return joined(search, condition.and, 'and', within);
  if ('or' in condition) return joined(search, condition.or, 'or', within);
  if ('not' in condition) return `NOT ${textOf(search, condition.not, BINDING.not)}`;
  return leafText(search, condition as Leaf);
}

function joined(search: EntitySearch, parts: readonly Condition[], joint: 'and' | 'or', within: number): string {
  const text = parts.map((part) => textOf(search, part, BINDING[joint])).join(` ${joint.toUpperCase()} `);
  return BINDING[joint] < within ? `(${text})` : text;
}

function leafText(search: EntitySearch, leaf: Leaf): string {
  const path = leaf.path.join('.');
  const key = search.keyOf(path);
  const value = (operand: Operand) => literal(search.encode(path, operand));
  switch (leaf.op) {
    case 'exists':
      return leaf.value ? `${key} EXISTS` : `${key} NOT EXISTS`;
    case 'in':
      return `${key} IN [${leaf.values.map(value).join(', ')}]`;
    case 'beginsWith':
      // Everything begins with nothing that counts.
      return isBlank(leaf.value) ? `${key} EXISTS` : `${key} STARTS WITH ${literal(textPrefix(leaf.value))}`;
    // Of the several values of a field, Meilisearch compares each.
    case 'contains':
      return `${key} = ${value(leaf.value)}`;
    default:
      return `${key} ${COMPARATORS[leaf.op]} ${value(leaf.value)}`;
  }
}

/**
 * A value within a filter. JSON's escapes are Meilisearch's: backslash and quotation mark are what matters. Its numbers
 * have no plus sign: 1e21.
 */
export const literal = (value: Operand): string =>
  typeof value === 'string' ? JSON.stringify(value) : String(value).replace('+', '');
