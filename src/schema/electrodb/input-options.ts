import type { SchemaTypes } from '@pothos/core';
import type { ChangeInput, Changes, Item, NewInput, NewItem } from '../../entities/core/define.ts';
import type { AnyEntity } from '../../entities/core/model.ts';
import type { FieldExtras } from './types.ts';

/** What clients may give. An interface, since the compiler would print an alias by its own name. */
export interface InputNames<E extends AnyEntity> {
  /** Attributes of a new item. */
  readonly given: { [K in keyof NewInput<E> & string]: K }[keyof NewInput<E> & string];
  /** Attributes that can be changed. */
  readonly changed: { [K in keyof ChangeInput<E> & string]: K }[keyof ChangeInput<E> & string];
}

/** Which attributes an input has: all but those that the server sets, unless one of these says otherwise. */
interface Selection<Only extends string, Except extends string> {
  readonly only?: readonly Only[];
  readonly except?: readonly Except[];
}

/** Some of what clients may give: what is not in `only`, or is in `except`, is not in the input. */
type Selected<Input, Only, Except> = Pick<Input, Exclude<Only, Except> & keyof Input>;

/** What must be given for a new item. */
type MustGive<E> = {
  [K in keyof NewItem<E>]-?: undefined extends NewItem<E>[K] ? never : K;
}[keyof NewItem<E>];

/** Makes up for required attributes that are not in the input, which the compiler prints. */
interface ValuesFor<_Missing, Values> {
  readonly values: Values;
}

type ValuesOf<Types extends SchemaTypes, E extends AnyEntity, Given> = (
  given: Given,
  context: Types['Context'],
) => NewItem<E>;

/** What `t.create` takes. */
export type CreateOptions<
  Types extends SchemaTypes,
  E extends AnyEntity,
  Only extends string,
  Except extends string,
> = FieldExtras<Types, Types['Root']> &
  Selection<Only, Except> & {
    /** What is stored, from what is given; needed where something that is required is not in the input. */
    readonly values?: ValuesOf<Types, E, Selected<NewInput<E>, Only, Except>>;
  } & ([Exclude<MustGive<E>, Exclude<Only, Except>>] extends [never]
    ? unknown
    : ValuesFor<Exclude<MustGive<E>, Exclude<Only, Except>>, ValuesOf<Types, E, Selected<NewInput<E>, Only, Except>>>);

/** The options of `t.create`: none are needed unless something that is required is hidden. */
export type CreateArguments<
  Types extends SchemaTypes,
  E extends AnyEntity,
  Only extends string,
  Except extends string,
> = [Exclude<MustGive<E>, keyof NewInput<E>>] extends [never]
  ? [options?: CreateOptions<Types, E, Only, Except>]
  : [options: CreateOptions<Types, E, Only, Except>];

type ChangesOf<Types extends SchemaTypes, E extends AnyEntity, Given> = (
  given: Given,
  context: Types['Context'],
) => Changes<E> | ((current: Item<E>) => Changes<E>);

/** What `t.update` takes. */
export type UpdateOptions<
  Types extends SchemaTypes,
  E extends AnyEntity,
  Only extends string,
  Except extends string,
> = FieldExtras<Types, Types['Root']> &
  Selection<Only, Except> & {
    /**
     * What is changed, from what is given; a function of the item where it depends on that. Needed where nothing is in
     * the input.
     */
    readonly changes?: ChangesOf<Types, E, Selected<ChangeInput<E>, Only, Except>>;
  } & ([Exclude<Only, Except>] extends [never] ? { readonly changes: ChangesOf<Types, E, object> } : unknown);

/**
 * The options of `t.update`: none are needed unless there is nothing that clients may change.
 *
 * As with `t.create`, that these arguments depend on the entity makes the compiler infer it first, without which values
 * of enumerations in what `changes` returns would be any text.
 */
export type UpdateArguments<
  Types extends SchemaTypes,
  E extends AnyEntity,
  Only extends string,
  Except extends string,
> = [keyof ChangeInput<E>] extends [never]
  ? [options: UpdateOptions<Types, E, Only, Except>]
  : [options?: UpdateOptions<Types, E, Only, Except>];
