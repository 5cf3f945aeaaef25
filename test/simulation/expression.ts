/** An item as conditions see it; undefined when there is none. */
export type Values = Readonly<Record<string, unknown>>;

/** What the placeholders of an expression stand for. */
export interface Placeholders {
  readonly names?: Readonly<Record<string, string>> | undefined;
  readonly values?: Values | undefined;
}

/** A value of an item, once the placeholders are known. */
export type Operand = (item: Values, placeholders: Placeholders) => unknown;
type Test = (item: Values, placeholders: Placeholders) => boolean;

const TOKEN = /\s*([#:]?\w+(?:\.[#\w]+)*|<>|<=|>=|[=<>(),+-])/y;
const known = new Map<string, Test>();

/**
 * Whether a ConditionExpression holds for an item: comparisons, BETWEEN, IN, AND, OR, NOT, parentheses, and the
 * functions attribute_exists, attribute_not_exists, begins_with and contains.
 *
 * @throws for anything else: the model does not know it
 */
export function holds(expression: string | undefined, item: Values | undefined, placeholders: Placeholders): boolean {
  if (expression === undefined) return true;
  let test = known.get(expression);
  if (!test) {
    const tokens = new Tokens(expression);
    test = either(tokens);
    tokens.end();
    known.set(expression, test);
  }
  return test(item ?? {}, placeholders);
}

/** The words and signs of an expression, one after the other. */
export class Tokens {
  readonly #expression: string;
  readonly #tokens: string[] = [];
  #next = 0;

  constructor(expression: string) {
    this.#expression = expression;
    const pattern = new RegExp(TOKEN);
    while (pattern.lastIndex < expression.trimEnd().length) {
      const token = pattern.exec(expression)?.[1];
      if (token === undefined) throw this.unknown();
      this.#tokens.push(token);
    }
  }

  take(): string {
    const token = this.#tokens[this.#next++];
    if (token === undefined) throw this.unknown();
    return token;
  }

  /** Takes the next one if it is this word or sign, whatever its case. */
  skip(word: string): boolean {
    const isNext = this.#tokens[this.#next]?.toUpperCase() === word;
    if (isNext) this.#next++;
    return isNext;
  }

  expect(word: string): void {
    if (!this.skip(word)) throw this.unknown();
  }

  end(): void {
    if (this.#next < this.#tokens.length) throw this.unknown();
  }

  unknown(): Error {
    return new Error(`the model does not know the expression "${this.#expression}"`);
  }
}

function either(tokens: Tokens): Test {
  const first = both(tokens);
  if (!tokens.skip('OR')) return first;
  const rest = either(tokens);
  return (item, placeholders) => first(item, placeholders) || rest(item, placeholders);
}

function both(tokens: Tokens): Test {
  const first = denial(tokens);
  if (!tokens.skip('AND')) return first;
  const rest = both(tokens);
  return (item, placeholders) => first(item, placeholders) && rest(item, placeholders);
}

function denial(tokens: Tokens): Test {
  if (tokens.skip('NOT')) {
    const denied = denial(tokens);
    return (item, placeholders) => !denied(item, placeholders);
  }
  if (!tokens.skip('(')) return comparison(tokens);
  const inner = either(tokens);
  tokens.expect(')');
  return inner;
}

const FUNCTIONS: Readonly<Record<string, (value: unknown, argument: unknown) => boolean>> = {
  attribute_exists: (value) => value !== undefined,
  attribute_not_exists: (value) => value === undefined,
  begins_with: (value, prefix) => typeof value === 'string' && value.startsWith(prefix as string),
  contains: (value, part) =>
    typeof value === 'string' ? value.includes(part as string) : Array.isArray(value) && value.includes(part),
};

function comparison(tokens: Tokens): Test {
  const word = tokens.take();
  const test = FUNCTIONS[word];
  if (!test) return compared(tokens, operand(word));
  tokens.expect('(');
  const subject = operand(tokens.take());
  const argument = tokens.skip(',') ? operand(tokens.take()) : undefined;
  tokens.expect(')');
  return (item, placeholders) => test(subject(item, placeholders), argument?.(item, placeholders));
}

const COMPARATORS: Readonly<Record<string, (a: unknown, b: unknown) => boolean>> = {
  '=': (a, b) => a === b,
  '<>': (a, b) => a !== b,
  '<': (a, b) => isBefore(a, b),
  '<=': (a, b) => isBefore(a, b) || (a === b && a !== undefined),
  '>': (a, b) => isBefore(b, a),
  '>=': (a, b) => isBefore(b, a) || (a === b && a !== undefined),
};

function compared(tokens: Tokens, left: Operand): Test {
  if (tokens.skip('BETWEEN')) {
    const from = operand(tokens.take());
    tokens.expect('AND');
    const to = operand(tokens.take());
    return (item, all) => !isBefore(left(item, all), from(item, all)) && !isBefore(to(item, all), left(item, all));
  }
  if (tokens.skip('IN')) {
    tokens.expect('(');
    const options: Operand[] = [];
    do options.push(operand(tokens.take()));
    while (tokens.skip(','));
    tokens.expect(')');
    return (item, all) => options.some((option) => option(item, all) === left(item, all));
  }
  const compare = COMPARATORS[tokens.take()];
  if (!compare) throw tokens.unknown();
  const right = operand(tokens.take());
  return (item, all) => compare(left(item, all), right(item, all));
}

/** Values of different types have no order. */
const isBefore = (a: unknown, b: unknown): boolean =>
  typeof a === typeof b && (typeof a === 'string' || typeof a === 'number') && a < (b as typeof a);

/** A value by `:placeholder`, or an attribute by its path. */
export function operand(word: string): Operand {
  if (word.startsWith(':')) return (_item, { values }) => values?.[word];
  const path = word.split('.');
  return (item, placeholders) =>
    path.reduce<unknown>((within, name) => (within as Values | undefined)?.[attributeName(name, placeholders)], item);
}

/** The name that a word of an expression stands for. */
export const attributeName = (word: string, { names }: Placeholders): string =>
  word.startsWith('#') ? (names?.[word] ?? word) : word;
