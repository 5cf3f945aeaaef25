import type { SetByWriter } from './managed.ts';
import type { AnyEntity } from './model.ts';

/** An intersection as one object without a name, so that editors and error messages show its properties. */
type Flat<T> = T extends infer O ? { readonly [K in keyof O]: O[K] } : never;

interface Scalars {
  readonly string: string;
  readonly number: number;
  readonly boolean: boolean;
}

type Required = { readonly required: true };
type Hidden = { readonly hidden: true };
type ReadOnly = { readonly readOnly: true };
type Defaulted = { readonly default: unknown };
type Derived = { readonly watch: unknown };

/** Read: hidden properties absent. Write: present, and those with a default optional. Input: as write, none hidden. */
type Mode = 'read' | 'write' | 'input';

/** The value of an attribute, a property or a list's items. */
export type ValueOf<T, M extends Mode> = T extends { readonly type: infer Type }
  ? Type extends keyof Scalars
    ? Scalars[Type]
    : Type extends readonly (infer Value)[]
      ? Value
      : T extends { readonly type: 'map'; readonly properties: infer P }
        ? M extends 'read'
          ? Returned<P>
          : Given<P, M>
        : T extends { readonly type: 'list'; readonly items: infer Items }
          ? readonly ValueOf<Items, M>[]
          : T extends { readonly type: 'set'; readonly items: infer Items }
            ? readonly ValueOf<{ readonly type: Items }, M>[]
            : never
  : never;

/** The visible ones of these attributes or properties, as readers see them. */
export type Returned<A> = Flat<
  { [K in keyof A as A[K] extends Hidden ? never : A[K] extends Required ? K : never]: ValueOf<A[K], 'read'> } & {
    [K in keyof A as A[K] extends Hidden | Required ? never : K]?: ValueOf<A[K], 'read'> | undefined;
  }
>;

type MustGive<T> = T extends Derived | Defaulted ? false : T extends Required ? true : false;

/** What nobody gives: what is derived, and in input what is hidden. */
type Ungiven<M extends Mode> = M extends 'input' ? Derived | Hidden : Derived;

/** These attributes or properties as callers give them: null is as good as leaving out. */
type Given<A, M extends Mode> = Flat<
  {
    [K in keyof A as A[K] extends Ungiven<M> ? never : MustGive<A[K]> extends true ? K : never]: ValueOf<A[K], M>;
  } & {
    [K in keyof A as A[K] extends Ungiven<M> ? never : MustGive<A[K]> extends true ? never : K]?:
      | ValueOf<A[K], M>
      | null
      | undefined;
  }
>;

/** The item type of an entity, without hidden attributes. */
export type Item<E> = E extends AnyEntity<infer T> ? T : never;

/** What the caller gives for a new item; the rest is the writer's. Null is as good as leaving out. */
export type NewItem<E> = E extends { readonly name: infer N; readonly attributes: infer A }
  ? Given<Omit<A, SetByWriter | (N & string)>, 'write'>
  : never;

/** What a client gives for a new item, of the attributes that it sees. */
export type NewInput<E> = E extends { readonly name: infer N; readonly attributes: infer A }
  ? Given<Omit<A, SetByWriter | (N & string)>, 'input'>
  : never;

type Changeable<E> = E extends { readonly name: infer N; readonly attributes: infer A }
  ? { [K in keyof A as K extends SetByWriter | N ? never : A[K] extends Derived | ReadOnly ? never : K]: A[K] }
  : never;

/** A required attribute can't be removed. */
type Removal<T> = T extends Required ? undefined : null | undefined;

/**
 * Values to set; `null` removes an optional attribute, what is left out stays. A map is set as a whole, but for its
 * hidden properties: what of them is left out stays, since whoever changes what is seen may know nothing of them.
 */
export type Changes<E> =
  Changeable<E> extends infer A ? { readonly [K in keyof A]?: ValueOf<A[K], 'write'> | Removal<A[K]> } : never;

/** What a client changes, of the attributes that it sees. */
export type ChangeInput<E> =
  Changeable<E> extends infer A
    ? { readonly [K in keyof A as A[K] extends Hidden ? never : K]?: ValueOf<A[K], 'input'> | Removal<A[K]> }
    : never;
