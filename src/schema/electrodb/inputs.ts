import { isSetByWriter } from '../../entities/core/managed.ts';
import type { AnyEntity } from '../../entities/core/model.ts';
import type { InputFields } from './new-value-field.ts';
import { placeOf, type ValueTypes } from './value-types.ts';
import { visible } from './values.ts';

/** Which attributes an input has. */
export interface InputNames {
  readonly only?: readonly string[];
  readonly except?: readonly string[];
}

/** The attributes that clients may give, for a new item or for a change. */
export const inputNames = (
  entity: AnyEntity,
  { only, except = [] }: InputNames,
  purpose: 'create' | 'update',
): string[] =>
  visible(entity.attributes)
    .filter(([name, { readOnly }]) => {
      const isFixed = name === entity.name || isSetByWriter(name) || (readOnly && purpose === 'update');
      return !isFixed && (only?.includes(name) ?? true) && !except.includes(name);
    })
    .map(([name]) => name);

/**
 * Refuses an input for new items from which something is missing that every item has. The compiler refuses it too, where
 * it knows the entity.
 *
 * @throws Error naming what is missing
 */
export function assertSuffices({ name, attributes }: AnyEntity, names: readonly string[]): void {
  const missing = Object.entries(attributes)
    .filter(([, { required, watch, default: fallback }]) => required && !watch && fallback === undefined)
    .map(([attribute]) => attribute)
    .filter((attribute) => attribute !== name && !isSetByWriter(attribute) && !names.includes(attribute));
  if (missing.length > 0)
    throw new Error(`a new ${name} needs ${missing.join(', ')}, not in the input; give \`values\` that add it`);
}

/** An attribute in a change. */
export function changeField(values: ValueTypes, t: InputFields, entity: AnyEntity, name: string) {
  const place = placeOf(entity, name);
  const { required, description } = place.value;
  return t.field({
    type: values.input(place),
    description: required ? description : `${description} Null removes it.`,
  });
}

/** Which item a mutation is about, and what its caller has seen of it. */
export const targetFields = (t: InputFields, noun: string, verb: string) => ({
  id: t.id({ required: true, description: `The ${noun} to ${verb}.` }),
  expectedVersion: t.int({
    description: 'Refuse with VersionConflictError unless the object is still at this version.',
  }),
});

/** What {@link targetFields} take. */
export interface Target {
  readonly id: string;
  readonly expectedVersion?: number | null;
}
