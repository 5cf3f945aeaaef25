import type { InputFieldRef, SchemaTypes } from '@pothos/core';
import type { Place, ValueTypes } from './value-types.ts';
import { kindOf } from './values.ts';

/** Pothos's builder of input fields. */
export type InputFields = PothosSchemaTypes.InputFieldBuilder<SchemaTypes, 'InputObject'>;

/**
 * An attribute of a new item, or a property of a map. GraphQL shows a default that is a plain value; one that is computed
 * is the writer's to fill in, and so is an id, which clients would have as a global one.
 */
export function newValueField(types: ValueTypes, t: InputFields, place: Place): InputFieldRef<SchemaTypes, unknown> {
  const { required, description = '', default: fallback } = place.value;
  const isShown = fallback !== undefined && typeof fallback !== 'function' && kindOf(place.value).kind !== 'reference';
  return t.field({
    type: types.input(place),
    required: required === true && (fallback === undefined || isShown),
    description,
    ...(isShown ? { defaultValue: fallback as never } : {}),
  });
}
