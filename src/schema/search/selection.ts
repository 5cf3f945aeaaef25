import { type FieldNode, type GraphQLResolveInfo, getNamedType, isObjectType } from 'graphql';
import type { EntitySearch, SearchIndex } from '../../search/define.ts';
import { PLACE } from '../../search/document.ts';
import { factsOf } from '../electrodb/facts.ts';
import { objectTypeOf } from '../electrodb/look-ahead.ts';
import { isWholeType, takesItem } from '../electrodb/options.ts';
import { nodesOf, type SelectedField, selectedFields } from '../electrodb/selection.ts';

/** What is selected of a search beyond its hits' objects. */
export interface SearchSelection {
  /** Of the page: its own fields. */
  readonly facets: readonly SelectedField[];
  /** Of the edges. */
  readonly score: boolean;
  readonly distance: boolean;
  /** Names of the fields of text to be marked; those of all types where hits are of several. */
  readonly highlights: readonly string[] | undefined;
}

/** What is selected of a search. */
export function searchSelection(info: GraphQLResolveInfo): SearchSelection {
  const page = fieldsWithin(info, getNamedType(info.returnType), info.fieldNodes);
  const edges = below(info, page, 'edges');
  const highlights = edges.find(({ field }) => field.name === 'highlights');
  return {
    facets: below(info, page, 'facets'),
    score: edges.some(({ field }) => field.name === 'score'),
    distance: edges.some(({ field }) => field.name === 'distanceMeters'),
    highlights: highlights && below(info, edges, 'highlights').map(({ field }) => field.name),
  };
}

/** The fields selected of what a field returns. */
export function below(
  info: GraphQLResolveInfo,
  fields: readonly SelectedField[],
  name: string,
): readonly SelectedField[] {
  const type = fields.find(({ field }) => field.name === name)?.field.type;
  return type ? fieldsWithin(info, getNamedType(type), nodesOf(fields, name)) : [];
}

const fieldsWithin = (
  info: GraphQLResolveInfo,
  type: ReturnType<typeof getNamedType>,
  within: readonly FieldNode[],
): readonly SelectedField[] => (isObjectType(type) ? selectedFields(info, type, within) : []);

/**
 * The fields of documents that all that is selected of a hit can be told from; undefined where the table must be asked.
 *
 * @param within the fields that return its object
 */
export function servedBy(
  info: GraphQLResolveInfo,
  { entity, spec }: EntitySearch,
  { attributes }: SearchIndex,
  within: readonly FieldNode[],
  { distance }: SearchSelection,
): string[] | undefined {
  const type = objectTypeOf(info, entity);
  if (isWholeType(type)) return undefined;
  const names = new Set(distance && spec.geo !== undefined ? [spec.geo] : []);
  for (const { field } of selectedFields(info, type, within)) {
    const facts = factsOf(field);
    if (!facts || takesItem(field)) return undefined;
    if (facts.kind === 'attribute') for (const name of facts.names) names.add(name);
    else if (facts.kind === 'toOne') names.add(facts.attribute);
    else if (facts.kind !== 'id') return undefined;
  }
  // Every document tells the id of its item.
  names.delete(entity.name);
  if (![...names].every((name) => attributes.has(name) || name === 'version')) return undefined;
  return [...names].map((name) => (name === spec.geo ? PLACE : name));
}
