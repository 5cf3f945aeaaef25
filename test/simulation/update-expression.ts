import { attributeName, operand, type Placeholders, Tokens, type Values } from './expression.ts';

type Change = (item: Record<string, unknown>, before: Values, placeholders: Placeholders) => void;
type Value = (before: Values, placeholders: Placeholders) => unknown;

const CLAUSES = ['SET', 'REMOVE', 'ADD'] as const;
const known = new Map<string, readonly Change[]>();

/**
 * An item as an UpdateExpression leaves it: SET of top-level attributes to a value, an attribute, `if_not_exists`, a sum
 * or a difference; REMOVE; ADD of numbers.
 *
 * @throws for anything else: the model does not know it
 */
export function updated(expression: string, before: Values, placeholders: Placeholders): Values {
  const changes = known.get(expression) ?? parse(new Tokens(expression));
  known.set(expression, changes);
  const item = { ...before };
  for (const change of changes) change(item, before, placeholders);
  return item;
}

function parse(tokens: Tokens): readonly Change[] {
  const changes: Change[] = [];
  for (let clause = nextClause(tokens); clause; clause = nextClause(tokens)) {
    do changes.push(parseChange(tokens, clause));
    while (tokens.skip(','));
  }
  tokens.end();
  return changes;
}

const nextClause = (tokens: Tokens) => CLAUSES.find((clause) => tokens.skip(clause));

function parseChange(tokens: Tokens, clause: (typeof CLAUSES)[number]): Change {
  const name = tokens.take();
  if (name.includes('.')) throw tokens.unknown();
  if (clause === 'REMOVE') return (item, _before, all) => void delete item[attributeName(name, all)];
  if (clause === 'SET') tokens.expect('=');
  const value: Value = clause === 'SET' ? parseSum(tokens) : sum(operand(name), operand(tokens.take()), 1);
  return (item, before, all) => {
    item[attributeName(name, all)] = value(before, all);
  };
}

function parseSum(tokens: Tokens): Value {
  const first = parseTerm(tokens);
  if (tokens.skip('+')) return sum(first, parseTerm(tokens), 1);
  if (tokens.skip('-')) return sum(first, parseTerm(tokens), -1);
  return first;
}

function parseTerm(tokens: Tokens): Value {
  const word = tokens.take();
  if (word.toLowerCase() !== 'if_not_exists') return operand(word);
  tokens.expect('(');
  const current = operand(tokens.take());
  tokens.expect(',');
  const otherwise = operand(tokens.take());
  tokens.expect(')');
  return (before, all) => current(before, all) ?? otherwise(before, all);
}

/** What is absent counts as 0. */
const sum =
  (a: Value, b: Value, sign: 1 | -1): Value =>
  (before, all) =>
    ((a(before, all) ?? 0) as number) + sign * ((b(before, all) ?? 0) as number);
