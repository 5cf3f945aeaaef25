import type { Condition, Operand } from '../../src/entities/core/filter.ts';
import { NONE } from '../../src/entities/core/keys.ts';

/** Whether a condition holds for an item, by what the types of `filter.ts` promise: the plain way to tell. */
export function holds(condition: Condition, item: Readonly<Record<string, unknown>>): boolean {
  if ('and' in condition) return condition.and.every((each) => holds(each, item));
  if ('or' in condition) return condition.or.some((each) => holds(each, item));
  if ('not' in condition) return !holds(condition.not, item);
  const value = valueAt(condition, item);
  switch (condition.op) {
    case 'exists':
      return (value !== undefined) === condition.value;
    case 'in':
      return condition.values.includes(value as Operand);
    case 'ne':
      return value !== condition.value;
    case 'eq':
      return value === condition.value;
    case 'contains':
      return (typeof value === 'string' && typeof condition.value === 'string') || Array.isArray(value)
        ? value.includes(condition.value as string)
        : false;
    case 'beginsWith':
      return typeof value === 'string' && value.startsWith(condition.value);
    default:
      return ordered(condition.op, value, condition.value);
  }
}

function valueAt({ path, sentinel }: { path: readonly string[]; sentinel?: boolean }, item: unknown): unknown {
  const value = path.reduce<unknown>(
    (within, name) => (within as Readonly<Record<string, unknown>> | undefined)?.[name],
    item,
  );
  return sentinel && value === NONE ? undefined : value;
}

function ordered(op: 'gt' | 'gte' | 'lt' | 'lte', value: unknown, than: string | number): boolean {
  if (typeof value !== typeof than) return false;
  const [a, b] = [value as string | number, than];
  return { gt: a > b, gte: a >= b, lt: a < b, lte: a <= b }[op];
}

const PATHS: readonly Pick<Extract<Condition, { path: unknown }>, 'path' | 'sentinel'>[] = [
  { path: ['text'] },
  { path: ['size'] },
  { path: ['flag'] },
  { path: ['tags'] },
  { path: ['name'] },
  { path: ['dotted.name'] },
  { path: ['pay', 'amount'] },
  { path: ['pay', 'currency'] },
  { path: ['owner'], sentinel: true },
  { path: ['owner'] },
];
const VALUES: readonly Operand[] = ['', 'a', 'ab', 'b', NONE, '1', 0, 1, -2.5, 7, true, false];

/** A condition made of everything that there is, nested up to a depth. */
export function anyCondition(next: () => number, depth: number): Condition {
  const pick = <T>(from: readonly T[]) => from[Math.floor(next() * from.length)] as T;
  const list = <T>(make: () => T) => Array.from({ length: Math.floor(next() * 4) }, make);
  const joint = depth > 0 ? pick(['and', 'or', 'not', 'leaf'] as const) : 'leaf';
  const deeper = () => anyCondition(next, depth - 1);
  if (joint === 'and') return { and: list(deeper) };
  if (joint === 'or') return { or: list(deeper) };
  if (joint === 'not') return { not: deeper() };
  const at = pick(PATHS);
  const op = pick(['eq', 'ne', 'contains', 'gt', 'gte', 'lt', 'lte', 'beginsWith', 'in', 'exists'] as const);
  if (op === 'exists') return { ...at, op, value: pick([true, false]) };
  if (op === 'in') return { ...at, op, values: list(() => pick(VALUES)) };
  if (op === 'beginsWith') return { ...at, op, value: pick(VALUES.filter((value) => typeof value === 'string')) };
  if (op === 'eq' || op === 'ne' || op === 'contains') return { ...at, op, value: pick(VALUES) };
  return { ...at, op, value: pick(VALUES.filter((value) => typeof value !== 'boolean')) };
}

/** An item with any of the attributes that {@link anyCondition} asks about. */
export function anyItem(next: () => number): Record<string, unknown> {
  const pick = <T>(from: readonly T[]) => from[Math.floor(next() * from.length)] as T;
  const some = (name: string, values: readonly unknown[]) => (next() < 0.7 ? { [name]: pick(values) } : {});
  return {
    ...some('text', ['a', 'ab', 'b', '1', '', NONE]),
    ...some('size', [0, 1, -2.5, 7, 100]),
    ...some('flag', [true, false]),
    ...some('tags', [['a', 'b'], ['ab', 7], []]),
    ...some('name', ['a', 'b']),
    ...some('dotted.name', ['a', 1]),
    ...some('pay', [{ amount: 1, currency: 'a' }, { amount: 7 }, {}]),
    owner: pick([NONE, NONE, 'a', 'ab', 'b']),
  };
}
