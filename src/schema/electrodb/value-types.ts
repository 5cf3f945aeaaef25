import { isDeepStrictEqual } from 'node:util';
import type { EnumRef, InputObjectRef, InputRef, InputType, ObjectRef, SchemaTypes, TypeParam } from '@pothos/core';
import type { AnyValue, Attribute } from '../../entities/core/attributes.ts';
import { constantCase } from '../../entities/core/enumeration.ts';
import type { AnyEntity } from '../../entities/core/model.ts';
import { pascalCase, typeName } from './names.ts';
import { type InputFields, newValueField } from './new-value-field.ts';
import { kindOf, type Properties, visible } from './values.ts';

/** A builder whose types are not known here. */
export type AnyBuilder = PothosSchemaTypes.SchemaBuilder<SchemaTypes>;

/** A value and where it stands: what is made for it is called after both, unless it has a name of its own. */
export interface Place {
  /** The type that has it. */
  readonly owner: string;
  readonly name: string;
  readonly value: AnyValue & Partial<Pick<Attribute, 'description' | 'references' | 'restricted'>>;
}

/** What an attribute is, for clients. @param whoMay a sentence that follows where it is restricted */
export const describe = ({ description = '', restricted }: Place['value'], whoMay?: string): string =>
  restricted && whoMay !== undefined ? `${description} ${whoMay}` : description;

/** An attribute of an entity in its place. @throws Error when it has none of that name */
export function placeOf(entity: AnyEntity, name: string): Place & { readonly value: Attribute } {
  const value = entity.attributes[name];
  if (!value) throw new Error(`${entity.name} has no attribute "${name}"`);
  return { owner: typeName(entity), name, value };
}

/** The visible properties of a map in their places. @param owner the map's type */
export const nested = (owner: string, properties: Properties): Place[] =>
  visible(properties).map(([name, value]) => ({ owner, name, value }));

/** An item of a list in the list's place, whose name and description it shares. */
const itemIn = ({ owner, name, value: { description = '', graphql } }: Place, item: AnyValue): Place => ({
  owner,
  name,
  value: { ...(graphql ? { graphql } : {}), ...item, description },
});

/** What values that refer to other entities need: those and their types. */
export interface Entities {
  entityOf(typename: string): AnyEntity;
  ref(entity: AnyEntity): ObjectRef<SchemaTypes, object>;
}

/** The GraphQL types of attribute values: each made once, shared by all attributes that give it the same name. */
export class ValueTypes {
  readonly #builder: AnyBuilder;
  readonly #entities: Entities;
  readonly #enums = new Map<string, { readonly values: string; readonly ref: EnumRef<SchemaTypes, string> }>();
  readonly #shapes = new Map<string, object>();
  readonly #objects = new Map<string, ObjectRef<SchemaTypes, object>>();
  readonly #inputs = new Map<string, InputObjectRef<SchemaTypes, object>>();

  constructor(builder: AnyBuilder, entities: Entities) {
    this.#builder = builder;
    this.#entities = entities;
  }

  /** The type's name where an attribute has one of its own. */
  nameOf({ owner, name, value }: Place): string {
    return value.graphql?.name ?? `${owner}${pascalCase(name)}`;
  }

  /** The type of a field that shows the attribute. */
  output(place: Place): TypeParam<SchemaTypes> {
    const what = kindOf(place.value);
    switch (what.kind) {
      case 'scalar':
        // The scalar's name is data of the declaration; that the builder has it shows when the schema is built.
        return what.scalar as 'String';
      case 'reference':
        return this.#entities.ref(this.#entities.entityOf(what.typename));
      case 'enum':
        return this.enumeration(place, what.values);
      case 'map':
        return this.#object(place, what.properties);
      case 'many':
        return [this.output(itemIn(place, what.items)) as ObjectRef<SchemaTypes, object>];
    }
  }

  /** The type of an argument or input field that takes the attribute. */
  input(place: Place): InputType<SchemaTypes> | [InputType<SchemaTypes>] {
    const what = kindOf(place.value);
    switch (what.kind) {
      case 'scalar':
        return what.scalar as 'String';
      case 'reference':
        return 'ID';
      case 'enum':
        return this.enumeration(place, what.values);
      case 'map':
        return this.#input(place, what.properties);
      case 'many':
        return [this.input(itemIn(place, what.items)) as InputRef];
    }
  }

  /** The enumeration of an attribute's values. */
  enumeration(place: Place, values: readonly string[]): EnumRef<SchemaTypes, string> {
    const name = this.nameOf(place);
    const known = this.#enums.get(name);
    if (known && known.values !== values.join()) {
      throw new Error(`two enumerations are called ${name}; give one of the attributes another name by \`graphql\``);
    }
    if (known) return known.ref;
    const ref = this.#builder.enumType(name, {
      description: descriptionOf(place),
      values: Object.fromEntries(values.map((value) => [constantCase(value), { value }])),
    });
    this.#enums.set(name, { values: values.join(), ref });
    return ref;
  }

  #object(place: Place, properties: Properties): ObjectRef<SchemaTypes, object> {
    const name = this.nameOf(place);
    this.#assertSame(name, properties);
    const known = this.#objects.get(name);
    if (known) return known;
    const ref = this.#builder.objectRef<object>(name);
    this.#objects.set(name, ref);
    ref.implement({
      description: descriptionOf(place),
      fields: (t) =>
        Object.fromEntries(
          nested(name, properties).map((property) => [
            property.name,
            t.field({
              type: this.output(property),
              nullable: property.value.required !== true,
              description: property.value.description ?? '',
              // The parent is the map as the table holds it.
              resolve: (value) => (value as Readonly<Record<string, never>>)[property.name] as never,
            }),
          ]),
        ),
    });
    return ref;
  }

  #input(place: Place, properties: Properties): InputObjectRef<SchemaTypes, object> {
    const name = this.nameOf(place);
    this.#assertSame(name, properties);
    const known = this.#inputs.get(name);
    if (known) return known;
    const ref = this.#builder.inputRef<object>(`${name}Input`);
    this.#inputs.set(name, ref);
    ref.implement({
      description: descriptionOf(place),
      fields: (t: InputFields) =>
        Object.fromEntries(
          nested(name, properties).map((property) => [property.name, newValueField(this, t, property)]),
        ),
    } as never);
    return ref;
  }

  /** Refuses to take one map for another because of its type's name. */
  #assertSame(name: string, properties: Properties): void {
    const shape = shapesOf(properties);
    const known = this.#shapes.get(name) ?? shape;
    this.#shapes.set(name, known);
    if (!isDeepStrictEqual(known, shape))
      throw new Error(
        `two maps of different properties are called ${name}; give one of them another name by \`graphql\``,
      );
  }
}

/** What GraphQL shows of each property, and takes. */
const shapesOf = (properties: Properties): object =>
  Object.fromEntries(visible(properties).map(([name, property]) => [name, shapeOf(property)]));

function shapeOf(value: Place['value']): object {
  const what = kindOf(value);
  const { required = false, default: fallback, description, graphql } = value;
  const inner =
    what.kind === 'map' ? shapesOf(what.properties) : what.kind === 'many' ? shapeOf(what.items) : { ...what };
  const shown = typeof fallback === 'function' ? 'computed' : fallback;
  return { kind: what.kind, inner, required, description, graphql, shown };
}

const descriptionOf = ({ value: { graphql, description = '' } }: Place): string => graphql?.description ?? description;
