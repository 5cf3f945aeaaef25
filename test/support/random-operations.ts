import {
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { HOSTILE } from './hostile.ts';

/** What a client would send. */
export interface RandomRequest {
  readonly query: string;
  readonly variables?: unknown;
  readonly operationName?: unknown;
}

/** Values that mean something in the data: ids and cursors, one's own and others'. */
export interface Pools {
  readonly ids: readonly string[];
  readonly cursors: readonly string[];
}

const UNICODE = [
  '',
  ' ',
  'ü',
  '\u0000',
  '\uD800',
  '\uDFFF\uD83D',
  '👩‍👩‍👧',
  '\u202E',
  '\uFEFF',
  'ﬁ',
  'x'.repeat(2_000),
  '東京',
];
const NUMBERS = [
  '0',
  '1',
  '3',
  '20',
  '100',
  '101',
  '-1',
  '-0',
  '2147483647',
  '2147483648',
  '9007199254740993',
  '1e308',
  '1e999',
  '0.5',
];
const SCALARS: Readonly<Record<string, readonly string[]>> = {
  Boolean: ['true', 'false'],
  Date: ['"2026-06-30"', '"1990-01-05"', '"2000-02-29"'],
  DateTime: ['"2026-06-30T09:00:00Z"', '"2020-01-01T00:00:00.000Z"'],
  CountryCode: ['"DE"', '"US"'],
  CurrencyCode: ['"EUR"', '"USD"'],
};
const WRONG_SCALARS: Readonly<Record<string, readonly string[]>> = {
  Boolean: ['"true"', '1'],
  Date: ['"1990-02-29"', '"0000-00-00"', '"2026-6-3"', '"9999-12-31"'],
  DateTime: ['"2026-06-30T09:00:00.000+25:00"', '"now"'],
  CountryCode: ['"XX"', '"de"'],
  CurrencyCode: ['"ZZZ"'],
};
const DIRECTIVES = [
  '@include(if: true)',
  '@include(if: false)',
  '@skip(if: false)',
  '@skip(if: true)',
  '@include',
  '@skip(if: 1)',
  '@nobody',
  '@deprecated',
  '@include(if: true) @include(if: true)',
];
/** Pieces that make a document none, or another one. */
const RUBBISH = [
  '{',
  '}',
  '(',
  ')',
  '[',
  ']',
  '"',
  '"""',
  '...',
  '@',
  '$',
  '#',
  '!',
  ':',
  ',',
  '|',
  '&',
  '=',
  '\\u{1F600}',
  '\u0000',
  'ü',
  '\uD800',
  'on',
  'fragment',
  'query',
  'null',
  'true',
  '-',
  '1e',
  '\n',
  '\r',
  '\uFEFF',
];
/** Most are small: what is wrong is seldom in need of more, and there are many of them. */
const DEPTHS = [0, 1, 1, 1, 2, 2, 3, 5];

/** Makes operations by the grammar of GraphQL and the types of a schema, some of them wrong on purpose. */
export class RandomOperations {
  readonly #schema: GraphQLSchema;
  readonly #pools: Pools;
  readonly #next: () => number;
  #fragments: { readonly name: string; readonly type: string; readonly text: string; readonly isDone: boolean }[] = [];
  /** Whether mistakes are made: one alone makes a document invalid, and a large one would hardly ever have none. */
  #isCareless = false;
  #aliases = 0;
  #variables = new Map<string, { readonly type: string; readonly value: unknown }>();

  /** @param next random numbers from 0 up to 1, which alone say what is made */
  constructor(schema: GraphQLSchema, pools: Pools, next: () => number) {
    this.#schema = schema;
    this.#pools = pools;
    this.#next = next;
  }

  request(): RandomRequest {
    this.#fragments = [];
    this.#variables = new Map();
    this.#isCareless = this.#chance(0.4);
    this.#aliases = 0;
    const kind = this.#chance(0.12) ? 'mutation' : this.#slips(0.05) ? 'subscription' : 'query';
    const root = kind === 'mutation' ? this.#schema.getMutationType() : this.#schema.getQueryType();
    const selection = this.#slips(0.08)
      ? this.#nested()
      : this.#selection(root as GraphQLNamedType, this.#pick(DEPTHS));
    const name = this.#chance(0.3) ? ` ${this.#pick(['A', 'B', '_', 'viewer'])}` : '';
    const document = `${kind}${name}${this.#declarations()} ${this.#isCareless ? this.#directive() : ''}${selection} ${this.#definitions(name)}`;
    return {
      query: this.#slips(0.2) ? this.#garbled(document) : document,
      ...(!this.#slips(0.05) ? { variables: this.#values() } : {}),
      ...(this.#slips(0.05) ? { operationName: this.#pick(['A', 'nobody', '', 1, null, ['A']]) } : {}),
    };
  }

  #chance = (probability: number): boolean => this.#next() < probability;
  #slips = (probability: number): boolean => this.#isCareless && this.#chance(probability);
  #pick = <T>(from: readonly T[]): T => from[Math.floor(this.#next() * from.length)] as T;
  #times = <T>(most: number, make: () => T): T[] => Array.from({ length: Math.floor(this.#next() * (most + 1)) }, make);

  #selection(type: GraphQLNamedType, depth: number): string {
    if (isAbstractType(type) && (!isInterfaceType(type) || this.#chance(0.6))) {
      const objects = this.#times(2, () => this.#pick(this.#schema.getPossibleTypes(type)));
      return `{ __typename ${objects.map((object) => this.#inline(object, depth)).join(' ')} }`;
    }
    if (!isObjectType(type) && !isInterfaceType(type)) return '';
    const names = Object.keys(type.getFields());
    const fields = [this.#pick(names), ...this.#times(1, () => this.#pick(names))];
    const parts = fields.map((name) => this.#field(type, name, depth));
    if (this.#chance(0.1)) parts.push(this.#inline(this.#slips(0.3) ? this.#anyType() : type, depth - 1));
    if (this.#chance(0.12)) parts.push(this.#spread(type, depth));
    if (this.#slips(0.05))
      parts.push(this.#pick(['__typename', '__schema { types { name } }', 'nothing', '__proto__', 'constructor']));
    return `{ ${parts.join(' ')} }`;
  }

  #field(type: GraphQLNamedType, name: string, depth: number): string {
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
    if (!field) return name;
    const inner = getNamedType(field.type);
    if (!isLeafType(inner) && depth <= 0) return '__typename';
    // Each under a name of its own, or fields of one name would conflict by what they are asked for.
    const own = `f${this.#aliases++}`;
    const alias = this.#slips(0.12) ? this.#pick(['a', 'b', 'id', '__proto__', this.#slips(0.1) ? 'ünd' : 'c']) : own;
    const selection = isLeafType(inner) !== this.#slips(0.01) ? '' : this.#selection(inner, depth - 1) || '{ x }';
    return `${alias}: ${name}${this.#args(field.args)} ${this.#directive()}${selection}`;
  }

  #inline = (type: GraphQLNamedType, depth: number): string => `... on ${type.name} ${this.#selection(type, depth)}`;
  #anyType = (): GraphQLNamedType => this.#pick(Object.values(this.#schema.getTypeMap()).filter(isObjectType));
  #directive = (): string =>
    this.#chance(0.05) ? `${this.#pick(this.#isCareless ? DIRECTIVES : DIRECTIVES.slice(0, 4))} ` : '';

  /** Spreads a fragment, at times one that is there already: of another type, or around the place where it stands. */
  #spread(type: GraphQLNamedType, depth: number): string {
    const known = this.#fragments.filter((each) => this.#slips(0.5) || (each.type === type.name && each.isDone));
    if (known.length > 0 && this.#chance(0.4)) return `...${this.#pick(known).name}`;
    if (this.#slips(0.05)) return '...Nobody';
    const name = `F${this.#fragments.length}`;
    // Its place is taken before its own selection is made, which may spread it.
    const place = this.#fragments.push({ name, type: type.name, text: '{ __typename }', isDone: false }) - 1;
    this.#fragments[place] = { name, type: type.name, text: this.#selection(type, depth - 1) || '{ x }', isDone: true };
    return `...${name}`;
  }

  #args(args: readonly (GraphQLArgument | GraphQLInputField)[], open = '(', close = ')'): string {
    const chosen = args.filter((arg) => (isNonNullType(arg.type) ? !this.#slips(0.03) : this.#chance(0.25)));
    const texts = chosen.map((arg) => `${arg.name}: ${this.#argument(arg)}`);
    if (this.#slips(0.01)) texts.push('nobody: 1');
    return texts.length > 0 ? `${open}${texts.join(', ')}${close}` : '';
  }

  #argument({ name, type }: GraphQLArgument | GraphQLInputField): string {
    if (!this.#chance(0.3)) return this.#literal(type, name, 3);
    const variable = `v${this.#variables.size}`;
    const value = this.#slips(0.2) ? this.#wrong(3) : this.#value(type, name);
    this.#variables.set(variable, { type: String(this.#slips(0.03) ? this.#anyType() : type), value });
    return `$${variable}`;
  }

  #literal(type: GraphQLInputType, name: string, depth: number): string {
    if (this.#slips(0.05))
      return this.#pick([...NUMBERS, 'null', 'NOBODY', '""', '[[[]]]', '{}', '{ a: { b: 1 } }', '$nobody', 'true']);
    const bare = getNullableType(type);
    if (isListType(bare)) return `[${this.#times(3, () => this.#literal(bare.ofType, name, depth - 1)).join(', ')}]`;
    if (isEnumType(bare)) return this.#pick(bare.getValues()).name;
    if (isInputObjectType(bare)) {
      const fields = Object.values(bare.getFields());
      return depth <= 0 ? '{}' : this.#args(fields, '{ ', ' }') || '{}';
    }
    return this.#scalar(getNamedType(bare).name, name);
  }

  #scalar(type: string, name: string): string {
    if (['Int', 'Float', 'SafeInt'].includes(type)) return this.#pick(this.#slips(0.2) ? NUMBERS : NUMBERS.slice(0, 5));
    const known = this.#slips(0.1) ? WRONG_SCALARS[type] : SCALARS[type];
    if (known) return this.#pick(known);
    if (type === 'ID' || this.#chance(0.05)) return JSON.stringify(this.#pick(this.#pools.ids));
    if (['after', 'before', 'afterWrite'].includes(name) && this.#chance(0.8))
      return JSON.stringify(this.#pick(this.#pools.cursors));
    const text = this.#pick(
      this.#chance(0.5) ? ['lander', 'a', 'engineer', 'zip', ''] : this.#chance(0.5) ? HOSTILE : UNICODE,
    );
    if (!this.#isCareless && !text.isWellFormed()) return '"\\u00e9"';
    return this.#slips(0.1) && !text.includes('"') ? `"""${text}"""` : JSON.stringify(text);
  }

  /** What a variable of a type may be, as JSON has it. */
  #value(type: GraphQLInputType, name: string): unknown {
    const bare = getNullableType(type);
    if (isListType(bare)) return this.#times(3, () => this.#value(bare.ofType, name));
    if (isEnumType(bare)) return this.#pick(bare.getValues()).name;
    if (isInputObjectType(bare)) {
      const fields = Object.values(bare.getFields()).filter(
        ({ type: each }) => isNonNullType(each) || this.#chance(0.15),
      );
      return Object.fromEntries(fields.map((field) => [field.name, this.#value(field.type, field.name)]));
    }
    const text = this.#scalar(getNamedType(bare).name, name);
    return text.startsWith('"""') ? text.slice(3, -3) : JSON.parse(text);
  }

  #wrong(depth: number): unknown {
    if (depth > 0 && this.#chance(0.3)) return this.#times(3, () => this.#wrong(depth - 1));
    if (depth > 0 && this.#chance(0.3))
      return { [this.#pick(['a', 'eq', '__proto__', 'and'])]: this.#wrong(depth - 1) };
    return this.#pick([null, true, 0, -1, 1e300, 0.1, '', '\uD800', 'x'.repeat(5_000), ...this.#pools.ids.slice(0, 3)]);
  }

  #values(): unknown {
    if (this.#slips(0.04)) return this.#pick<unknown>([null, 1, 'text', [], [{}], { __proto__: { v0: 1 } }]);
    const kept = [...this.#variables].filter(() => !this.#slips(0.04));
    return Object.fromEntries(kept.map(([name, { value }]) => [name, value]));
  }

  #declarations(): string {
    const declared = [...this.#variables].filter(() => !this.#slips(0.03));
    const texts = declared.map(([name, { type }]) => `$${name}: ${type}${this.#slips(0.05) ? ' = null' : ''}`);
    return texts.length > 0 ? `(${texts.join(', ')})` : '';
  }

  #definitions(name: string): string {
    const texts = this.#fragments.map((fragment) => `fragment ${fragment.name} on ${fragment.type} ${fragment.text}`);
    if (this.#slips(0.06))
      texts.push(
        this.#pick([
          'query B { viewer { role } }',
          `query${name} { viewer { role } }`,
          'type T { a: Int }',
          'extend type Query { b: Int }',
        ]),
      );
    return texts.join(' ');
  }

  /** Deep, at times too deep. */
  #nested(): string {
    const depth = this.#pick([5, 12, 18, 30, 59, 200, 3_000]);
    const id = JSON.stringify(this.#pick(this.#pools.ids));
    return this.#pick([
      `{ employee(id: ${id}) { ${'manager { '.repeat(depth)}id${' }'.repeat(depth)} } }`,
      `{ nodes(ids: ${'['.repeat(depth)}${id}${']'.repeat(depth)}) { id } }`,
      `{ searchTasks(query: "", filter: ${'{ not: '.repeat(depth)}{ status: { eq: OPEN } }${' }'.repeat(depth)}) { totalCount } }`,
      `{ offices { ${'edges { node { employees { '.repeat(depth)}totalCount${' } } }'.repeat(depth)} } }`,
      '{ a '.repeat(depth),
    ]);
  }

  #garbled(text: string): string {
    let garbled = text;
    for (const _ of Array.from({ length: 1 + Math.floor(this.#next() * 3) })) {
      const at = Math.floor(this.#next() * garbled.length);
      const to = at + Math.floor(this.#next() * 12);
      const piece = this.#pick([this.#pick(RUBBISH), '', garbled.slice(at, to).repeat(2)]);
      garbled = garbled.slice(0, at) + piece + garbled.slice(this.#chance(0.5) ? at : to);
    }
    return garbled;
  }
}
