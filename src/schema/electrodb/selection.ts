import {
  type FieldNode,
  type GraphQLField,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  getArgumentValues,
  getDirectiveValues,
  isAbstractType,
  type SelectionNode,
} from 'graphql';

/** A field that the operation selects below the one being resolved. */
export interface SelectedField {
  readonly field: GraphQLField<unknown, unknown>;
  readonly args: Readonly<Record<string, unknown>>;
  /** Where the document has it: one place. */
  readonly nodes: readonly FieldNode[];
}

/** Looks at what the operation selects of an object of a type. */
type Look<T> = (info: GraphQLResolveInfo, type: GraphQLObjectType, within: readonly FieldNode[]) => T;

/** Works out once per operation what is the same for all objects of a list, which are selected of in one place. */
export function perPlace<T>(look: Look<T>): Look<T> {
  // Every operation has variables of its own, be they none.
  const known = new WeakMap<object, WeakMap<readonly FieldNode[], Map<GraphQLObjectType, T>>>();
  return (info, type, within) => {
    const ofOperation =
      known.get(info.variableValues) ?? new WeakMap<readonly FieldNode[], Map<GraphQLObjectType, T>>();
    known.set(info.variableValues, ofOperation);
    const byType = ofOperation.get(within) ?? new Map<GraphQLObjectType, T>();
    ofOperation.set(within, byType);
    const seen = byType.get(type) ?? look(info, type, within);
    byType.set(type, seen);
    return seen;
  };
}

/**
 * The fields selected of an object, before it is there: fragments resolved, what is skipped left out. `within` are the
 * fields that return the object.
 */
export const selectedFields: Look<readonly SelectedField[]> = perPlace(collect);

/** Where the document has a field of this name among those selected. */
export const nodesOf = (selected: readonly SelectedField[], name: string): FieldNode[] =>
  selected.filter(({ field }) => field.name === name).flatMap(({ nodes }) => nodes);

function collect(info: GraphQLResolveInfo, type: GraphQLObjectType, within: readonly FieldNode[]): SelectedField[] {
  const fields = type.getFields();
  const visited = new Set<string>();
  const nodes = within.flatMap((node) => [...fieldNodes(info, type, node.selectionSet?.selections ?? [], visited)]);
  return nodes.flatMap((node) => {
    const field = fields[node.name.value];
    const args = field && argumentsOf(info, field, node);
    return args ? [{ field, args, nodes: [node] }] : [];
  });
}

/** @param visited fragments that are spread already: what a second spread of one selects is there, and so on below it */
function* fieldNodes(
  info: GraphQLResolveInfo,
  type: GraphQLObjectType,
  selections: readonly SelectionNode[],
  visited: Set<string>,
): Generator<FieldNode> {
  for (const selection of selections) {
    if (getDirectiveValues(GraphQLSkipDirective, selection, info.variableValues)?.['if'] === true) continue;
    if (getDirectiveValues(GraphQLIncludeDirective, selection, info.variableValues)?.['if'] === false) continue;
    if (selection.kind === 'Field') {
      yield selection;
      continue;
    }
    if (selection.kind === 'FragmentSpread') {
      if (visited.has(selection.name.value)) continue;
      visited.add(selection.name.value);
    }
    const fragment = selection.kind === 'FragmentSpread' ? info.fragments[selection.name.value] : selection;
    const condition = fragment?.typeCondition?.name.value;
    if (fragment && (condition === undefined || applies(info, condition, type))) {
      yield* fieldNodes(info, type, fragment.selectionSet.selections, visited);
    }
  }
}

function applies({ schema }: GraphQLResolveInfo, condition: string, type: GraphQLObjectType): boolean {
  const candidate = schema.getType(condition);
  return candidate === type || (isAbstractType(candidate) && schema.isSubType(candidate, type));
}

/** Undefined when they can't be had: the field itself will say why. */
function argumentsOf(info: GraphQLResolveInfo, field: GraphQLField<unknown, unknown>, node: FieldNode) {
  try {
    return getArgumentValues(field, node, info.variableValues);
  } catch {
    return undefined;
  }
}
