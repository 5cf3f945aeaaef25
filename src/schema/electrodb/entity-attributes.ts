import type { InputObjectRef, InputRef, InputType, SchemaTypes, TypeParam } from '@pothos/core';
import { itemsOf } from '../../entities/core/attributes.ts';
import type { Condition } from '../../entities/core/filter.ts';
import type { AnyEntity } from '../../entities/core/model.ts';
import type { EntitySchema } from './entity-schema.ts';
import { readFilter } from './filter-reading.ts';
import type { FilterSpec } from './filters.ts';
import { describe, nested, type Place, placeOf } from './value-types.ts';
import { kindOf } from './values.ts';

/** Types that follow from an entity's attributes, for fields that are written by hand. */
export class EntityAttributes {
  readonly #schema: EntitySchema;
  readonly #entity: AnyEntity;

  constructor(schema: EntitySchema, entity: AnyEntity) {
    this.#schema = schema;
    this.#entity = entity;
  }

  /** `ASC` and `DESC`. */
  get order(): InputRef<'ASC' | 'DESC'> {
    return this.#schema.ranges.order();
  }

  /**
   * An input of conditions on attributes, to be read by {@link condition}.
   *
   * @throws Error, when the schema is built, for an attribute that not all see who see the type
   */
  filter({ prefix, paths, text }: Omit<FilterSpec, 'whoMay'>): InputObjectRef<SchemaTypes, object> {
    return this.#schema.filters.input(this.#entity, prefix, () => {
      for (const path of paths) this.assertOpen(path);
      return { paths, text, whoMay: this.#schema.whoMayFilter(this.#entity) };
    });
  }

  /**
   * What a filter means.
   *
   * @throws BadInputError, ForbiddenError for restricted attributes that the viewer may not infer
   */
  condition(filter: object, context: object): Condition {
    return readFilter(this.#entity, filter, (problem) => this.assertMayInfer(context, problem));
  }

  /** Whether a viewer may infer restricted attributes. */
  mayFilter(context: object): boolean {
    return this.#schema.mayFilter(this.#entity, context);
  }

  /** @throws ForbiddenError with a problem and whom to ask, for a viewer who may not infer restricted attributes */
  assertMayInfer(context: object, problem: string): void {
    this.#schema.assertMayInfer(this.#entity, context, problem);
  }

  /** What a path is, for clients who order or count by it; of a restricted one, who may. */
  describe(path: string): string {
    return describe(this.place(path).value, this.#schema.whoMayFilter(this.#entity));
  }

  /** An attribute, or a property of a map such as `salary.amount`, restricted as the map is. @throws Error for a path that there is not */
  place(path: string): Place {
    const [name = '', property] = path.split('.');
    const whole = placeOf(this.#entity, name);
    if (property === undefined) return whole;
    const what = kindOf(whole.value);
    const found =
      what.kind === 'map'
        ? nested(this.#schema.values.nameOf(whole), what.properties).find((place) => place.name === property)
        : undefined;
    if (!found) throw new Error(`${this.#entity.name} has no "${path}"`);
    const { description, restricted } = whole.value;
    const said = [description, found.value.description].filter(Boolean).join(' ');
    return { ...found, value: { ...found.value, description: said, ...(restricted && { restricted }) } };
  }

  /** The name of the type of a path's values; of a list, its items'. */
  typeName(path: string): string {
    const place = this.place(path);
    const what = kindOf(itemsOf(place.value) ?? place.value);
    if (what.kind === 'scalar') return what.scalar;
    return what.kind === 'reference' ? what.typename : this.#schema.values.nameOf(place);
  }

  /** The type of an argument that takes a value of a path. */
  input(path: string): InputType<SchemaTypes> | [InputType<SchemaTypes>] {
    return this.#schema.values.input(this.place(path));
  }

  /** The type of a field that shows the values of a path. */
  output(path: string): TypeParam<SchemaTypes> {
    return this.#schema.values.output(this.place(path));
  }

  /**
   * Refuses what would give away an attribute that not all see who see the type.
   *
   * @throws Error naming the attribute and the cure
   */
  assertOpen(path: string): void {
    const [name = ''] = path.split('.');
    if (!this.#schema.isFilterable(this.#entity, name))
      throw new Error(
        `${this.#entity.name}.${name} is not shown to all who see the type, but could be inferred by searches; mark it as \`restricted\`, or as \`filterable\` where the type is made`,
      );
  }
}
