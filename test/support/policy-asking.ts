import { expect } from 'vitest';
import { ROLES, type Role } from '../../src/auth/viewer.ts';
import { type Ids, leaksIn, type World } from './policy-world.ts';
import type { Answer, TestRoster } from './roster.ts';

/** What became of a field: seen, seen of some objects, null with a refusal, refused on the way, nothing there; or a code. */
export type Outcome = 'shown' | 'in part' | 'withheld' | 'refused' | 'nothing' | string;

/**
 * Whose the object is that is asked for: the viewer, somebody below them, an object of their organization that has
 * nothing to do with them, one of another organization, or one made for the purpose. Or that the value which it is
 * compared with is another organization's, or that what is written is nonsense or taken.
 */
export const WHOSE = ['', 'oneself', 'below', 'other', 'theirs', 'their value', 'new', 'nonsense'] as const;
export type Whose = (typeof WHOSE)[number];

/** A root field to send, with all signs replaced. */
export interface Question {
  readonly text: string;
  /** Gets the field's value and errors, whose paths are without the alias and without places in lists. */
  readonly answered: (value: unknown, errors: readonly Refusal[]) => void;
}

/** An error below a field. */
export interface Refusal {
  readonly code: string;
  readonly path: readonly string[];
}

/** Fields of one operation: few enough to be answered in time however busy the machine is. */
const BATCH = { query: 10, mutation: 8 };

/** Asks as the viewers of one organization, and looks for the other's values in whatever is answered. */
export class Asking {
  readonly #roster: TestRoster;
  readonly ours: World;
  readonly theirs: World;
  readonly #tokens = new Map<string, unknown>();

  constructor(roster: TestRoster, ours: World, theirs: World) {
    this.#roster = roster;
    this.ours = ours;
    this.theirs = theirs;
  }

  /** Asks all, many in one operation, and as nobody too, who must be told nothing. */
  async all(role: Role, questions: readonly Question[], kind: keyof typeof BATCH = 'query'): Promise<void> {
    for (let i = 0; i < questions.length; i += BATCH[kind]) {
      const some = questions.slice(i, i + BATCH[kind]);
      const document = `${kind} { ${some.map(({ text }, n) => `a${n}: ${text}`).join(' ')} }`;
      const answer = await this.#roster.graphql(this.ours.as[role], document);
      this.#assertOurs(answer, document);
      for (const [n, { answered }] of some.entries()) answered(answer.data?.[`a${n}`], refusalsOf(answer, `a${n}`));
      if (role === ROLES[0]) await this.#assertClosed(document);
    }
  }

  #assertOurs({ data, errors = [] }: Answer, document: string): void {
    const { theirs } = this;
    const told = errors.map(({ message, extensions }) => ({ message, extensions }));
    expect(leaksIn({ data, told }, theirs.marks), document).toEqual([]);
    const codes = errors.map(({ extensions }) => extensions['code']);
    expect(codes, document).not.toContain('INTERNAL_SERVER_ERROR');
    expect(
      errors.filter(({ path }) => path === undefined).map(({ message }) => message),
      document,
    ).toEqual([]);
  }

  async #assertClosed(query: string): Promise<void> {
    const headers = { 'content-type': 'application/json', accept: 'application/graphql-response+json' };
    const response = await this.#roster.fetch('/graphql', { method: 'POST', headers, body: JSON.stringify({ query }) });
    expect(response.status, query).toBe(401);
    expect(await response.json(), query).not.toHaveProperty('data');
  }

  /** Objects' ids as seen by a role, undefined where nobody is that to them. */
  subject(role: Role, whose: Whose): Ids | undefined {
    if (whose === 'theirs') return this.theirs.others;
    if (whose !== 'oneself' && whose !== 'below') return this.ours.others;
    const employee = this.ours[whose][role];
    return employee === undefined ? undefined : { ...this.ours.others, employee };
  }

  /** An object's token, and a cursor of a list, as their own organization's ADMIN gets them. */
  async tokens(world: World, text: string): Promise<Readonly<Record<'cursor' | 'write', string>>> {
    const ask = async (query: string) => {
      const key = `${world.org} ${query}`;
      if (!this.#tokens.has(key)) this.#tokens.set(key, (await this.#roster.graphql(world.as.ADMIN, query)).data);
      return this.#tokens.get(key);
    };
    const entity = (/search(Office|Project|Task)s/.exec(text)?.[1] ?? 'Employee').toLowerCase() as keyof Ids;
    const write =
      text.includes('<write>') && (await ask(`{ ${entity}(id: "${world.others[entity]}") { writeToken } }`));
    const list = text
      .replace(/(after|before): "<cursor>"/, 'first: 1')
      .replace('{ __typename }', '{ pageInfo { endCursor } }');
    const page = text.includes('<cursor>') && (await ask(`{ ${fill(list, world.others, world)} }`));
    return { write: String(valuesAt(write, 'writeToken')[0]), cursor: String(valuesAt(page, 'endCursor')[0]) };
  }
}

const refusalsOf = ({ errors = [] }: Answer, alias: string): Refusal[] =>
  errors
    .filter(({ path }) => path?.[0] === alias)
    .map(({ path = [], extensions }) => ({
      code: String(extensions['code']),
      path: path.slice(1).filter((part): part is string => typeof part === 'string'),
    }));

/** All values under a name, however deep. */
export function valuesAt(data: unknown, name: string): unknown[] {
  const values: unknown[] = [];
  JSON.stringify(data, (key, value: unknown) => {
    if (key === name && value !== null) values.push(value);
    return value;
  });
  return values;
}

let count = 0;

/** A text with values for its signs. @param operands whose the values are that are compared with */
export function fill(
  text: string,
  subject: Ids,
  operands: Pick<World, 'others' | 'marks'>,
  tokens: Readonly<Partial<Record<string, string>>> = {},
): string {
  const { word, country, currency } = operands.marks;
  const values: Readonly<Record<string, string>> = {
    word,
    country,
    currency,
    email: `new${count++}@new.example`,
    ...tokens,
  };
  return text
    .replace(
      /<(id|operand):(\w+)>/g,
      (_sign, kind, entity: keyof Ids) => (kind === 'id' ? subject : operands.others)[entity],
    )
    .replace(/<(\w+)>/g, (sign, name) => values[name] ?? sign);
}

/** What became of what is at a path; undefined where an error beside it hides it. */
export function outcomeAt(path: readonly string[], value: unknown, errors: readonly Refusal[]): Outcome | undefined {
  const isAbove = (error: Refusal) =>
    error.path.length < path.length && error.path.every((part, i) => part === path[i]);
  const own = errors.filter((error) => path.every((part, i) => part === error.path[i]));
  const above = errors.filter(isAbove);
  const codes = new Set([...own, ...above].map(({ code }) => code));
  const [code = ''] = codes;
  if (isThere(value, path)) return codes.has('FORBIDDEN') ? 'in part' : 'shown';
  if (codes.size > 0 && code !== 'FORBIDDEN') return code;
  if (above.length > 0 || path.length === 0) return code ? 'refused' : 'nothing';
  if (own.length > 0) return 'withheld';
  return errors.length > 0 ? undefined : 'nothing';
}

function isThere(value: unknown, [name, ...rest]: readonly string[]): boolean {
  if (Array.isArray(value)) return value.some((one) => isThere(one, name === undefined ? [] : [name, ...rest]));
  if (value === null || value === undefined) return false;
  return name === undefined || isThere(Object(value)[name], rest);
}

/** What a mutation answered: the type, and the coordinates of all that was there, whose names are `Office_city` and the like. */
export function writtenIn(answer: unknown): { readonly typename: string | undefined; readonly visits: string[] } {
  const visits: string[] = [];
  JSON.stringify(answer, (name, value: unknown) => {
    const [, type, field] = /^([A-Z][a-zA-Z]*)_(\w+)$/.exec(name) ?? [];
    if (type !== undefined && value !== null) visits.push(`${type}.${field}`);
    return value;
  });
  const typename: unknown = Object(answer).__typename;
  return { typename: typeof typename === 'string' ? typename : undefined, visits };
}
