import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLOutputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from 'graphql';
import { schema } from '../../src/schema/index.ts';
import { SEARCHED } from '../../src/schema/search/patterns.ts';

/** Literals to choose from, by the name of the argument or property, after that of a facet's `Facet.`, or else of its type. */
export type Literals = Readonly<Record<string, readonly string[]>>;

/** Every field that searches. */
export const searchFields: readonly GraphQLField<unknown, unknown>[] = Object.values(
  schema.getQueryType()?.getFields() ?? {},
).filter(({ extensions }) => extensions[SEARCHED] !== undefined);

/** What a document gives by variables: no two rosters have cursors and tokens in common. */
const OPAQUE = new Set(['after', 'before', 'afterWrite', 'last']);
/** What filters are within each other by. */
const JOINTS = new Set(['and', 'or', 'not']);
/** What only searches have, always selected that far so that random documents get at what they found. */
const WAY = new Set(['edges', 'node']);
/** Types that only searches have; the objects that are found have tests of their own. */
const OF_SEARCHES = /Search|Facet|Highlight|^Occasion/;
const MAX_DEPTH = 3;

const isRequired = ({ type }: GraphQLArgument | GraphQLInputField) => isNonNullType(type);

/** Random operations over a schema's searches, all that types allow: arguments, filters within filters, selections. */
export class RandomSearches {
  /** Each argument, property and field that any operation has had, as `Type.field` or `Type.field(argument)`. */
  readonly covered = new Set<string>();
  readonly #next: () => number;
  readonly #literals: Literals;

  constructor(next: () => number, literals: Literals) {
    this.#next = next;
    this.#literals = literals;
  }

  /** An operation with the variables `$after` and `$afterWrite`; what is behind its page can be read at `paging`. */
  operation(field: GraphQLField<unknown, unknown>): string {
    const args = this.#args('Query', field, ['after: $after, afterWrite: $afterWrite']);
    const selection = this.#selection(field.type, MAX_DEPTH);
    const paging = 'paging: pageInfo { hasNextPage endCursor }';
    return `query($after: String, $afterWrite: String) { found: ${field.name}${args} { ${paging} ${selection} } }`;
  }

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#next() * from.length)] as T;
  }

  /** A share of these; what no operation has had yet is chosen more often. */
  #some<T>(from: readonly T[], share: number, isNew: (each: T) => boolean): T[] {
    return from.filter((each) => this.#next() < (isNew(each) ? 0.6 : share));
  }

  #args(type: string, { name, args }: GraphQLField<unknown, unknown>, given: readonly string[] = []): string {
    const covers = (arg: string) => `${type}.${name}(${arg})`;
    const isNew = (arg: GraphQLArgument) => !this.covered.has(covers(arg.name));
    const open = args.filter((arg) => !OPAQUE.has(arg.name));
    const [required, optional] = [open.filter(isRequired), open.filter((arg) => !isRequired(arg))];
    const texts = [...required, ...this.#some(optional, 0.4, isNew)].map((arg) =>
      this.#member(covers(arg.name), arg, 3, type.endsWith('Facets') ? `Facet.${arg.name}` : arg.name),
    );
    const all = [...given, ...texts];
    return all.length > 0 ? `(${all.join(', ')})` : '';
  }

  #member(covers: string, { name, type }: GraphQLArgument | GraphQLInputField, depth = 3, literals = name): string {
    this.covered.add(covers);
    return `${name}: ${this.#literal(type, literals, depth)}`;
  }

  #literal(nullable: GraphQLInputType, name: string, depth: number): string {
    const type = getNullableType(nullable);
    if (isListType(type)) {
      const length = 1 + Math.floor(this.#next() * 2);
      const items = Array.from({ length }, () => this.#literal(type.ofType, name, depth));
      // An order that names a key twice is refused.
      return `[${[...new Map(items.map((item) => [/by: \w+/.exec(item)?.[0] ?? item, item])).values()].join(', ')}]`;
    }
    if (isEnumType(type)) return this.#pick(type.getValues()).name;
    if (isInputObjectType(type)) {
      const covers = (field: string) => `${type.name}.${field}`;
      const all = Object.values(type.getFields()).filter(({ name }) => depth > 0 || !JOINTS.has(name));
      const [required, optional] = [all.filter(isRequired), all.filter((field) => !isRequired(field))];
      const some = this.#some(optional, 0.2, ({ name }) => !this.covered.has(covers(name))).slice(0, 3);
      const chosen = [...required, ...(some.length > 0 || optional.length === 0 ? some : [this.#pick(optional)])];
      return `{ ${chosen.map((field) => this.#member(covers(field.name), field, depth - 1)).join(', ')} }`;
    }
    const literals = this.#literals[name] ?? this.#literals[type.name];
    if (!literals) throw new Error(`there are no literals for ${name} and ${type.name}`);
    return this.#pick(literals);
  }

  #selection(returned: GraphQLOutputType, depth: number): string {
    const type = getNamedType(returned);
    if (isLeafType(type)) return '';
    if (isUnionType(type) || isInterfaceType(type))
      return schema
        .getPossibleTypes(type)
        .map((member) => `... on ${member.name} { ${this.#fields(member, depth, `${member.name}_`)} }`)
        .join(' ');
    return 'getFields' in type ? this.#fields(type, depth) : '';
  }

  /** Whether no operation has had a field yet, or, where only searches have it, an argument of it or what is below it. */
  #hasNew(parent: string, { name, args, type: returned }: GraphQLField<unknown, unknown>): boolean {
    const own = `${parent}.${name}`;
    if (!this.covered.has(own)) return true;
    if (!OF_SEARCHES.test(parent)) return false;
    const type = getNamedType(returned);
    return (
      args.some((arg) => !this.covered.has(`${own}(${arg.name})`)) ||
      (isObjectType(type) && Object.values(type.getFields()).some((field) => this.#hasNew(type.name, field)))
    );
  }

  #fields(type: { readonly name: string; getFields(): object }, depth: number, alias = ''): string {
    const fields: GraphQLField<unknown, unknown>[] = Object.values(type.getFields());
    const covers = (field: string) => `${type.name}.${field}`;
    const isLeaf = (field: (typeof fields)[number]) => isLeafType(getNamedType(field.type));
    const leaves = fields.filter(isLeaf);
    const some = this.#some(leaves, 0.4, ({ name }) => !this.covered.has(covers(name)));
    const objects = depth > 0 ? fields.filter((field) => !isLeaf(field)) : [];
    const within = [
      ...objects.filter(({ name }) => WAY.has(name)),
      ...this.#some(
        objects.filter(({ name }) => !WAY.has(name)),
        0.3,
        (field) => this.#hasNew(type.name, field),
      ),
    ];
    // Something must be selected of every object.
    const chosen = [...within, ...(some.length > 0 || within.length > 0 ? some : leaves.slice(0, 1))];
    return chosen
      .map((field) => {
        this.covered.add(covers(field.name));
        const selection = this.#selection(field.type, depth - 1);
        const args = this.#args(type.name, field);
        return `${alias && `${alias}${field.name}: `}${field.name}${args}${selection && ` { ${selection} }`}`;
      })
      .join(' ');
  }
}

/** All that {@link RandomSearches.covered} can come to in the arguments of searches, their pages, hits and facets. */
export function searchableSurface(): Set<string> {
  const surface = new Set<string>();
  const seen = new Set<string>();
  const input = (given: GraphQLInputType) => {
    const type = getNamedType(given);
    if (!isInputObjectType(type) || seen.has(type.name)) return;
    seen.add(type.name);
    for (const field of Object.values(type.getFields())) {
      surface.add(`${type.name}.${field.name}`);
      input(field.type);
    }
  };
  const args = (parent: string, field: GraphQLField<unknown, unknown>) => {
    for (const arg of field.args.filter(({ name }) => !OPAQUE.has(name))) {
      surface.add(`${parent}.${field.name}(${arg.name})`);
      input(arg.type);
    }
  };
  const output = (given: GraphQLOutputType) => {
    const type = getNamedType(given);
    if (!('getFields' in type) || !OF_SEARCHES.test(type.name) || seen.has(type.name)) return;
    seen.add(type.name);
    for (const field of Object.values(type.getFields()) as GraphQLField<unknown, unknown>[]) {
      surface.add(`${type.name}.${field.name}`);
      args(type.name, field);
      output(field.type);
    }
  };
  for (const field of searchFields) {
    args('Query', field);
    output(field.type);
  }
  return surface;
}
