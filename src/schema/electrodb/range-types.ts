import type { InputObjectRef, InputRef, SchemaTypes } from '@pothos/core';
import type { InputFields } from './new-value-field.ts';
import type { AnyBuilder, Place, ValueTypes } from './value-types.ts';
import { kindOf } from './values.ts';

/** The types of arguments that every list has or may have. */
export class RangeTypes {
  readonly values: ValueTypes;
  readonly #builder: AnyBuilder;
  readonly #ranges = new Map<string, InputObjectRef<SchemaTypes, object>>();
  #order: InputRef<'ASC' | 'DESC'> | undefined;

  constructor(builder: AnyBuilder, values: ValueTypes) {
    this.#builder = builder;
    this.values = values;
  }

  /** `ASC` and `DESC`. */
  order(): InputRef<'ASC' | 'DESC'> {
    this.#order ??= this.#builder.enumType('SortOrder', {
      description: 'The order of a list.',
      values: {
        ASC: { value: 'ASC', description: 'Smallest, earliest or first in the alphabet first.' },
        DESC: { value: 'DESC', description: 'Largest, latest or last in the alphabet first.' },
      } as const,
    });
    return this.#order;
  }

  /** A run of an attribute's values. @throws Error for values that have no useful order */
  input(place: Place): InputObjectRef<SchemaTypes, object> {
    const what = kindOf(place.value);
    if (what.kind !== 'scalar')
      throw new Error(`${place.owner}.${place.name} has no runs of values; give it to \`by\``);
    const name = `${what.scalar}Range`;
    const known = this.#ranges.get(name);
    if (known) return known;
    const type = what.scalar as 'String';
    const ref = this.#builder.inputRef<object>(name);
    this.#ranges.set(name, ref);
    ref.implement({
      description: 'A run of values; open where a bound is left out.',
      fields: ((t: InputFields) => ({
        from: t.field({ type, description: 'The first value, included.' }),
        to: t.field({ type, description: 'The last value, included.' }),
        ...(what.scalar === 'String'
          ? { startsWith: t.field({ type, description: 'Only values that begin with this.' }) }
          : {}),
      })) as never,
    });
    return ref;
  }
}
