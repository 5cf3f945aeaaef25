import { BadInputError } from '../../errors.ts';
import { NONE } from './keys.ts';
import { isStorable, STORABLE } from './numbers.ts';

/** A value that an attribute is compared with. */
export type Operand = string | number | boolean;

/** Which attribute a condition is about. */
export interface AttributePath {
  /** The attribute's name, and those of properties within it, outermost first. */
  readonly path: readonly string[];
  /** True for an optional attribute that is part of a key: {@link NONE} stands for its absence. */
  readonly sentinel?: boolean;
}

/** Compares an attribute with a value, types included: text never equals a number. Text compares by its UTF-8 bytes. */
export type Comparison = AttributePath &
  (
    | { readonly op: 'eq' | 'ne' | 'contains'; readonly value: Operand }
    | { readonly op: 'gt' | 'gte' | 'lt' | 'lte'; readonly value: string | number }
    | { readonly op: 'beginsWith'; readonly value: string }
  );

/** True when an attribute has one of the values. */
export interface Membership extends AttributePath {
  readonly op: 'in';
  readonly values: readonly Operand[];
}

/** True when an attribute is there, or when it is not. */
export interface Existence extends AttributePath {
  readonly op: 'exists';
  readonly value: boolean;
}

/**
 * Which rows of a Query to return. What is absent fails every comparison, and so passes `ne` and `not`: these are true
 * exactly where the condition they deny is false. An empty `and` is true of everything, an empty `or` or `in` of nothing.
 */
export type Condition =
  | Comparison
  | Membership
  | Existence
  | { readonly and: readonly Condition[] }
  | { readonly or: readonly Condition[] }
  | { readonly not: Condition };

/** A condition as DynamoDB takes it. The placeholders of names begin with `#f`, those of values with `:f`. */
export interface FilterExpression {
  readonly expression: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, Operand>>;
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-expression-parameters
const MAX_BYTES = 4_096;
const MAX_OPERATORS = 300;
const MAX_IN_OPERANDS = 100;
const MAX_VALUE_BYTES = 2 * 1_024 ** 2;

/**
 * Compiles a condition.
 *
 * @returns true when it holds for every row, false when for none: DynamoDB has no expression for either
 * @throws {@link BadInputError} naming `filter` when the condition is more than DynamoDB takes
 */
export function compileFilter(condition: Condition): FilterExpression | boolean {
  const simple = simplify(condition, forDynamoDB);
  return typeof simple === 'boolean' ? simple : new Compiler().compile(simple);
}

/** True when a condition holds for every row, as that of an empty filter does. */
export const holdsAlways = (condition: Condition): boolean => simplify(condition) === true;

/** A condition with its placeholders filled in, for people. */
export const filterText = ({ expression, names, values }: FilterExpression): string =>
  expression.replace(/[#:]f\w+/g, (placeholder) => names[placeholder] ?? JSON.stringify(values[placeholder]));

/** A condition that is not made of others. */
export type Leaf = Comparison | Membership | Existence;

/**
 * Without constants, and without joints of fewer than two.
 *
 * @param translate what a condition on one attribute is in the language that it is meant for
 * @returns true when it holds for everything, false when for nothing
 */
export function simplify(
  condition: Condition,
  translate: (leaf: Leaf) => Condition = (leaf) => leaf,
): Condition | boolean {
  const within = (each: Condition) => simplify(each, translate);
  if ('and' in condition) return join('and', condition.and.map(within));
  if ('or' in condition) return join('or', condition.or.map(within));
  if ('not' in condition) {
    const denied = within(condition.not);
    return typeof denied === 'boolean' ? !denied : { not: denied };
  }
  if (condition.op === 'in' && condition.values.length === 0) return false;
  const translated = translate(condition);
  return translated === condition ? condition : within(translated);
}

function join(joint: 'and' | 'or', simple: readonly (Condition | boolean)[]): Condition | boolean {
  const neutral = joint === 'and';
  if (simple.includes(!neutral)) return !neutral;
  const parts = simple.filter((each) => typeof each !== 'boolean');
  const [first, ...rest] = parts;
  if (first === undefined || rest.length === 0) return first ?? neutral;
  return joint === 'and' ? { and: parts } : { or: parts };
}

/** Sentinels spelled out, and long lists of values in runs that an expression may hold. */
function forDynamoDB(leaf: Leaf): Condition {
  if (leaf.sentinel) return withoutSentinel(leaf);
  if (leaf.op !== 'in' || leaf.values.length <= MAX_IN_OPERANDS) return leaf;
  const { values } = leaf;
  const runs = Array.from({ length: Math.ceil(values.length / MAX_IN_OPERANDS) }, (_, i) =>
    values.slice(i * MAX_IN_OPERANDS, (i + 1) * MAX_IN_OPERANDS),
  );
  return { or: runs.map((run) => ({ ...leaf, values: run })) };
}

/** The same of an attribute whose absence is stored as {@link NONE}. */
function withoutSentinel({ sentinel: _flag, ...condition }: Leaf): Condition {
  const { path } = condition;
  const isReal: Condition = { path, op: 'ne', value: NONE };
  if (condition.op === 'exists') {
    const exists: Condition = { and: [{ path, op: 'exists', value: true }, isReal] };
    return condition.value ? exists : { not: exists };
  }
  if (condition.op === 'ne') return { not: { and: [isReal, { ...condition, op: 'eq' }] } };
  return { and: [isReal, condition] };
}

const COMPARATORS = { eq: '=', ne: '<>', gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;
const FUNCTIONS = { beginsWith: 'begins_with', contains: 'contains' } as const;
/** How tightly the parts of an expression bind. DynamoDB refuses parentheses that change nothing. */
const BINDING = { or: 1, and: 2, not: 3, leaf: 4 } as const;

class Compiler {
  readonly #names = new Map<string, string>();
  readonly #values = new Map<Operand, string>();
  #operators = 0;
  #valueBytes = 0;

  compile(condition: Condition): FilterExpression {
    const expression = this.#text(condition, BINDING.or);
    refuseBeyond(MAX_BYTES, expression.length, 'bytes as an expression');
    refuseBeyond(MAX_OPERATORS, this.#operators, 'operators');
    refuseBeyond(MAX_VALUE_BYTES, this.#valueBytes, 'bytes of values');
    return { expression, names: swapped(this.#names), values: swapped(this.#values) };
  }

  #text(condition: Condition, within: number): string {
    if ('and' in condition) return this.#joined(condition.and, 'and', within);
    if ('or' in condition) return this.#joined(condition.or, 'or', within);
    this.#operators++;
    if ('not' in condition) return `NOT ${this.#text(condition.not, BINDING.not)}`;
    const path = condition.path.map((name) => placeholder(this.#names, '#f', name)).join('.');
    switch (condition.op) {
      case 'exists':
        return `${condition.value ? 'attribute_exists' : 'attribute_not_exists'}(${path})`;
      case 'in':
        return `${path} IN (${condition.values.map((value) => this.#value(value)).join(',')})`;
      case 'beginsWith':
      case 'contains':
        return `${FUNCTIONS[condition.op]}(${path},${this.#value(condition.value)})`;
      default:
        return `${path} ${COMPARATORS[condition.op]} ${this.#value(condition.value)}`;
    }
  }

  #joined(conditions: readonly Condition[], joint: 'and' | 'or', within: number): string {
    this.#operators += conditions.length - 1;
    const text = conditions.map((each) => this.#text(each, BINDING[joint])).join(` ${joint.toUpperCase()} `);
    return BINDING[joint] < within ? `(${text})` : text;
  }

  #value(value: Operand): string {
    if (typeof value === 'number') refuseInexact(value);
    if (!this.#values.has(value)) this.#valueBytes += Buffer.byteLength(String(value));
    return placeholder(this.#values, ':f', value);
  }
}

/** The placeholder of a name or value; what occurs twice has one. */
function placeholder<T>(known: Map<T, string>, prefix: string, key: T): string {
  const text = known.get(key) ?? `${prefix}${known.size.toString(36)}`;
  known.set(key, text);
  return text;
}

const swapped = <T>(known: ReadonlyMap<T, string>): Record<string, T> =>
  Object.fromEntries([...known].map(([value, text]) => [text, value]));

function refuseBeyond(limit: number, size: number, unit: string): void {
  if (size > limit)
    throw new BadInputError('filter', `comes to ${size} ${unit}, and DynamoDB takes ${limit}; give fewer conditions`);
}

/** Numbers that the document client or DynamoDB would refuse, and no stored one equals. */
function refuseInexact(value: number): void {
  if (!isStorable(value)) throw new BadInputError('filter', `can't compare with ${value}; give ${STORABLE}`);
}
