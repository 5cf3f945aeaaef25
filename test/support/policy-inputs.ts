import {
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isRequiredInputField,
} from 'graphql';

/** An argument, or a property of an input. */
export type Input = GraphQLArgument | GraphQLInputField;

/** A value of an argument. */
export interface Choice {
  /** What tells it from others of the same argument, such as `salary.amount.gte`; empty where there are no others. */
  readonly what: string;
  /** With `<id:office>` and the like for the object that it is about, and each {@link Sign} for what is compared. */
  readonly text: string;
  /** Properties of inputs that it has, as `EmployeeFilter.salary`. */
  readonly visits: readonly string[];
}

/** What stands in texts, between angle brackets, for values that one organization or the other has. */
export type Sign = 'word' | 'country' | 'currency' | 'email' | 'cursor' | 'write';

/** Values by the name of what takes them, or else of their type. Of an object's version, one that it never has. */
const LITERALS: Readonly<Record<string, string>> = {
  String: '"<word>"',
  email: '"<email>"',
  after: '"<cursor>"',
  before: '"<cursor>"',
  afterWrite: '"<write>"',
  expectedVersion: '999',
  Boolean: 'true',
  Int: '1',
  SafeInt: '42',
  Float: '42',
  Date: '"2020-07-05"',
  DateTime: '"2020-06-30T09:00:00Z"',
  CountryCode: '"<country>"',
  CurrencyCode: '"<currency>"',
};
/** Whose ids they are, where the name is not the entity's. */
const REFERENCES: Readonly<Record<string, string>> = { manager: 'employee', lead: 'employee' };

/** What mutations can't do without although their inputs can, for null is not the same as nothing. */
const NEEDED = ['AssignTaskInput.employee'];

const isNeeded = (type: GraphQLInputObjectType) => (field: GraphQLInputField) =>
  isRequiredInputField(field) || NEEDED.includes(`${type.name}.${field.name}`);

/**
 * Everything that an input can be, one at a time: each property with each of its own. All operators of a type are tried
 * where it is met first, and one of them elsewhere.
 */
export class PolicyInputs {
  readonly #entities: readonly string[];
  readonly #walked = new Set<string>();

  /** @param entities names in lower case */
  constructor(entities: readonly string[]) {
    this.#entities = entities;
  }

  choices(input: Input): Choice[] {
    return this.#choices(input.type, [input.name], []);
  }

  /** The least that can be said. */
  least(input: Input): Choice {
    return this.#least(input.type, [input.name]);
  }

  #choices(given: GraphQLInputType, names: readonly string[], within: readonly string[]): Choice[] {
    const type = getNullableType(given);
    if (isListType(type)) return this.#choices(type.ofType, names, within).map(listed);
    if (isEnumType(type)) {
      const all = type.getValues().map(({ name }) => ({ what: name, text: name, visits: [] }));
      // Of what is compared with, one is like the other.
      return within.length > 0 ? all.slice(0, 1).map((one) => ({ ...one, what: '' })) : all;
    }
    if (!isInputObjectType(type)) return [this.#literal(type.name, names)];
    if (within.includes(type.name)) return [this.#joined(type, names)];
    const isFirst = !this.#walked.has(type.name);
    this.#walked.add(type.name);
    const fields = Object.values(type.getFields());
    const optional = fields.filter((field) => !isNeeded(type)(field));
    const some = (optional.length > 0 ? optional : fields).flatMap((field) => {
      const all = this.#choices(field.type, [...names, field.name], [...within, type.name]);
      return (isFirst ? all : all.slice(0, 1)).map((choice) => this.#object(type, names, field, choice));
    });
    // What is required may be the choice itself, as with what a search is ordered by.
    const required = fields.filter((field) => isNeeded(type)(field) && isEnumType(getNullableType(field.type)));
    const keys = required.flatMap((field) =>
      this.#choices(field.type, [field.name], []).map((choice) => this.#object(type, names, field, choice)),
    );
    return [...keys, ...some];
  }

  #least(given: GraphQLInputType, names: readonly string[]): Choice {
    const type = getNullableType(given);
    if (isListType(type)) return listed(this.#least(type.ofType, names));
    if (isEnumType(type)) return { what: '', text: type.getValues()[0]?.name ?? '', visits: [] };
    return isInputObjectType(type) ? this.#object(type, names) : this.#literal(type.name, names);
  }

  /** An input with what it must have, and one more property. */
  #object(type: GraphQLInputObjectType, names: readonly string[], field?: GraphQLInputField, choice?: Choice): Choice {
    const required = Object.values(type.getFields()).filter((one) => isNeeded(type)(one) && one !== field);
    const parts = [
      ...required.map((one) => ({ name: one.name, choice: this.#least(one.type, [...names, one.name]) })),
      ...(field && choice ? [{ name: field.name, choice }] : []),
    ];
    return {
      what: [field?.name, choice?.what].filter(Boolean).join('.'),
      text: `{ ${parts.map(({ name, choice: { text } }) => `${name}: ${text}`).join(', ')} }`,
      visits: parts.flatMap(({ name, choice: { visits } }) => [`${type.name}.${name}`, ...visits]),
    };
  }

  /** A filter within a filter. */
  #joined(type: GraphQLInputObjectType, names: readonly string[]): Choice {
    const field = Object.values(type.getFields()).find(({ type: one }) => !isListType(getNullableType(one)));
    if (!field) throw new Error(`${type.name} has no property to go on with`);
    const [operator] = this.#choices(field.type, [...names, field.name], [type.name]);
    return this.#object(type, names, field, operator);
  }

  #literal(typename: string, names: readonly string[]): Choice {
    const name = names.at(-1) ?? '';
    if (typename === 'ID') return { what: '', text: this.#id(names), visits: [] };
    const text = LITERALS[name] ?? LITERALS[typename];
    if (text === undefined) throw new Error(`there is no value for ${names.join('.')}; give ${typename} one here`);
    return { what: '', text, visits: [] };
  }

  #id(names: readonly string[]): string {
    if (names.at(-1) === 'id' || names.at(-1) === 'ids') return '"<id>"';
    const named = names.map((name) => REFERENCES[name] ?? name).filter((name) => this.#entities.includes(name));
    return `"<operand:${named.at(-1)}>"`;
  }
}

const listed = (choice: Choice): Choice => ({ ...choice, text: `[${choice.text}]` });
