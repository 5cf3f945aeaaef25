import {
  type GraphQLField,
  type GraphQLNamedOutputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type GraphQLUnionType,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
  isUnionType,
  lexicographicSortSchema,
} from 'graphql';
import { type Input, PolicyInputs } from './policy-inputs.ts';

type Field = GraphQLField<unknown, unknown>;

/** How to get from a root field to the objects of a type. */
interface Way {
  /** The field that it goes through, such as `Query.employee` or `Office.employees`. */
  readonly anchor: string;
  readonly type: GraphQLNamedOutputType;
  /** Names in the answer from the root field's value on, without lists. */
  readonly path: readonly string[];
  /** Coordinates of fields and arguments that it goes through. */
  readonly visits: readonly string[];
  /** The whole root field. @param selection of the type's fields */
  text(selection: string): string;
}

/** A field that is looked at. */
export interface ProbedField {
  readonly name: string;
  /** As it stands in documents. */
  readonly text: string;
  /** Coordinates such as `Employee.salary`, `Query.offices(city)` or `OfficeFilter.city`. */
  readonly visits: readonly string[];
}

/** A mutation with one input. */
export interface Write extends Pick<Way, 'anchor' | 'visits'> {
  /** The property that it has beside the least; empty for the least. */
  readonly what: string;
  /** The whole root field. Answers have names such as `Office_city`. */
  readonly text: string;
}

/** Fields of one object, to be asked for in one go or one by one. */
export interface Probe extends Pick<Way, 'anchor' | 'path'> {
  /** What is listed beside each field's name, such as the type. */
  readonly what: string;
  readonly fields: readonly ProbedField[];
  /** True for one field with one argument or another, which exclude each other. */
  readonly isArgument?: boolean;
  /** The type of what the arguments are of. */
  readonly returns?: GraphQLNamedOutputType;
  text(fields: readonly ProbedField[]): string;
}

/** Walks a schema: a new field, argument or type is visited by being there. */
export class PolicySurface {
  readonly #schema: GraphQLSchema;
  readonly #entities: readonly GraphQLObjectType[];
  readonly #inputs: PolicyInputs;

  constructor(given: GraphQLSchema) {
    // In an order that says nothing of which file came first.
    const schema = lexicographicSortSchema(given);
    this.#schema = schema;
    const node = schema.getType('Node');
    this.#entities = isInterfaceType(node) ? schema.getPossibleTypes(node) : [];
    this.#inputs = new PolicyInputs(this.#entities.map(({ name }) => name.toLowerCase()));
  }

  /** Fields, arguments and properties of inputs, all that there are. */
  coordinates(): Set<string> {
    const types = Object.values(this.#schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'));
    return new Set(
      types.flatMap((type) => {
        const fields = 'getFields' in type ? Object.values(type.getFields()) : [];
        if (isInputObjectType(type)) return fields.map(({ name }) => `${type.name}.${name}`);
        return (fields as Field[]).flatMap(({ name, args }) => [
          `${type.name}.${name}`,
          ...args.map((arg) => `${type.name}.${name}(${arg.name})`),
        ]);
      }),
    );
  }

  /** Everything that can be read. */
  reads(): Probe[] {
    const bases = [this.#root(), ...this.#entities.map((type) => this.#byId(type))];
    const reached = bases.flatMap((base) => this.#fieldsOf(base).flatMap((field) => this.#reached(base, field)));
    const fields = reached.filter(({ type }) => !isUnionType(type)).map((way) => this.#fields(way));
    const taking = [...bases, ...reached.filter(({ type }) => !this.#isEntity(type))];
    return [...fields, ...taking.flatMap((way) => this.#fieldsOf(way).flatMap((field) => this.#arguments(way, field)))];
  }

  /** Everything that can be changed, each mutation with the least input and with one more property. */
  writes(): Write[] {
    return this.#fieldsOf({ type: this.#schema.getMutationType() }).flatMap((field) => {
      const answers = this.#schema.getPossibleTypes(getNamedType(field.type) as GraphQLUnionType);
      const entity = answers.find(this.#isEntity)?.name.toLowerCase() ?? '';
      const interfaces = new Set(answers.flatMap((type) => type.getInterfaces()));
      const selection = [...answers, ...interfaces].map((type) => this.#selectionOf(type)).join(' ');
      const [input] = field.args;
      if (!input || field.args.length > 1) throw new Error(`${field.name} takes more than an input`);
      const coordinate = `Mutation.${field.name}`;
      return [this.#inputs.least(input), ...this.#inputs.choices(input)].map(({ what, text, visits: given }) => ({
        anchor: coordinate,
        what,
        text: `${field.name}(${input.name}: ${text}) { __typename ${selection} }`.replaceAll('<id>', `<id:${entity}>`),
        visits: [coordinate, `${coordinate}(${input.name})`, ...given],
      }));
    });
  }

  #root(): Way {
    const type = this.#schema.getQueryType();
    if (!type) throw new Error('there is nothing to query');
    return { anchor: type.name, type, path: [], visits: [], text: (selection) => selection };
  }

  #byId(type: GraphQLObjectType): Way {
    const text = (selection: string) => `node(id: "<id:${type.name.toLowerCase()}>") { ${selection} }`;
    return { anchor: type.name, type, path: ['node'], visits: [], text };
  }

  #isEntity = (type: GraphQLNamedOutputType): boolean => this.#entities.some(({ name }) => name === type.name);

  #fieldsOf = ({ type }: { readonly type: GraphQLNamedOutputType | null | undefined }): Field[] =>
    isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];

  /** From a field to the next objects that have ids, with all that is between. */
  #reached(base: Way, field: Field): Way[] {
    return this.#subjectsOf(base, field).flatMap((subject) => {
      const ways: Way[] = [];
      const isKnown = (type: GraphQLNamedOutputType) => ways.some((way) => way.type === type);
      const visit = (way: Way) => {
        if (!isCompositeType(way.type) || isKnown(way.type)) return;
        for (const type of this.#alternatives(way.type, subject).filter((one) => !isKnown(one))) {
          ways.push({ ...way, type });
          if (isObjectType(type) && !this.#isEntity(type))
            for (const next of this.#fieldsOf({ type })) visit(this.#through({ ...way, type }, next));
        }
      };
      const anchor = `${base.type.name}.${field.name}${subject ? ` of ${subject.name}` : ''}`;
      visit({ ...this.#through(base, field, subject), anchor });
      return ways;
    });
  }

  /** A type, and of an abstract one those that its objects may be of and the interfaces of these. */
  #alternatives(type: GraphQLNamedOutputType, subject: GraphQLObjectType | undefined): GraphQLNamedOutputType[] {
    if (!isAbstractType(type)) return [type];
    const objects = this.#schema.getPossibleTypes(type).filter((one) => subject === undefined || one === subject);
    return [...new Set([type, ...objects, ...objects.flatMap((one) => one.getInterfaces())])];
  }

  /** Of a field that takes the id of any object, the types of objects one by one. */
  #subjectsOf(base: Way, { args, type }: Field): (GraphQLObjectType | undefined)[] {
    const takesAny = isInterfaceType(getNamedType(type)) && args.some(({ name }) => name === 'id' || name === 'ids');
    return takesAny && base.path.length === 0 ? [...this.#entities] : [undefined];
  }

  #through(way: Way, field: Field, subject?: GraphQLObjectType): Way {
    const type = getNamedType(field.type);
    const required = field.args.filter(isRequiredArgument);
    const called = `${field.name}${this.#given(required, subject ?? type)}`;
    return {
      anchor: way.anchor,
      type,
      path: [...way.path, field.name],
      visits: [...way.visits, ...visitsOf(way.type, field, required)],
      text: (selection) => way.text(onType(way, `${called} { ${selection} }`)),
    };
  }

  #given(args: readonly Input[], { name: of }: GraphQLNamedOutputType, ...more: readonly string[]): string {
    const given = args.map(
      (arg) => `${arg.name}: ${this.#inputs.least(arg).text.replace('<id>', `<id:${of.toLowerCase()}>`)}`,
    );
    const all = [...given, ...more];
    return all.length > 0 ? `(${all.join(', ')})` : '';
  }

  /** All of an object in one go, under names that no other type has. */
  #selectionOf(type: GraphQLNamedOutputType): string {
    const fields = this.#fieldsOf({ type }).map((field) => {
      const of = getNamedType(field.type);
      const within = isObjectType(of) && !this.#isEntity(of) && field.args.length === 0;
      return `${type.name}_${field.name}: ${field.name}${within ? ` { ${this.#selectionOf(of)} }` : leastOf(field)}`;
    });
    return `... on ${type.name} { ${fields.join(' ')} }`;
  }

  #fields(way: Way): Probe {
    const fields = this.#fieldsOf(way).map((field) => {
      const required = field.args.filter(isRequiredArgument);
      return {
        name: field.name,
        text: `${field.name}${this.#given(required, way.type)}${leastOf(field)}`,
        visits: [...way.visits, ...visitsOf(way.type, field, required)],
      };
    });
    return { anchor: way.anchor, what: way.type.name, path: way.path, fields, text: textOf(way) };
  }

  /** A field with each of its optional arguments, each in every way that it can be given. */
  #arguments(way: Way, field: Field): Probe[] {
    const optional = field.args.filter((arg) => !isRequiredArgument(arg));
    return optional.map((arg) => {
      const before = companions(field, arg);
      const required = [...field.args.filter(isRequiredArgument), ...before];
      const coordinates = visitsOf(way.type, field, [...required, arg]);
      const fields = this.#inputs.choices(arg).map(({ what, text, visits }) => ({
        name: [arg.name, what].filter(Boolean).join('.'),
        text: `${field.name}${this.#given(required, getNamedType(field.type), `${arg.name}: ${text}`)}${leastOf(field)}`,
        visits: [...way.visits, ...coordinates, ...visits],
      }));
      const anchor = `${way.anchor.includes('.') ? `${way.anchor} ` : ''}${way.type.name}.${field.name}`;
      return {
        anchor,
        what: 'arguments',
        path: [...way.path, field.name],
        fields,
        text: textOf(way),
        isArgument: true,
        returns: getNamedType(field.type),
      };
    });
  }
}

const onType = ({ path, type }: Way, selection: string): string =>
  path.length === 0 ? selection : `... on ${type.name} { ${selection} }`;

const textOf = (way: Way) => (fields: readonly ProbedField[]) =>
  way.text(onType(way, fields.map(({ text }) => text).join(' ')));

const visitsOf = (type: GraphQLNamedOutputType, { name }: Field, args: readonly Input[]): string[] => [
  `${type.name}.${name}`,
  ...args.map((arg) => `${type.name}.${name}(${arg.name})`),
];

const leastOf = ({ type }: Field): string => (isCompositeType(getNamedType(type)) ? ' { __typename }' : '');

/** Arguments that one can't do without, as its description says. */
function companions({ args }: Field, { description }: Input): Input[] {
  const needed = args.find(({ name }) => name === /needs `(\w+)`/.exec(description ?? '')?.[1]);
  return needed ? [...companions({ args } as Field, needed), needed] : [];
}
