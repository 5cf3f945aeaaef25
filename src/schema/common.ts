import type { AnyEntity } from '../entities/model.ts';
import type { ItemKey } from '../entities/steps.ts';
import { BadInputError } from '../errors.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { decodeIdOf } from './electrodb/global-id.ts';
import { typeName } from './types.ts';

/** An attribute's description, so that the entity is the one place that has it. */
export const describe =
  <E extends AnyEntity>(entity: E) =>
  (attribute: string & keyof E['attributes']): string =>
    entity.attributes[attribute]?.description ?? '';

/** A GraphQL enumeration of an entity's values: `in-progress` is `IN_PROGRESS`. */
export const enumOf = <const T extends readonly string[]>(name: string, description: string, values: T) =>
  builder.enumType(name, {
    description,
    values: Object.fromEntries(
      values.map((value) => [value.replaceAll('-', '_').toUpperCase(), { value: value as T[number] }]),
    ) as Record<string, { value: T[number] }>,
  });

/** What every object of the table has. */
export const Versioned = builder
  .interfaceRef<{ readonly version: number; readonly createdAt: string; readonly updatedAt: string }>('Versioned')
  .implement({
    description: 'An object that counts its changes.',
    fields: (t) => ({
      version: t.exposeInt('version', {
        description: 'Counts the writes, from 1. Pass it as `expectedVersion` to change only what you have seen.',
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last changed.' }),
    }),
  });

/** Leading composites of a sort key from optional arguments, outermost first. @throws BadInputError on a gap */
export function leading(
  values: Readonly<Record<string, string | null | undefined>>,
  argumentOf: (name: string) => string,
): Record<string, string> {
  const given: Record<string, string> = {};
  let missing: string | undefined;
  for (const [name, value] of Object.entries(values)) {
    if (typeof value !== 'string') missing ??= name;
    else if (missing)
      throw new BadInputError(argumentOf(name), `needs ${argumentOf(missing)} as well; narrow down from the left`);
    else given[name] = value;
  }
  return given;
}

/** Makes a write visible to the reads behind it in the same operation. */
export async function written<T>({ reader }: Context, write: Promise<T>): Promise<T> {
  const result = await write;
  reader.afterWrite();
  return result;
}

/** The key of the item that a mutation's `input.id` names. @throws BadInputError */
export const keyOf = ({ viewer }: Context, entity: AnyEntity, globalId: string): ItemKey => ({
  org: viewer.org,
  id: decodeIdOf(typeName(entity), globalId, 'input.id'),
});

/** An id that may be left out or null. @throws BadInputError */
export const optionalIdOf = (typename: string, globalId: string | null | undefined, argument: string) =>
  typeof globalId === 'string' ? decodeIdOf(typename, globalId, argument) : globalId;

/** The argument by which a mutation refuses to overwrite what its caller has not seen. */
export const expectedVersion = 'Refuse with VersionConflictError unless the object is still at this version.';
