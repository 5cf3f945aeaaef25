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
  /** Where the document has it. */
  readonly node: FieldNode;
}

/**
 * The fields selected of an object, before it is there: fragments resolved, what is skipped left out.
 *
 * @param within the fields that return the object; the one being resolved when left out
 */
export function selectedFields(
  info: GraphQLResolveInfo,
  type: GraphQLObjectType,
  within: readonly FieldNode[] = info.fieldNodes,
): SelectedField[] {
  const fields = type.getFields();
  const nodes = within.flatMap(({ selectionSet }) => [...fieldNodes(info, type, selectionSet?.selections ?? [])]);
  return nodes.flatMap((node) => {
    const field = fields[node.name.value];
    const args = field && argumentsOf(info, field, node);
    return args ? [{ field, args, node }] : [];
  });
}

function* fieldNodes(
  info: GraphQLResolveInfo,
  type: GraphQLObjectType,
  selections: readonly SelectionNode[],
): Generator<FieldNode> {
  for (const selection of selections) {
    if (getDirectiveValues(GraphQLSkipDirective, selection, info.variableValues)?.['if'] === true) continue;
    if (getDirectiveValues(GraphQLIncludeDirective, selection, info.variableValues)?.['if'] === false) continue;
    if (selection.kind === 'Field') {
      yield selection;
      continue;
    }
    const fragment = selection.kind === 'FragmentSpread' ? info.fragments[selection.name.value] : selection;
    const condition = fragment?.typeCondition?.name.value;
    if (fragment && (condition === undefined || applies(info, condition, type))) {
      yield* fieldNodes(info, type, fragment.selectionSet.selections);
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
