import { type AnyValue, type Attribute, type Attributes, itemsOf } from './attributes.ts';
import { isKeySafe, NONE } from './keys.ts';
import type { Indexes } from './model.ts';
import type { Row, TableKey, Update } from './statements.ts';

/** ElectroDB's service name, which begins every partition key. */
export const SERVICE = 'roster';

/** ElectroDB as generic code uses it: names and values known at run time only. */
export interface UntypedElectro {
  get(key: object): { params(): { Key: TableKey } };
  patch(key: object): UntypedPatch;
  /** Whether a row is marked as this entity's. */
  ownsItem(row: object): boolean;
  readonly model: { readonly schema: UntypedSchema };
  /** The row of a checked item, made of it and the composites of its own key. */
  _makePutParams(put: { readonly data: object }, composites: object): { readonly Item: Row };
  readonly query: Readonly<
    Record<string, (composites: object) => { params(): { ExpressionAttributeValues: Record<string, string> } }>
  >;
}

interface UntypedSchema {
  readonly attributes: Readonly<Record<string, UntypedAttribute>>;
  /** The item with its defaults. Throws for values that are not as declared. */
  checkCreate(item: object): Readonly<Record<string, unknown>>;
}

interface UntypedAttribute {
  readonly name: string;
  readonly hidden: boolean;
  get(value: unknown, siblings: () => object): unknown;
}

interface UntypedPatch {
  set(values: object): UntypedPatch;
  add(values: object): UntypedPatch;
  remove(names: readonly string[]): UntypedPatch;
  composite(values: object): UntypedPatch;
  where(condition: (attributes: Record<string, unknown>, operations: UntypedOperations) => string): UntypedPatch;
  params(): Update['Update'];
}

interface UntypedOperations {
  eq(attribute: unknown, value: unknown): string;
  gt(attribute: unknown, value: unknown): string;
  notExists(attribute: unknown): string;
}

/** Composites that may be absent and are {@link NONE} in keys then, slugs of optional attributes among them. */
export const optionalComposites = (attributes: Attributes, indexes: Indexes): ReadonlySet<string> =>
  new Set(
    Object.values(indexes)
      .flatMap(({ pk, sk }) => [...pk, ...sk])
      .filter((name) => {
        const [source = name] = attributes[name]?.watch ?? [];
        return attributes[source]?.required !== true;
      }),
  );

/** Plain ElectroDB: key fields, casing and sparseness spelled out, and a last check on all that goes into a key. */
export function electroSchema(name: string, attributes: Attributes, indexes: Indexes) {
  const specs = Object.entries(indexes);
  const composites = new Set(['org', name, ...specs.flatMap(([, spec]) => [...spec.pk, ...spec.sk])]);
  const optional = optionalComposites(attributes, indexes);
  return {
    model: { entity: name, service: SERVICE, version: '1' },
    attributes: Object.fromEntries(
      Object.entries(attributes).map(([key, attribute]) => [
        key,
        composites.has(key) ? asComposite(attribute) : electroValue(attribute),
      ]),
    ),
    indexes: {
      [name]: { pk: keyPart('pk', ['org', name]), sk: keyPart('sk', []) },
      ...Object.fromEntries(
        specs.map(([pattern, { pk, sk, ...spec }]) => [
          pattern,
          {
            ...spec,
            ...sparse(pk.filter((composite) => optional.has(composite))),
            pk: keyPart(`${spec.index}pk`, ['org', ...pk]),
            sk: keyPart(`${spec.index}sk`, sk),
          },
        ]),
      ),
    },
  };
}

const keyPart = (field: string, composite: readonly string[]) => ({ field, composite, casing: 'none' });

function asComposite(attribute: Attribute) {
  if (attribute.type === 'number') {
    const { digits = 0, check } = attribute.format ?? {};
    return {
      ...attribute,
      padding: { length: digits, char: '0' },
      validate: (value: unknown) => value === undefined || check?.safeParse(value).success === true,
    };
  }
  const composite = { ...attribute, validate: isKeyPart };
  if (attribute.required || attribute.watch) return composite;
  const { type } = attribute;
  return {
    ...composite,
    ...noneAtRest(attribute.default),
    ...(typeof type === 'object' ? { type: [...type, NONE] } : {}),
  };
}

const isKeyPart = (value: unknown) =>
  value === undefined || value === NONE || (typeof value === 'string' && isKeySafe(value));

const noneAtRest = (given: unknown) => ({
  default: given ?? NONE,
  get: (value: string) => (value === NONE ? undefined : value),
  set: (value?: string) => value ?? NONE,
});

const sparse = (optional: readonly string[]) =>
  optional.length === 0
    ? {}
    : {
        condition: (item: Readonly<Record<string, unknown>>) => optional.every((name) => (item[name] ?? NONE) !== NONE),
      };

/** DynamoDB keeps no order in sets, so readers get one: equal sets are equal lists. */
function electroValue(value: AnyValue): object {
  if (value.type === 'set') return { ...value, get: sorted };
  const items = itemsOf(value);
  if (items) return { ...value, items: electroValue(items) };
  if (!value.properties) return value;
  const properties = Object.entries(value.properties).map(([name, property]) => [name, electroValue(property)]);
  return { ...value, properties: Object.fromEntries(properties) };
}

const sorted = (values?: readonly (string | number)[]) => values?.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));

/**
 * Reads items as ElectroDB's own `parse` does. That takes the keys of every row apart and copies the row several times
 * over, in case that attributes look at others; no getter of {@link electroSchema} does.
 */
export function electroReader({ model }: UntypedElectro): (row: Readonly<Record<string, unknown>>) => object {
  const visible = Object.values(model.schema.attributes).filter(({ hidden }) => !hidden);
  return (row) => {
    const item: Record<string, unknown> = {};
    for (const attribute of visible) {
      const value = row[attribute.name];
      if (value !== undefined) item[attribute.name] = attribute.get(value, () => row);
    }
    return item;
  };
}

/**
 * Makes the rows of new items as ElectroDB's own `create` does. That builds a chain of everything that could be asked
 * besides, which takes longer than the row.
 *
 * @param name the entity's
 */
export function electroWriter(electro: UntypedElectro, name: string): (item: object) => Row {
  return (item) => {
    const data = electro.model.schema.checkCreate(item);
    return electro._makePutParams({ data }, { org: data['org'], [name]: data[name] }).Item;
  };
}
