import type { FieldRef, ObjectRef, SchemaTypes } from '@pothos/core';
import type { Item } from '../../entities/core/define.ts';
import type { SetByWriter } from '../../entities/core/managed.ts';
import type { AnyEntity } from '../../entities/core/model.ts';
import type { LeadingOf } from '../../entities/core/names.ts';
import type { ChildPatterns, SortOf, ToManyOptions } from './list-options.ts';
import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

/** What the fields of one operation read and write with: made once per operation, since it batches and caches. */
export interface Operation {
  readonly reader: Reader;
  readonly writer: Writer;
  /**
   * Whether its viewer may see a field or type of these options, such as `authScopes`: asked before anything is read
   * ahead of the field that shows it. Options of Pothos's own are left out, and those that take an object are not asked
   * about: nothing is read ahead there.
   *
   * @defaultValue only what has no such options
   */
  readonly mayRead?: (options: Readonly<Record<string, unknown>>) => boolean;
  /** Who may, as a sentence for those who may not; nothing is said when left out. */
  readonly whoMayRead?: (options: Readonly<Record<string, unknown>>) => string | undefined;
}

/** What a generated field does with its entity. */
export type Action = 'read' | 'create' | 'update' | 'delete';

/** The plugin's options. */
export interface ElectroDBPluginOptions<Types extends SchemaTypes> {
  /** Every entity of the table. */
  readonly entities: readonly AnyEntity[];
  /** What the fields of an operation work with. */
  readonly operation: (context: Types['Context']) => Operation;
  /** Options that every entity's type gets unless it says otherwise, such as who may see it. */
  readonly typeOptions?: (entity: AnyEntity) => Partial<PothosSchemaTypes.ObjectTypeOptions<Types, unknown>>;
  /** Options that every generated field gets unless it says otherwise, such as who may use it and how it may fail. */
  readonly fieldOptions?: (entity: AnyEntity, action: Action) => object;
}

type Given = 'type' | 'args' | 'nullable' | 'errors' | 'itemErrors' | 'unauthorizedResolver' | 'extensions';

/** The field options that are the user's: description, deprecation, and what other plugins add, such as `authScopes`. */
export type FieldExtras<Types extends SchemaTypes, Parent> = Omit<
  PothosSchemaTypes.ObjectFieldOptions<Types, Parent, 'String', boolean, Record<never, never>, unknown>,
  Given
>;

/** What users of an entity may name. An interface, since the compiler would print an alias by its own name. */
export interface Names<E extends AnyEntity> {
  /** Attributes that can be shown: all but hidden ones and the id, which is shown as a global one. */
  readonly visible: {
    [K in keyof E['attributes'] & string]: E['attributes'][K] extends { readonly hidden: true }
      ? never
      : K extends E['name']
        ? never
        : K;
  }[keyof E['attributes'] & string];
  /** Attributes that a type can do without: the managed ones are its interface's. */
  readonly omittable: Exclude<Names<E>['visible'], SetByWriter>;
  /** Attributes that hold another entity's id. */
  readonly reference: {
    [K in keyof E['attributes'] & string]: E['attributes'][K] extends { readonly references: string } ? K : never;
  }[keyof E['attributes'] & string];
}

/** The value of a visible attribute. */
export type ValueIn<E extends AnyEntity, K> = Item<E>[K & keyof Item<E>];

type RestrictedName<A> = { [K in keyof A]: A[K] extends { readonly restricted: true } ? K : never }[keyof A];

/** What `t.toOne` takes. */
export type ToOneOptions<Types extends SchemaTypes, E extends AnyEntity> = FieldExtras<Types, Item<E>> & {
  /**
   * The object is known to exist as long as it is referred to, so that its id alone can be answered without reading it.
   * An object that has expired is null, but its id alone is still answered, as the field's description says: not for
   * entities whose items are given a time to expire while others refer to them.
   *
   * @defaultValue false
   */
  readonly guaranteed?: boolean;
};

/** The field builder within `builder.entity`: Pothos's own, and fields that follow from the entity. */
export type EntityFieldBuilder<Types extends SchemaTypes, E extends AnyEntity> = PothosSchemaTypes.ObjectFieldBuilder<
  Types,
  Item<E>
> &
  EntityFields<Types, E>;

/** Fields that follow from an entity's declaration. */
export interface EntityFields<Types extends SchemaTypes, E extends AnyEntity> {
  /** An attribute, where it needs other options than those that follow from the declaration. */
  attribute<K extends Names<E>['visible']>(
    name: K,
    options?: FieldExtras<Types, Item<E>>,
  ): FieldRef<Types, ValueIn<E, K>>;
  /** The object whose id an attribute holds. */
  toOne(name: Names<E>['reference'], options?: ToOneOptions<Types, E>): FieldRef<Types, unknown>;
  /** Objects that an index finds by this one's id, as a Relay connection. */
  toMany<
    Child extends AnyEntity,
    K extends ChildPatterns<Child, E>['valid'],
    const By extends readonly [] | LeadingOf<SortOf<Child, K>> = readonly [],
  >(child: Child, pattern: K, options?: ToManyOptions<Types, E, Child, K, By>): FieldRef<Types, unknown>;
}

/** Who may read, and who may filter by, the attributes that the entity declares as `restricted`. */
export interface RestrictedOptions<Types extends SchemaTypes, E extends AnyEntity> {
  /**
   * Whether a viewer may read them of an object. The plugin itself asks, in every field that shows one of them and
   * before anything that the field's other options say. What it reads by the operation's reader is batched over all
   * objects that are shown, and counts against the work budget.
   */
  readonly read: (item: Item<E>, context: Types['Context']) => boolean | Promise<boolean>;
  /**
   * Whether a viewer may filter by them, and see lists of access patterns that have one of them in their key: both give
   * their values away, of every object.
   */
  readonly filter: (context: Types['Context']) => boolean;
  /** For clients, who may read them: follows the description of each, and refusals. */
  readonly description?: string;
  /** For clients, who may filter by them: follows refusals. */
  readonly whoMayFilter?: string;
}

/** What `builder.entity` takes. */
export type EntityOptions<Types extends SchemaTypes, E extends AnyEntity> = Partial<
  Omit<PothosSchemaTypes.ObjectTypeOptions<Types, Item<E>>, 'fields' | 'name'>
> & {
  /** Attributes that stay out of the type, and of filters. */
  readonly omit?: readonly Names<E>['omittable'][];
  /**
   * Attributes that clients can filter by although not all who see an object see them: left out by `omit`, or shown by a
   * field that has options such as `authScopes`, or a resolver of its own. Filters give the values of such attributes
   * away, so that without this they don't take them. Restricted ones are for those who pass `restricted.filter` even so.
   */
  readonly filterable?: readonly Names<E>['omittable'][];
  /** Fields beside the attributes, or in their place where they have an attribute's name. */
  readonly fields?: (t: EntityFieldBuilder<Types, E>) => Readonly<Record<string, FieldRef<Types, unknown>>>;
} & ([RestrictedName<E['attributes']>] extends [never]
    ? { readonly restricted?: never }
    : { readonly restricted: RestrictedOptions<Types, E> });

/** What `t.byId` takes. */
export type ByIdOptions<Types extends SchemaTypes, Parent> = FieldExtras<Types, Parent> & {
  /** The id, from the parent; an argument `id` when left out. */
  readonly id?: (parent: Parent, context: Types['Context']) => string | null | undefined;
};

/** The type of an entity, to refer to before or after it is implemented. */
export type EntityRef<Types extends SchemaTypes, E extends AnyEntity> = ObjectRef<Types, Item<E>>;
