import type { Entity } from 'electrodb';
import { assertDeclared } from './assert-declared.ts';
import type { AttributeSpecs } from './attributes.ts';
import type { CheckedIndexes } from './checked-indexes.ts';
import type { CheckedAttributes, LiteralDefaults, Names } from './declaration.ts';
import type { SERVICE } from './electro.ts';
import type { Returned } from './items.ts';
import { type AllAttributes, idAttribute, managedAttributes } from './managed.ts';
import { type AnyEntity, type Indexes, Model } from './model.ts';

export { slugOf } from './derived.ts';
export type { ChangeInput, Changes, Item, NewInput, NewItem } from './items.ts';

type Collection<I> = I extends { readonly collection: infer C extends string } ? { readonly collection: C } : unknown;
type Clustered<I> = I extends { readonly type: 'clustered' } ? { readonly type: 'clustered' } : unknown;
type CollectionNames<I extends Indexes> = I[keyof I] extends infer S
  ? S extends { readonly collection: infer C extends string }
    ? C
    : never
  : never;

/** The ElectroDB schema that a definition stands for. */
interface SchemaOf<N extends string, A extends AttributeSpecs, I extends Indexes> {
  readonly model: { readonly entity: N; readonly service: typeof SERVICE; readonly version: '1' };
  readonly attributes: AllAttributes<N, A>;
  readonly indexes: Readonly<
    Record<
      N,
      { readonly pk: { readonly composite: readonly ['org', N] }; readonly sk: { readonly composite: readonly [] } }
    >
  > & {
    readonly [K in keyof I]: {
      readonly index: I[K]['index'];
      readonly pk: { readonly composite: readonly ['org', ...I[K]['pk']] };
      readonly sk: { readonly composite: I[K]['sk'] };
    } & Collection<I[K]> &
      Clustered<I[K]>;
  };
}

type ElectroEntity<N extends string, A extends AttributeSpecs, I extends Indexes> = Entity<
  string & keyof AllAttributes<N, A>,
  string & keyof AllAttributes<N, A>,
  CollectionNames<I>,
  SchemaOf<N, A, I>
>;

type ReferenceOf<A extends AttributeSpecs> = {
  [K in keyof A]: A[K] extends { readonly references: infer N extends string } ? N : never;
}[keyof A];

/** A declared entity: its ElectroDB model with everything inferred, and what generic code needs of it. */
export interface RosterEntity<N extends string, A extends AttributeSpecs, I extends Indexes>
  extends AnyEntity<Returned<AllAttributes<N, A>>> {
  readonly name: N;
  readonly attributes: AllAttributes<N, A>;
  readonly indexes: I;
  readonly references: readonly ReferenceOf<A>[];
  /** The ElectroDB entity, for tooling. It knows no table client: what it makes are parameters. */
  readonly electro: ElectroEntity<N, A, I>;
}

/**
 * Declares an entity of the table: ElectroDB attributes with a description each, and the indexes it appears in. The
 * key of the table itself is always organization and id; id, version and timestamps are added.
 *
 * Composites are the entity's id, enumerations, attributes whose format is fit for keys (ids, dates, codes, required
 * integers from 0) and slugs; an optional attribute may be one: `NONE` stands for it at rest and is never seen by
 * readers.
 *
 * @throws Error for what the compiler can't see: names and enumeration values that keys or GraphQL can't have
 * @example
 * const Office = defineEntity({
 *   name: 'office',
 *   description: 'A place of work.',
 *   attributes: { name: { type: 'string', required: true, format: line(120), description: 'What people call it.' } },
 *   indexes: { workplaces: { index: 'gsi1', collection: 'workplaces', type: 'clustered', pk: ['office'], sk: [] } },
 * });
 */
export function defineEntity<
  const N extends string,
  const A extends AttributeSpecs,
  const I extends Indexes<Names<N, A>['composite']>,
>(definition: {
  readonly name: N;
  /** One sentence; it becomes the GraphQL type's description. */
  readonly description: string;
  readonly attributes: CheckedAttributes<N, A> & LiteralDefaults;
  readonly indexes: CheckedIndexes<N, I, Names<N, A>['composite']>;
}): RosterEntity<N, A, I> {
  const { name, description } = definition;
  // What was checked is what was given.
  const { attributes: own, indexes } = definition as unknown as { readonly attributes: A; readonly indexes: I };
  assertDeclared(name, own, indexes);
  const model = new Model(name, description, { [name]: idAttribute, ...own, ...managedAttributes }, indexes);
  // The schema that Model builds is SchemaOf<N, A, I> by construction; TypeScript can't follow computed keys.
  return model as unknown as RosterEntity<N, A, I>;
}
