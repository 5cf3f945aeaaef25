import type { AnyEntity } from './model.ts';

/** The access patterns of an entity, its own key not among them. */
export type AccessPattern<E extends Pick<AnyEntity, 'indexes'>> = {
  [P in keyof E['indexes'] & string]: P;
}[keyof E['indexes'] & string];

/** All beginnings of a list: `LeadingOf<['a', 'b']>` is `[] | ['a'] | ['a', 'b']`. */
export type LeadingOf<L extends readonly unknown[]> = L extends readonly [infer First, ...infer Rest]
  ? readonly [] | readonly [First, ...LeadingOf<Rest>]
  : readonly [];

/** The attributes that hold the id of an entity called `N`: those that refer to it, and its own id. */
export type IdAttribute<E extends Pick<AnyEntity, 'name' | 'attributes'>, N extends string> = {
  [K in keyof E['attributes'] & string]: K extends N & E['name']
    ? K
    : E['attributes'][K] extends { readonly references: N }
      ? K
      : never;
}[keyof E['attributes'] & string];

/** The access patterns that find the items of `E` by an item of the entity called `N`: its id is in their partition key. */
export type PatternBy<E extends Pick<AnyEntity, 'name' | 'attributes' | 'indexes'>, N extends string> = {
  [P in AccessPattern<E>]: Extract<E['indexes'][P]['pk'][number], IdAttribute<E, N>> extends never ? never : P;
}[AccessPattern<E>];
