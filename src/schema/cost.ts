import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  GraphQLIncludeDirective,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  getNullableType,
  getOperationAST,
  getVariableValues,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  type TypeNode,
  valueFromASTUntyped,
} from 'graphql';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from './electrodb/page-args.ts';

/** An operation that is valid. */
export interface Operation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  readonly variableValues?: Readonly<Record<string, unknown>> | null | undefined;
}

/** How many values a list holds that has no size to ask for, such as the highlights of a hit. */
const SMALL_LIST = 5;

/**
 * How many values the answer to an operation could hold, were all its pages full: each field counts one, and once more
 * for each object that it stands in. All fragments count, though an object of several types has but one.
 *
 * @returns undefined when variables or operation are wrong, which whoever executes it will say
 */
export function costOf({ schema, document, operationName, variableValues }: Operation): number | undefined {
  const operation = getOperationAST(document, operationName);
  const root = operation && schema.getRootType(operation.operation);
  if (!root) return undefined;
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], { ...variableValues });
  if (!coerced) return undefined;
  return new Costs(schema, document, coerced).below(operation.selectionSet, root.name, DEFAULT_PAGE_SIZE);
}

/**
 * What an operation costs at least, whose variables nobody knows yet: with their defaults, and where they have none, with
 * pages of one object, lists of one value, and `false`.
 */
export function leastCostOf({
  schema,
  document,
  operationName,
}: Omit<Operation, 'variableValues'>): number | undefined {
  const operation = getOperationAST(document, operationName);
  const root = operation && schema.getRootType(operation.operation);
  if (!root) return undefined;
  const variables = Object.fromEntries(
    (operation.variableDefinitions ?? []).map(({ variable, type, defaultValue }) => [
      variable.name.value,
      defaultValue ? valueFromASTUntyped(defaultValue) : smallestOf(type),
    ]),
  );
  return new Costs(schema, document, variables).below(operation.selectionSet, root.name, DEFAULT_PAGE_SIZE);
}

/** A value that costs the least; what only has to be there is a text, for nothing looks at it. */
function smallestOf(type: TypeNode): unknown {
  if (type.kind === Kind.NON_NULL_TYPE) return smallestOf(type.type);
  if (type.kind === Kind.LIST_TYPE) return [smallestOf(type.type)];
  return { Int: 1, Boolean: false }[type.name.value] ?? '';
}

class Costs {
  readonly #schema: GraphQLSchema;
  readonly #variables: Readonly<Record<string, unknown>>;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** What is spread often is counted once: fragments within fragments multiply. */
  readonly #known = new Map<SelectionSetNode, Map<string, number>>();

  constructor(schema: GraphQLSchema, { definitions }: DocumentNode, variables: Readonly<Record<string, unknown>>) {
    this.#schema = schema;
    this.#variables = variables;
    const fragments = definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION);
    this.#fragments = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
  }

  /** Of what is selected of one object. @param page how many objects the page has, where it is a connection */
  below(set: SelectionSetNode, type: string, page: number): number {
    const known = this.#known.get(set) ?? new Map<string, number>();
    this.#known.set(set, known);
    const place = `${type} ${page}`;
    const cost = known.get(place) ?? sum(set.selections.map((selection) => this.#selection(selection, type, page)));
    known.set(place, cost);
    return cost;
  }

  #selection(selection: SelectionNode, type: string, page: number): number {
    if (getDirectiveValues(GraphQLSkipDirective, selection, this.#variables)?.['if'] === true) return 0;
    if (getDirectiveValues(GraphQLIncludeDirective, selection, this.#variables)?.['if'] === false) return 0;
    if (selection.kind === Kind.FIELD) return this.#field(selection, type, page);
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#fragments.get(selection.name.value);
    return fragment ? this.below(fragment.selectionSet, fragment.typeCondition?.name.value ?? type, page) : 0;
  }

  #field(node: FieldNode, type: string, page: number): number {
    const parent = this.#schema.getType(type);
    const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined;
    // Introspection: the schema is not anybody's data, and no larger for anybody.
    if (!field || !node.selectionSet) return 1;
    const args = argumentsOf(field, node, this.#variables);
    const size = sizeIn(args);
    const times = isListType(getNullableType(field.type)) ? (size ?? (PAGES.has(field.name) ? page : SMALL_LIST)) : 1;
    return 1 + times * this.below(node.selectionSet, getNamedType(field.type).name, size ?? DEFAULT_PAGE_SIZE);
  }
}

/** The lists of a connection that are as long as its page. */
const PAGES = new Set(['edges', 'nodes']);

/** How many objects are asked for; undefined where nothing says so. */
function sizeIn({ first, last, ids }: Readonly<Record<string, unknown>>): number | undefined {
  if (Array.isArray(ids)) return ids.length;
  const asked = first ?? last;
  // More than a page, and less than nothing, are refused by the field.
  return typeof asked === 'number' ? Math.min(Math.max(asked, 0), MAX_PAGE_SIZE) : undefined;
}

/** None where they are wrong, which the field itself will say. */
function argumentsOf(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  variables: Readonly<Record<string, unknown>>,
) {
  try {
    return getArgumentValues(field, node, variables);
  } catch {
    return {};
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
