import {
  type FieldRef,
  type InputObjectRef,
  type InterfaceRef,
  ObjectFieldBuilder,
  type ObjectRef,
  type SchemaTypes,
} from '@pothos/core';
import type { AnyEntity } from '../../entities/core/model.ts';
import { ForbiddenError } from '../../errors.ts';
import { assertParentsFirst } from './collection.ts';
import type { Connection } from './connection.ts';
import { EntityFields } from './entity-fields.ts';
import { EntityType, type TypeOptions } from './entity-type.ts';
import { extensionsOf } from './facts.ts';
import { FilterTypes, TABLE_TEXT } from './filters.ts';
import { encodeGlobalId } from './global-id.ts';
import { ListArguments, type ListSpec } from './lists.ts';
import { capitalized, typeName, withArticle } from './names.ts';
import { RangeTypes } from './range-types.ts';
import type { ElectroDBPluginOptions, Operation } from './types.ts';
import { type AnyBuilder, ValueTypes } from './value-types.ts';
import { visible } from './values.ts';
import { type Versioned, versionedInterface } from './versioned.ts';

/** Options of a field or type as they come in: what other plugins make of them is not known here. */
export type AnyOptions = Readonly<Record<string, unknown>>;

/** An item as fields see it. */
export type AnyItem = Readonly<Record<string, unknown>>;

/** The GraphQL side of all entities of one builder. */
export class EntitySchema {
  readonly builder: AnyBuilder;
  readonly options: ElectroDBPluginOptions<SchemaTypes>;
  readonly values: ValueTypes;
  readonly filters: FilterTypes;
  readonly ranges: RangeTypes;
  readonly #refs = new Map<string, ObjectRef<SchemaTypes, object>>();
  readonly #connections = new Map<string, ObjectRef<SchemaTypes, object>>();
  readonly #types = new Map<string, EntityType>();
  #versioned: InterfaceRef<SchemaTypes, Versioned> | undefined;

  constructor(builder: AnyBuilder) {
    const options = builder.options.electrodb;
    assertParentsFirst(options.entities);
    this.builder = builder;
    this.options = options;
    this.values = new ValueTypes(builder, this);
    this.filters = new FilterTypes(builder, this.values);
    this.ranges = new RangeTypes(builder, this.values);
  }

  /** What the fields of an operation work with. */
  operation(context: object): Operation {
    return this.options.operation(context);
  }

  /** The entity of a type's name, if there is one. */
  findEntity(typename: string): AnyEntity | undefined {
    return this.options.entities.find((candidate) => typeName(candidate) === typename);
  }

  /** The entity of a type's name. @throws Error when there is none */
  entityOf(typename: string): AnyEntity {
    const entity = this.findEntity(typename);
    if (!entity) throw new Error(`no entity is called "${typename}"; ${this.#registered()}`);
    return entity;
  }

  #registered(): string {
    const names = this.options.entities.map(({ name }) => name);
    return `the plugin's entities are ${names.join(', ')}; add it to them`;
  }

  /**
   * The type of an entity, implemented or not.
   *
   * @throws Error for an entity of which neither the table's readers nor its writers know
   */
  ref(entity: AnyEntity): ObjectRef<SchemaTypes, object> {
    const name = typeName(entity);
    if (!this.options.entities.includes(entity)) throw new Error(`${name} is not registered; ${this.#registered()}`);
    const ref = this.#refs.get(name) ?? this.builder.objectRef<object>(name);
    this.#refs.set(name, ref);
    return ref;
  }

  /** The Relay connection of an entity's type. */
  connection(entity: AnyEntity): ObjectRef<SchemaTypes, object> {
    const name = typeName(entity);
    const known = this.#connections.get(name);
    if (known) return known;
    const ref = this.builder.connectionObject(
      {
        type: this.ref(entity),
        name: `${name}Connection`,
        description: `A page of ${name} objects.`,
        fields: (t) => ({
          totalCount: t.int({
            nullable: true,
            description: 'How many there are on all pages; counted when asked for, which reads all of them.',
            extensions: extensionsOf({ kind: 'count' }),
            resolve: (connection) => (connection as unknown as Connection<object>).totalCount(),
          }),
        }),
      },
      { name: `${name}Edge`, description: `${capitalized(withArticle(name))} object in a list.` },
    ) as unknown as ObjectRef<SchemaTypes, object>;
    this.#connections.set(name, ref);
    return ref;
  }

  /** How a connection's arguments become the part of an index that it shows. */
  list(spec: ListSpec): ListArguments {
    return new ListArguments(spec, this.ranges, () => this.#listFilter(spec.entity));
  }

  /** Filters on attributes outside of a list's key. */
  #listFilter(entity: AnyEntity): InputObjectRef<SchemaTypes, object> {
    return this.filters.input(entity, typeName(entity), () => ({
      text: TABLE_TEXT,
      whoMay: this.whoMayFilter(entity),
      paths: visible(entity.attributes)
        .map(([name]) => name)
        .filter((name) => name !== entity.name && name !== 'version' && this.isFilterable(entity, name)),
    }));
  }

  /** Whether a viewer may filter by what not everyone may read. Nobody may, where nothing was said of it. */
  mayFilter(entity: AnyEntity, context: object): boolean {
    return this.#types.get(entity.name)?.restricted?.filter(context) ?? false;
  }

  /** @throws ForbiddenError with a problem and whom to ask, for a viewer who may not infer what not everyone may read */
  assertMayInfer(entity: AnyEntity, context: object, problem: string): void {
    if (!this.mayFilter(entity, context)) throw new ForbiddenError(problem, this.whoMayFilter(entity));
  }

  /** Whether a viewer may read what not everyone may read of an item. Nobody may, where nothing was said of it. */
  mayRead(entity: AnyEntity, item: AnyItem, context: object): boolean | Promise<boolean> {
    return this.#types.get(entity.name)?.restricted?.read(item as never, context) ?? false;
  }

  /** For clients, who may read what not everyone may read. */
  whoMayRead(entity: AnyEntity): string | undefined {
    return this.#types.get(entity.name)?.restricted?.description;
  }

  /** For clients, who may filter by what not everyone may read. */
  whoMayFilter(entity: AnyEntity): string | undefined {
    return this.#types.get(entity.name)?.restricted?.whoMayFilter;
  }

  /** Whether clients can filter by a visible attribute; by none of a type that the plugin did not make. */
  isFilterable(entity: AnyEntity, name: string): boolean {
    return this.#types.get(entity.name)?.isFilterable(name) ?? false;
  }

  /** Makes an entity an object type. */
  implement(entity: AnyEntity, options: AnyOptions): ObjectRef<SchemaTypes, object> {
    const {
      fields,
      omit,
      filterable,
      restricted,
      interfaces = [],
      ...own
    } = options as TypeOptions & AnyOptions & { readonly interfaces?: readonly InterfaceRef<SchemaTypes, object>[] };
    const ref = this.ref(entity);
    const said = { ...(fields && { fields }), ...(omit && { omit }), ...(restricted && { restricted }) };
    const type = new EntityType(entity, { ...said, ...(filterable && { filterable }) }, () =>
      this.#fieldBuilder(entity),
    );
    this.#types.set(entity.name, type);
    this.builder.objectType(ref, {
      description: entity.description,
      ...this.options.typeOptions?.(entity),
      ...own,
      interfaces: [this.builder.nodeInterfaceRef(), this.versioned(), ...interfaces],
      fields: () => {
        const t = this.#fieldBuilder(entity);
        return {
          id: t.id({
            description: 'The global id.',
            extensions: extensionsOf({ kind: 'id' }),
            resolve: (item) => encodeGlobalId(typeName(entity), String((item as AnyItem)[entity.name])),
          }),
          ...Object.fromEntries(type.plain.map((name) => [name, t.attribute(name)])),
          ...type.own,
        };
      },
      // The options are the user's own, typed where they gave them.
    } as never);
    return ref;
  }

  /** Adds fields to an entity's type. */
  addFields(entity: AnyEntity, fields: (t: object) => Record<string, FieldRef<SchemaTypes>>): void {
    this.builder.objectFields(this.ref(entity), () => fields(this.#fieldBuilder(entity)));
  }

  /** The interface of everything that counts its changes. */
  versioned(): InterfaceRef<SchemaTypes, Versioned> {
    this.#versioned ??= versionedInterface(this.builder);
    return this.#versioned;
  }

  /** Pothos's field builder with the fields that follow from the entity. */
  #fieldBuilder(entity: AnyEntity) {
    const plain = new ObjectFieldBuilder<SchemaTypes, object>(this.builder);
    return Object.assign(plain, new EntityFields(this, entity).methods(plain));
  }
}
