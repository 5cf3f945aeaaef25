import type { CreateEntityItem, Entity, EntityItem } from 'electrodb';
import { dateTime, integer, keySafe } from './formats.ts';
import { NONE, slug } from './keys.ts';
import { type AnyEntity, type Attributes, type Indexes, Model, type SERVICE } from './model.ts';

const commonAttributes = {
  org: {
    type: 'string',
    required: true,
    readOnly: true,
    hidden: true,
    format: keySafe,
    description: 'The organization it belongs to.',
  },
  version: {
    type: 'number',
    required: true,
    format: integer(1, Number.MAX_SAFE_INTEGER),
    description: 'Counts the writes, from 1.',
  },
  createdAt: { type: 'string', required: true, readOnly: true, format: dateTime, description: 'When it was created.' },
  updatedAt: { type: 'string', required: true, format: dateTime, description: 'When it was last changed.' },
  expires: {
    type: 'number',
    hidden: true,
    description: "The table's time-to-live attribute: Unix seconds from which on the item is gone.",
  },
} as const satisfies Attributes;

const idAttribute = {
  type: 'string',
  required: true,
  readOnly: true,
  format: keySafe,
  description: 'The id, made by the server.',
} as const;

type AllAttributes<N extends string, A extends Attributes> = typeof commonAttributes &
  Readonly<Record<N, typeof idAttribute>> &
  A;
type Collection<I> = I extends { readonly collection: infer C extends string } ? { readonly collection: C } : unknown;
type Clustered<I> = I extends { readonly type: 'clustered' } ? { readonly type: 'clustered' } : unknown;
type CollectionNames<I extends Indexes> = I[keyof I] extends infer S
  ? S extends { readonly collection: infer C extends string }
    ? C
    : never
  : never;

/** The ElectroDB schema that a definition stands for. */
interface SchemaOf<N extends string, A extends Attributes, I extends Indexes> {
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

type ElectroEntity<N extends string, A extends Attributes, I extends Indexes> = Entity<
  string & keyof AllAttributes<N, A>,
  string & keyof AllAttributes<N, A>,
  CollectionNames<I>,
  SchemaOf<N, A, I>
>;

/** A declared entity: its ElectroDB model with everything inferred, and what generic code needs of it. */
export interface RosterEntity<N extends string, A extends Attributes, I extends Indexes>
  extends AnyEntity<EntityItem<ElectroEntity<N, A, I>>> {
  readonly name: N;
  readonly attributes: AllAttributes<N, A>;
  readonly indexes: I;
  readonly electro: ElectroEntity<N, A, I>;
}

/** The item type of an entity, without hidden attributes. */
export type Item<E> = E extends AnyEntity<infer T> ? T : never;

type OptionalKeys<T> = { [K in keyof T]-?: T extends Record<K, T[K]> ? never : K }[keyof T];
type NullableOptions<T> = Omit<T, OptionalKeys<T>> & { readonly [K in OptionalKeys<T>]?: T[K] | null | undefined };

/** What the caller gives for a new item; the rest is the server's. Null is as good as leaving out. */
export type NewItem<E> =
  E extends RosterEntity<infer N, infer A, infer I>
    ? NullableOptions<Omit<CreateEntityItem<ElectroEntity<N, A, I>>, 'org' | 'version' | 'createdAt' | 'updatedAt' | N>>
    : never;

/** A hidden attribute holding the slug of another one, for free text that must sort or match within a key. */
export const slugOf = <const Source extends string>(source: Source) =>
  ({
    type: 'string',
    hidden: true,
    watch: [source],
    set: (_value: unknown, item: Readonly<Record<string, string>>) => slug(item[source] ?? NONE),
    description: `\`${source}\` in key form.`,
  }) as const;

/**
 * Declares an entity of the table: ElectroDB attributes with a description each, and the indexes it appears in. The
 * key of the table itself is always organization and id; id, version and timestamps are added.
 *
 * An optional attribute may be a composite: {@link NONE} stands for it at rest and is never seen by readers.
 *
 * @example
 * const Office = defineEntity({
 *   name: 'office',
 *   attributes: { name: { type: 'string', required: true, format: line(120), description: 'What people call it.' } },
 *   indexes: { workplaces: { index: 'gsi1', collection: 'workplaces', type: 'clustered', pk: ['office'], sk: [] } },
 * });
 */
export function defineEntity<
  const N extends string,
  const A extends Attributes,
  const I extends Indexes<N | (string & keyof A)>,
>(definition: { readonly name: N; readonly attributes: A; readonly indexes: I }): RosterEntity<N, A, I> {
  const { name, indexes } = definition;
  const attributes = { ...commonAttributes, [name]: idAttribute, ...definition.attributes };
  const model = new Model(name, attributes, indexes);
  // The schema that Model builds is SchemaOf<N, A, I> by construction; TypeScript can't follow computed keys.
  return Object.assign(model, { electro: model.entity }) as unknown as RosterEntity<N, A, I>;
}
