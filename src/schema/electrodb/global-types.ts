import type { FieldKind, InputRef, SchemaTypes } from '@pothos/core';
import type { AnyEntity } from '../../entities/core/model.ts';
import type { LeadingOf } from '../../entities/core/names.ts';
import type { EntityAttributes } from './entity-attributes.ts';
import type { CreateArguments, InputNames, UpdateArguments } from './input-options.ts';
import type { ListPatterns, RootListOptions, SortOf } from './list-options.ts';
import type { ElectroDBPlugin } from './plugin.ts';
import type {
  ByIdOptions,
  ElectroDBPluginOptions,
  EntityFieldBuilder,
  EntityOptions,
  EntityRef,
  FieldExtras,
  Names,
  ValueIn,
} from './types.ts';

declare global {
  // Where Pothos's plugins declare what they add.
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      electrodb: ElectroDBPlugin<Types>;
    }

    export interface SchemaBuilderOptions<Types extends SchemaTypes> {
      electrodb: ElectroDBPluginOptions<Types>;
    }

    export interface SchemaBuilder<Types extends SchemaTypes> {
      /**
       * Makes an entity an object type with a global id and its visible attributes: scalars by their formats, enumerations
       * from literal unions, maps as object types, ids of other entities as those objects.
       *
       * @example
       * builder.entity(Office, { fields: (t) => ({ employees: t.toMany(Employee, 'workplaces', { by: ['team'] }) }) });
       */
      entity<E extends AnyEntity>(entity: E, options: EntityOptions<Types, E>): EntityRef<Types, E>;
      /**
       * Adds fields to an entity's type from elsewhere, such as a relation to a newer entity.
       *
       * @example
       * builder.entityFields(Project, (t) => ({ invoices: t.toMany(Invoice, 'billing') }));
       */
      entityFields<E extends AnyEntity>(
        entity: E,
        fields: (t: EntityFieldBuilder<Types, E>) => Readonly<Record<string, FieldRef<Types, unknown>>>,
      ): void;
      /** The type of an entity, to refer to before or after it is implemented. */
      entityRef<E extends AnyEntity>(entity: E): EntityRef<Types, E>;
      /** Types that follow from an entity's attributes, for fields that are written by hand. */
      entityAttributes(entity: AnyEntity): EntityAttributes;
      /** The type of arguments that take an attribute: a scalar, an enumeration, an input. */
      attributeInput<E extends AnyEntity, K extends Names<E>['visible']>(
        entity: E,
        name: K,
      ): InputRef<NonNullable<ValueIn<E, K>>>;
    }

    export interface RootFieldBuilder<Types extends SchemaTypes, ParentShape, Kind extends FieldKind = FieldKind> {
      /** The object of an id, or null; with the first pages of its relations that are selected. */
      byId<E extends AnyEntity>(entity: E, options?: ByIdOptions<Types, ParentShape>): FieldRef<Types, unknown, Kind>;
    }

    export interface QueryFieldBuilder<Types extends SchemaTypes, ParentShape> {
      /**
       * The objects of an access pattern, as a Relay connection. Composites of its partition key are required arguments.
       *
       * @example
       * projects: t.list(Project, 'portfolio', { by: ['status'] })
       */
      list<
        E extends AnyEntity,
        K extends ListPatterns<E>['valid'],
        const By extends readonly [] | LeadingOf<SortOf<E, K>> = readonly [],
      >(entity: E, pattern: K, options?: RootListOptions<Types, E, K, By>): FieldRef<Types, unknown, 'Query'>;
      /** The object of a global id of any entity, as `byId` of its own type reads it. Relay's `node`, to be called so. */
      nodeById(options?: FieldExtras<Types, Types['Root']>): FieldRef<Types, unknown, 'Query'>;
      /** The objects of up to 100 global ids. Relay's `nodes`, to be called so. */
      nodesByIds(options?: FieldExtras<Types, Types['Root']>): FieldRef<Types, unknown, 'Query'>;
    }

    export interface MutationFieldBuilder<Types extends SchemaTypes, ParentShape> {
      /** Adds an item. Its input has the attributes that clients may give, defaults optional. */
      create<
        E extends AnyEntity,
        Only extends InputNames<E>['given'] = InputNames<E>['given'],
        Except extends InputNames<E>['given'] = never,
      >(entity: E, ...options: CreateArguments<Types, E, Only, Except>): FieldRef<Types, unknown, 'Mutation'>;
      /** Changes an item. Its input has the attributes that may change; null removes, what is left out stays. */
      update<
        E extends AnyEntity,
        Only extends InputNames<E>['changed'] = InputNames<E>['changed'],
        Except extends InputNames<E>['changed'] = never,
      >(entity: E, ...options: UpdateArguments<Types, E, Only, Except>): FieldRef<Types, unknown, 'Mutation'>;
      /** Deletes an item, unless others refer to it. */
      delete<E extends AnyEntity>(
        entity: E,
        options?: FieldExtras<Types, Types['Root']>,
      ): FieldRef<Types, unknown, 'Mutation'>;
    }
  }
}
