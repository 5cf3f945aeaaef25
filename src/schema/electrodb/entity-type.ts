import type { FieldRef, SchemaTypes } from '@pothos/core';
import { isSetByWriter } from '../../entities/core/managed.ts';
import type { AnyEntity } from '../../entities/core/model.ts';
import { isOpen } from './entity-fields.ts';
import type { RestrictedOptions } from './types.ts';
import { visible } from './values.ts';

/** Who may read, and who may filter by, what not everyone may read. */
export type Restricted = RestrictedOptions<SchemaTypes, AnyEntity>;

/** Fields by name. */
export type Fields = Readonly<Record<string, FieldRef<SchemaTypes>>>;

/** What an application says of an entity's type, as it comes in. */
export interface TypeOptions {
  readonly fields?: (t: object) => Fields;
  readonly omit?: readonly string[];
  readonly filterable?: readonly string[];
  readonly restricted?: Restricted;
}

/** Which attributes an entity's type shows, and to whom. */
export class EntityType {
  readonly restricted: Restricted | undefined;
  readonly #entity: AnyEntity;
  readonly #options: TypeOptions;
  readonly #builder: () => object;
  #own: Fields | undefined;

  /** @param builder makes the builder of the application's fields */
  constructor(entity: AnyEntity, options: TypeOptions, builder: () => object) {
    this.restricted = options.restricted;
    this.#entity = entity;
    this.#options = options;
    this.#builder = builder;
  }

  /** The application's fields: made once, when they are first asked for, since they may refer to any other type. */
  get own(): Fields {
    this.#own ??= this.#options.fields?.(this.#builder()) ?? {};
    return this.#own;
  }

  /** The attributes that are shown as they are declared. */
  get plain(): string[] {
    const { omit = [] } = this.#options;
    return visible(this.#entity.attributes)
      .map(([name]) => name)
      .filter((name) => name !== this.#entity.name && !isSetByWriter(name))
      .filter((name) => !omit.includes(name) && !(name in this.own));
  }

  /**
   * Whether clients can filter by a visible attribute. A filter tells what it is about: of what is left out, or shown on
   * terms that the plugin does not know, nobody may filter unless the application says so.
   */
  isFilterable(name: string): boolean {
    const { omit = [], filterable = [] } = this.#options;
    const own = this.own[name];
    return filterable.includes(name) || (own ? isOpen(own, name) : !omit.includes(name));
  }
}
