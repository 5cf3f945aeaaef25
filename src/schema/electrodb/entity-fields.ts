import type { FieldRef, SchemaTypes } from '@pothos/core';
import type { GraphQLResolveInfo } from 'graphql';
import type { Attribute } from '../../entities/core/attributes.ts';
import type { AnyEntity } from '../../entities/core/model.ts';
import { ForbiddenError } from '../../errors.ts';
import type { AnyItem, AnyOptions, EntitySchema } from './entity-schema.ts';
import { extensionsOf } from './facts.ts';
import { connectionField } from './list-fields.ts';
import { loadWithPages, takesOnlyId } from './look-ahead.ts';
import { typeName, wordsOf } from './names.ts';
import { describe, placeOf } from './value-types.ts';
import { kindOf } from './values.ts';

/** Options that don't bear on who may read a field. */
const DESCRIPTIVE = new Set(['description', 'deprecationReason', 'guaranteed']);

/** Fields that show an attribute to all who see the object, and the attribute's name. */
const openFields = new WeakMap<object, string>();

/** Whether a field shows an attribute to all who see the object, be it under certain conditions of the plugin's own. */
export const isOpen = (field: object, attribute: string): boolean => openFields.get(field) === attribute;

/** The fields that follow from one entity's declaration, as methods for its field builder. */
export class EntityFields {
  readonly #schema: EntitySchema;
  readonly #entity: AnyEntity;

  constructor(schema: EntitySchema, entity: AnyEntity) {
    this.#schema = schema;
    this.#entity = entity;
  }

  /** The methods, bound, to be mixed into Pothos's field builder. */
  methods(t: PothosSchemaTypes.ObjectFieldBuilder<SchemaTypes, object>) {
    return {
      attribute: (name: string, options: AnyOptions = {}) =>
        this.#recorded(name, options, this.#attribute(t, name, options)),
      toOne: (name: string, options: AnyOptions = {}) => this.#recorded(name, options, this.#toOne(t, name, options)),
      toMany: (child: AnyEntity, pattern: string, options: AnyOptions = {}) => this.#toMany(t, child, pattern, options),
    };
  }

  #recorded(name: string, options: AnyOptions, field: FieldRef<SchemaTypes>): FieldRef<SchemaTypes> {
    if (Object.keys(options).every((option) => DESCRIPTIVE.has(option))) openFields.set(field, name);
    return field;
  }

  #attribute(t: ObjectFields, name: string, options: AnyOptions): FieldRef<SchemaTypes> {
    const place = placeOf(this.#entity, name);
    const attribute = place.value;
    if (attribute.hidden) throw new Error(`${this.#entity.name}.${name} is hidden and can't be shown`);
    if (kindOf(attribute).kind === 'reference') return this.#toOne(t, name, options);
    return t.field({
      type: this.#schema.values.output(place),
      ...this.#optionsOf(attribute),
      ...options,
      extensions: extensionsOf({ kind: 'attribute', names: [name] }),
      resolve: (item: AnyItem, _args: object, context: object, info: GraphQLResolveInfo) =>
        this.#ifReadable(attribute, item, context, info, () => item[name]),
      // The type follows from the declaration, which TypeScript can't see through.
    } as never);
  }

  #toOne(t: ObjectFields, name: string, given: AnyOptions): FieldRef<SchemaTypes> {
    const { guaranteed = false, ...options } = given as { readonly guaranteed?: boolean };
    const attribute = placeOf(this.#entity, name).value;
    const what = kindOf(attribute);
    if (what.kind !== 'reference')
      throw new Error(`${this.#entity.name}.${name} holds no other entity's id; declare what it \`references\``);
    const target = this.#schema.entityOf(what.typename);
    return t.field({
      type: this.#schema.ref(target),
      ...this.#optionsOf(attribute),
      ...(guaranteed ? { description: `${attribute.description} ${idAloneOf(target)}` } : {}),
      ...this.#schema.options.fieldOptions?.(target, 'read'),
      // Who refers to it may be outlived by what it refers to, whatever is declared.
      nullable: true,
      ...options,
      extensions: extensionsOf({ kind: 'toOne', entity: target, attribute: name, guaranteed }),
      resolve: (item: AnyItem, _args: object, context: object, info: GraphQLResolveInfo) =>
        this.#ifReadable(attribute, item, context, info, () => {
          const id = item[name] as string | undefined;
          if (id === undefined) return undefined;
          if (guaranteed && takesOnlyId(info, target)) return { [target.name]: id };
          return loadWithPages(this.#schema.operation(context), target, id, info, context);
        }),
      // The target's item type is known where the field is declared, not here.
    } as never);
  }

  #toMany(t: ObjectFields, child: AnyEntity, pattern: string, options: AnyOptions): FieldRef<SchemaTypes> {
    const index = child.indexes[pattern];
    const parent = index?.pk.find(
      (name) => name === this.#entity.name || child.attributes[name]?.references === this.#entity.name,
    );
    if (parent === undefined)
      throw new Error(
        `${child.name}.${pattern} has no composite that holds the id of ${typeName(this.#entity)} in its partition key`,
      );
    return connectionField(this.#schema, t as never, child, pattern, options, {
      composite: parent,
      idOf: (item) => String((item as AnyItem)[this.#entity.name]),
    });
  }

  #optionsOf(attribute: Attribute): AnyOptions {
    return {
      // Null where the viewer may not read it, beside the error that says so.
      nullable: attribute.restricted || attribute.required !== true,
      description: describe(attribute, this.#schema.whoMayRead(this.#entity)),
    };
  }

  /**
   * Shows an attribute, at once where who may read it is known at once.
   *
   * @throws ForbiddenError for a restricted attribute of an item whose viewer may not read it
   */
  #ifReadable(
    { restricted }: Attribute,
    item: AnyItem,
    context: object,
    { parentType, fieldName }: GraphQLResolveInfo,
    show: () => unknown,
  ): unknown {
    if (!restricted) return show();
    const showTo = (allowed: boolean): unknown => {
      if (allowed) return show();
      const whoMay = this.#schema.whoMayRead(this.#entity);
      throw new ForbiddenError(`${parentType.name}.${fieldName} of this object is not open to you`, whoMay);
    };
    const allowed = this.#schema.mayRead(this.#entity, item, context);
    return typeof allowed === 'boolean' ? showTo(allowed) : allowed.then(showTo);
  }
}

/** What a reader has to know of a relation that is guaranteed to exist. */
const idAloneOf = (target: AnyEntity): string =>
  `Its \`id\` alone is told as it is stored, whether or not the ${wordsOf(target.name)} has expired.`;

type ObjectFields = PothosSchemaTypes.ObjectFieldBuilder<SchemaTypes, object>;
