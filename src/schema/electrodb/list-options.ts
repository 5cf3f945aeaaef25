import type { SchemaTypes } from '@pothos/core';
import type { Item } from '../../entities/core/define.ts';
import type { AnyEntity } from '../../entities/core/model.ts';
import type { AccessPattern, IdAttribute, PatternBy } from '../../entities/core/names.ts';
import type { ListArgument } from './lists.ts';
import type { FieldExtras } from './types.ts';

/** The attribute that clients give for a composite: itself, or what it is derived from. */
type SourceOf<E extends AnyEntity, Composite> = Composite extends keyof E['attributes']
  ? E['attributes'][Composite] extends { readonly watch: readonly [infer Source] }
    ? Source
    : Composite
  : never;

/** A composite that can be an argument: nothing hidden, and nothing by the name of another argument. */
type ArgumentOf<E extends AnyEntity, Composite> = Composite extends unknown
  ? SourceOf<E, Composite> extends infer Source extends keyof E['attributes']
    ? Source extends ListArgument
      ? never
      : E['attributes'][Source] extends { readonly hidden: true }
        ? never
        : Composite
    : never
  : never;

/** Sort composites up to the first that can't be an argument: what stands behind it is out of reach. */
type SortArguments<E extends AnyEntity, Sort> = Sort extends readonly [infer First extends string, ...infer Rest]
  ? [ArgumentOf<E, First>] extends [never]
    ? readonly []
    : readonly [First, ...SortArguments<E, Rest>]
  : readonly [];

/** The sort composites of an access pattern that can be arguments, in their order. */
export type SortOf<E extends AnyEntity, Pattern> =
  Pattern extends AccessPattern<E> ? SortArguments<E, E['indexes'][Pattern]['sk']> : readonly [];

/** The access patterns `P` whose partition composites, the parent's id aside, can all be arguments. */
type Reachable<E extends AnyEntity, P, Parent = never> =
  P extends AccessPattern<E>
    ? Exclude<E['indexes'][P]['pk'][number], Parent> extends ArgumentOf<E, E['indexes'][P]['pk'][number]>
      ? P
      : never
    : never;

/** Stands where an entity has no access pattern to choose from, to be printed by the compiler. */
interface NoAccessPattern<By, Valid> {
  readonly by: By;
  readonly valid: Valid;
}

/** The access patterns of an entity. An interface, since the compiler would print an alias by its own name. */
interface Patterns<E extends AnyEntity> {
  readonly listed: { [P in keyof E['indexes'] & string]: Reachable<E, P> }[keyof E['indexes'] & string];
  /** Each with what its items are found by, to be printed by the compiler. */
  readonly all: {
    [P in keyof E['indexes'] &
      string]: `${P} by ${E['indexes'][P]['pk'] extends readonly [] ? 'nothing' : E['indexes'][P]['pk'][number]}`;
  }[keyof E['indexes'] & string];
}

/** The access patterns that `t.list` can show. */
export interface ListPatterns<E extends AnyEntity> {
  readonly valid: [Patterns<E>['listed']] extends [never]
    ? NoAccessPattern<'arguments', Patterns<E>['all']>
    : Patterns<E>['listed'];
}

/** The access patterns by which `t.toMany` finds children of a parent. */
export interface ChildPatterns<Child extends AnyEntity, Parent extends AnyEntity> {
  readonly found: Reachable<Child, PatternBy<Child, Parent['name']>, IdAttribute<Child, Parent['name']>>;
  readonly valid: [ChildPatterns<Child, Parent>['found']] extends [never]
    ? NoAccessPattern<Parent['name'], Patterns<Child>['all']>
    : ChildPatterns<Child, Parent>['found'];
}

/** The composite that follows those given. */
type NextOf<Composites extends readonly string[], Given extends readonly string[]> = Composites extends readonly [
  ...Given,
  infer Next,
  ...(readonly string[]),
]
  ? Next
  : never;

/** Stands where a composite's values have no order that is of use, to be printed by the compiler. */
interface NoRunsOf<Composite> {
  readonly giveToBy: Composite;
}

type RunOf<E extends AnyEntity, Composite> =
  SourceOf<E, Composite> extends infer Source extends keyof E['attributes']
    ? Source extends E['name']
      ? NoRunsOf<Composite>
      : E['attributes'][Source] extends { readonly type: readonly string[] } | { readonly references: string }
        ? NoRunsOf<Composite>
        : Composite
    : never;

/** Which part of an access pattern a connection shows. */
export interface ListOptions<E extends AnyEntity, Sort extends readonly string[], By extends readonly string[]> {
  /**
   * Sort composites, from the left, that become optional arguments: only objects of these values. Those of restricted
   * attributes make the list one for viewers who pass `restricted.filter`.
   */
  readonly by?: By;
  /** The sort composite behind those of `by`, as an argument that takes a run of values. Enumerations and ids have none. */
  readonly range?: RunOf<E, NextOf<Sort, By>>;
  /** The order when none is asked for. @defaultValue `'ASC'` */
  readonly order?: 'ASC' | 'DESC';
  /** Whether the connection takes a `filter` on attributes outside of the key. @defaultValue true */
  readonly filter?: boolean;
}

/** What `t.toMany` takes. */
export type ToManyOptions<
  Types extends SchemaTypes,
  Parent extends AnyEntity,
  Child extends AnyEntity,
  Pattern,
  By extends readonly string[],
> = FieldExtras<Types, Item<Parent>> & ListOptions<Child, SortOf<Child, Pattern>, By>;

/** What `t.list` takes. */
export type RootListOptions<
  Types extends SchemaTypes,
  E extends AnyEntity,
  Pattern,
  By extends readonly string[],
> = FieldExtras<Types, Types['Root']> & ListOptions<E, SortOf<E, Pattern>, By>;
