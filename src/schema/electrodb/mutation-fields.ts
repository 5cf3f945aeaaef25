import { type FieldKind, FieldRef, type InputObjectRef, type SchemaTypes } from '@pothos/core';
import type { Changes, NewItem } from '../../entities/core/define.ts';
import type { AnyEntity } from '../../entities/core/model.ts';
import { assertKept } from '../../entities/core/validate.ts';
import type { AnyItem, AnyOptions, EntitySchema } from './entity-schema.ts';
import { extensionsOf, type FieldFacts } from './facts.ts';
import { decodeIdOf } from './global-id.ts';
import { assertSuffices, changeField, type InputNames, inputNames, type Target, targetFields } from './inputs.ts';
import { capitalized, pascalCase, typeName, withArticle, wordsOf } from './names.ts';
import { type InputFields, newValueField } from './new-value-field.ts';
import { placeOf } from './value-types.ts';
import { decodeValues } from './values.ts';

type AnyFields = PothosSchemaTypes.RootFieldBuilder<SchemaTypes, unknown, FieldKind>;

/** Makes an item. */
export function createField(
  schema: EntitySchema,
  t: AnyFields,
  entity: AnyEntity,
  given: AnyOptions,
): FieldRef<SchemaTypes> {
  const { only, except, values, ...options } = given as InputNames & {
    readonly values?: (given: object, context: object) => NewItem<AnyEntity>;
  };
  const names = inputNames(entity, { ...(only && { only }), ...(except && { except }) }, 'create');
  if (!values) assertSuffices(entity, names);
  const noun = wordsOf(entity.name);
  return mutationField(
    schema,
    t,
    { kind: 'create', entity, names, computed: false },
    {
      description: `Adds ${withArticle(noun)}.`,
      ...options,
      about: `A new ${noun}.`,
      fields: (input) =>
        Object.fromEntries(names.map((name) => [name, newValueField(schema.values, input, placeOf(entity, name))])),
      resolve: (input, context) => {
        const decoded = decodeValues(entity.attributes, input, 'input');
        // What GraphQL let through has the shape of the input type, which follows from the declaration.
        const item = values ? values(decoded, context) : (decoded as NewItem<AnyEntity>);
        return schema.operation(context).writer.create(entity, item);
      },
    },
  );
}

/** Changes an item. */
export function updateField(
  schema: EntitySchema,
  t: AnyFields,
  entity: AnyEntity,
  given: AnyOptions,
): FieldRef<SchemaTypes> {
  const { only, except, changes, ...options } = given as InputNames & {
    readonly changes?: (given: object, context: object) => Changes<AnyEntity>;
  };
  const names = inputNames(entity, { ...(only && { only }), ...(except && { except }) }, 'update');
  const noun = wordsOf(entity.name);
  return mutationField(
    schema,
    t,
    { kind: 'update', entity, names, computed: changes !== undefined },
    {
      description: `Changes ${withArticle(noun)}.`,
      ...options,
      about: names.length > 0 ? `Changes to ${withArticle(noun)}. What is left out stays.` : `Which ${noun}.`,
      fields: (input) => ({
        ...targetFields(input, noun, 'change'),
        ...Object.fromEntries(names.map((name) => [name, changeField(schema.values, input, entity, name)])),
      }),
      resolve: (input, context) => {
        const { id, expectedVersion, ...values } = input as Target & AnyItem;
        const decoded = decodeValues(entity.attributes, values, 'input');
        const { writer } = schema.operation(context);
        // GraphQL lets null through for what is required, since leaving out is allowed; `changes` is given none.
        if (changes) assertKept(entity.attributes, decoded);
        return writer.update(entity, ownId(entity, id), changes ? changes(decoded, context) : decoded, expectedVersion);
      },
    },
  );
}

/** Deletes an item. */
export function deleteField(
  schema: EntitySchema,
  t: AnyFields,
  entity: AnyEntity,
  options: AnyOptions,
): FieldRef<SchemaTypes> {
  const noun = wordsOf(entity.name);
  return mutationField(
    schema,
    t,
    { kind: 'delete', entity, names: [], computed: false },
    {
      description: `Deletes ${withArticle(noun)}.`,
      ...options,
      about: `${capitalized(withArticle(noun))} to delete.`,
      fields: (input) => targetFields(input, noun, 'delete'),
      resolve: (input, context) => {
        const { id, expectedVersion } = input as Target & AnyItem;
        return schema.operation(context).writer.delete(entity, ownId(entity, id), expectedVersion);
      },
    },
  );
}

const ownId = (entity: AnyEntity, id: string): string => decodeIdOf(typeName(entity), id, 'input.id');

interface MutationOptions {
  readonly description: string;
  /** The input's description. */
  readonly about: string;
  readonly fields: (t: InputFields) => object;
  readonly resolve: (input: AnyItem, context: object) => unknown;
}

/** A mutation with one argument, `input`, whose type is called after the field. */
function mutationField(
  schema: EntitySchema,
  t: AnyFields,
  facts: Extract<FieldFacts, { readonly computed: boolean }>,
  { about, fields, resolve, ...options }: MutationOptions,
): FieldRef<SchemaTypes> {
  const { entity, kind, names } = facts;
  // Only when it is used has a field its name.
  return new FieldRef('Mutation', (name, type) => {
    // GraphQL has no empty input: what is made of nothing that its caller gives has no argument.
    const isEmpty = kind === 'create' && names.length === 0;
    const input: InputObjectRef<SchemaTypes, object> | undefined = isEmpty
      ? undefined
      : schema.builder.inputType(`${pascalCase(name)}Input`, { description: about, fields } as never);
    return t
      .field({
        type: schema.ref(entity),
        nullable: true,
        ...schema.options.fieldOptions?.(entity, kind),
        ...options,
        args: input ? { input: t.arg({ type: input, required: true, description: about }) } : {},
        extensions: extensionsOf(facts),
        resolve: (_root: unknown, args: { readonly input?: AnyItem }, context: object) =>
          resolve(args.input ?? {}, context),
        // The item's type is known where the field is declared, not here.
      } as never)
      .getConfig(name, type);
  });
}
