import { type AnyValue, type Attribute, type Attributes, itemsOf } from '../../entities/core/attributes.ts';
import { decodeIdOf } from './global-id.ts';
import { pascalCase } from './names.ts';

/** What a value is, as GraphQL sees it. */
export type ValueKind =
  | { readonly kind: 'scalar'; readonly scalar: string }
  /** The id of another entity's item. */
  | { readonly kind: 'reference'; readonly typename: string }
  | { readonly kind: 'enum'; readonly values: readonly string[] }
  | { readonly kind: 'map'; readonly properties: Properties }
  | { readonly kind: 'many'; readonly items: AnyValue };

/** Scalars whose values have an order that means something. */
export const ORDERED: ReadonlySet<string> = new Set(['Int', 'Float', 'SafeInt', 'Date', 'DateTime']);

/** The properties of a map. */
export type Properties = NonNullable<AnyValue['properties']>;

const SCALARS: Readonly<Record<string, string>> = { string: 'String', number: 'Float', boolean: 'Boolean' };

/** What the values of an attribute, a property or an item of a list are. */
export function kindOf(value: AnyValue & Pick<Attribute, 'references'>): ValueKind {
  const { type, references, properties = {}, format } = value;
  const items = itemsOf(value);
  if (references !== undefined) return { kind: 'reference', typename: pascalCase(references) };
  if (items) return { kind: 'many', items };
  if (type === 'map') return { kind: 'map', properties };
  if (typeof type !== 'string') return { kind: 'enum', values: type };
  const scalar = format?.scalar ?? SCALARS[type];
  if (!scalar) throw new Error(`no scalar carries values of the type "${type}"`);
  return { kind: 'scalar', scalar };
}

/** What of an entity or a map can be shown. */
export const visible = <V extends AnyValue>(values: Readonly<Record<string, V>>): [string, V][] =>
  Object.entries(values).filter(([, { hidden }]) => hidden !== true);

/**
 * An attribute's value as clients send it, as the table holds it: a global id becomes an id.
 *
 * @param path of the argument, for messages
 * @throws BadInputError for an id that is malformed or of another type
 */
export function decodeValue(
  attribute: AnyValue & Pick<Attribute, 'references'>,
  value: unknown,
  path: string,
): unknown {
  const what = kindOf(attribute);
  return what.kind === 'reference' && typeof value === 'string' ? decodeIdOf(what.typename, value, path) : value;
}

/** {@link decodeValue} for each of the values given. */
export const decodeValues = (
  attributes: Attributes,
  values: Readonly<Record<string, unknown>>,
  path: string,
): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => {
      const attribute = attributes[name];
      return attribute ? [[name, decodeValue(attribute, value, `${path}.${name}`)]] : [];
    }),
  );
