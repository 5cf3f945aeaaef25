import { type DefinitionNode, type DocumentNode, Kind, type SelectionNode, type SelectionSetNode } from 'graphql';

/** How large a document is, before it is known whether it is valid. */
export interface DocumentSize {
  /** Fields within fields, fragments included. */
  readonly depth: number;
  /** As often as they are written. */
  readonly aliases: number;
  /** As often as they are written. */
  readonly directives: number;
}

/** Measures a document in one pass, whatever its fragments spread. */
export function sizeOf({ definitions }: DocumentNode): DocumentSize {
  const measure = new Measure(definitions);
  return { depth: Math.max(0, ...definitions.map((each) => measure.definition(each))), ...measure };
}

class Measure {
  aliases = 0;
  directives = 0;
  readonly #fragments: ReadonlyMap<string, SelectionSetNode>;
  /** Fields below each selection set that was seen. */
  readonly #depths = new Map<SelectionSetNode, number>();

  constructor(definitions: readonly DefinitionNode[]) {
    const fragments = definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION);
    this.#fragments = new Map(fragments.map(({ name, selectionSet }) => [name.value, selectionSet]));
  }

  /** @returns how deep it is */
  definition(definition: DefinitionNode): number {
    // Types are no part of what is executed, and refused by validation.
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION) return 0;
    this.directives += definition.directives?.length ?? 0;
    if ('variableDefinitions' in definition)
      for (const { directives = [] } of definition.variableDefinitions ?? []) this.directives += directives.length;
    return this.#below(definition.selectionSet);
  }

  #below(set: SelectionSetNode | undefined): number {
    if (!set) return 0;
    const known = this.#depths.get(set);
    if (known !== undefined) return known;
    // A fragment that comes back to itself ends here, and is refused by validation.
    this.#depths.set(set, 0);
    const depth = Math.max(0, ...set.selections.map((selection) => this.#selection(selection)));
    this.#depths.set(set, depth);
    return depth;
  }

  #selection(selection: SelectionNode): number {
    this.directives += selection.directives?.length ?? 0;
    if (selection.kind === Kind.FRAGMENT_SPREAD) return this.#below(this.#fragments.get(selection.name.value));
    if (selection.kind === Kind.INLINE_FRAGMENT) return this.#below(selection.selectionSet);
    if (selection.alias) this.aliases++;
    return 1 + this.#below(selection.selectionSet);
  }
}
