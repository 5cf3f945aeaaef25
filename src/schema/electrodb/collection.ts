import type { AnyEntity } from '../../entities/core/model.ts';
import { keyText, type TableKey } from '../../entities/core/statements.ts';
import type { QueryPage, QueryRange } from '../../entities/core/table.ts';
import type { List } from './list.ts';
import type { RangeOptions } from './reads.ts';

/** Whose collections, and what is in them. */
export interface Neighbourhood {
  readonly org: string;
  /** All entities of the table, to tell which of them share a collection. */
  readonly entities: readonly AnyEntity[];
}

/**
 * True when one Query brings a parent together with a list of its children: the index has the parent first and the
 * children, from the first on, next to it.
 */
export function holdsParent(parent: AnyEntity, list: List, { org, entities }: Neighbourhood): boolean {
  const { entity, index, composites, range, query, filter } = list;
  const child = entity.indexes[index];
  if (!child?.collection || query.reverse || query.after || filter || range.between) return false;
  if (child.sk.some((name) => name in composites)) return false;
  const members = entities.flatMap((member) =>
    Object.entries(member.indexes)
      .filter(([, spec]) => spec.collection === child.collection)
      .map(([name, spec]) => ({ member, name, spec })),
  );
  const own = members.find(({ member }) => member === parent)?.spec;
  if (!own || own.index !== child.index || own.sk.length > 0 || own.pk.join() !== parent.name) return false;
  const others = members.filter(({ member }) => member !== parent && member !== entity);
  if (child.type === 'clustered') return others.length === 0;
  return others.every(({ member, name }) => range.beginsWith < member.range(name, { org, ...composites }).beginsWith);
}

/** The Query that brings both. */
export function collectionQuery(
  parent: AnyEntity,
  { entity, index, range, query }: List,
): { readonly range: QueryRange; readonly options: RangeOptions } {
  const name = entity.indexes[index]?.collection;
  const both: QueryRange = { ...range, beginsWith: `$${name}#`, pattern: `${parent.name} with ${range.pattern}` };
  return { range: both, options: { ...query, limit: query.limit + 1 } };
}

/** The children's page in what that Query brought. Undefined where the index has not got a new parent yet. */
export function childrenIn({ rows, next }: QueryPage, parent: TableKey, { range }: List): QueryPage | undefined {
  const [first, ...rest] = rows;
  if (!first || keyText(first) !== keyText(parent)) return undefined;
  // Behind the children may stand those of another member of the collection.
  const end = rest.findIndex((row) => !String(row[`${range.index}sk`]).startsWith(range.beginsWith));
  const children = end === -1 ? rest : rest.slice(0, end);
  return { rows: children, scanned: children.length, ...(end === -1 && next ? { next } : {}) };
}

/**
 * Refuses collections whose parent, the entity that is in it by its id alone, does not come before its children: no
 * Query could bring both.
 *
 * @throws Error naming the collection and the entity that stands in between
 */
export function assertParentsFirst(entities: readonly AnyEntity[]): void {
  const members = entities.flatMap((entity) =>
    Object.entries(entity.indexes).map(([name, spec]) => ({ entity, name, spec })),
  );
  for (const { entity: parent, name, spec } of members) {
    if (spec.collection === undefined || spec.sk.length > 0 || spec.pk.join() !== parent.name) continue;
    const first = sortKeyOf(parent, name);
    const early = members.find(
      (other) =>
        other.entity !== parent &&
        other.spec.collection === spec.collection &&
        sortKeyOf(other.entity, other.name) < first,
    );
    if (early)
      throw new Error(
        `the collection "${spec.collection}" sorts ${early.entity.name} before its parent ${parent.name}; ` +
          `give ${early.entity.name} an index of its own, or make the collection clustered, so that its composites count`,
      );
  }
}

/** What all sort keys of an index begin with. */
function sortKeyOf(entity: AnyEntity, index: string): string {
  const partition = (entity.indexes[index]?.pk ?? []).map((name) => [name, 'x']);
  return entity.range(index, { org: 'x', ...Object.fromEntries(partition) }).beginsWith;
}
