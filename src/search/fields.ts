import type { Attributes } from '../entities/core/attributes.ts';
import { type DocumentValue, FACET, PLACE, SPELLINGS, TEXT } from './document.ts';
import { attributeAt, encode, facetText, isText, otherSpellings, textKey } from './encoding.ts';
import type { FullSpec } from './spec.ts';

/** One top-level field of the documents. */
export interface Field {
  readonly name: string;
  /** The attribute that it holds whole. */
  readonly attribute?: string;
  /** The field itself and its properties as specs name them. */
  readonly paths: readonly string[];
  readonly restricted: boolean;
  /** Whether its value may leave the engine. */
  readonly displayed: boolean;
  read(item: Readonly<Record<string, unknown>>): DocumentValue | undefined;
}

/** Text is filtered by, ordered by and counted in forms of its own; everything else as it is. */
export function fieldIn(form: typeof TEXT | typeof FACET, attributes: Attributes, path: string): string {
  const attribute = attributeAt(attributes, path);
  return attribute && isText(attribute) ? `${form}.${path}` : path;
}

/** The fields of the documents of an entity's restricted index; its open one has those that are not restricted. */
export function fieldsOf(attributes: Attributes, spec: FullSpec): Field[] {
  const { geo, searchable, filterable, sortable } = spec;
  const ranked = spec.ranking.map(({ path }) => path);
  const paths = [...new Set([...searchable, ...filterable, ...sortable, ...ranked])];
  const restricted = (name: string) => attributes[name]?.restricted === true;
  const plain = [...Map.groupBy(paths, (path) => path.split('.')[0] ?? path)].map(([name, own]): Field => {
    const attribute = attributes[name];
    const read: Field['read'] = (item) => (item[name] === undefined ? undefined : encode(attribute, item[name]));
    return { name, attribute: name, paths: own, restricted: restricted(name), displayed: true, read };
  });
  const keyed = new Set([...filterable, ...sortable, ...ranked]);
  const ofText = (form: typeof TEXT | typeof FACET, from: Iterable<string>, formOf: (text: string) => string) =>
    [...from]
      .map((path) => ({ path, name: fieldIn(form, attributes, path) }))
      .filter(({ path, name }) => name !== path)
      .map(({ path, name }) => textField(attributes, path, name, formOf));
  const texts = [...ofText(TEXT, keyed, textKey), ...ofText(FACET, spec.facets, facetText)];
  const derived = Object.entries(spec.derived).map(
    ([name, { from, value }]): Field => ({
      name,
      paths: [name],
      restricted: restricted(from),
      displayed: false,
      // The declaration ties the function's parameter to the attribute's type.
      read: (item) => (item[from] === undefined ? undefined : value(item[from] as never)),
    }),
  );
  const place: Field[] = geo
    ? [
        {
          name: PLACE,
          attribute: geo,
          paths: [PLACE],
          restricted: restricted(geo),
          displayed: true,
          read: (item) => item[geo] as DocumentValue,
        },
      ]
    : [];
  return [...plain, ...texts, ...derived, ...place, spellingsField(attributes, spec)];
}

/** What everyone in the organization may find, as others write it. */
function spellingsField(attributes: Attributes, { searchable }: FullSpec): Field {
  const texts = searchable.filter((path) => {
    const [name = ''] = path.split('.');
    const attribute = attributeAt(attributes, path);
    return attribute && isText(attribute) && attributes[name]?.restricted !== true;
  });
  return {
    name: SPELLINGS,
    paths: [SPELLINGS],
    restricted: false,
    displayed: false,
    read: (item) => {
      const spellings = texts.flatMap((path) => otherSpellings(String(valueAt(item, path) ?? '')));
      return spellings.length > 0 ? spellings : undefined;
    },
  };
}

/** The value of an attribute, or of a map's property. */
function valueAt(item: Readonly<Record<string, unknown>>, path: string): unknown {
  const [name = '', property] = path.split('.');
  const whole = item[name] as Readonly<Record<string, unknown>> | undefined;
  return property === undefined ? whole : whole?.[property];
}

function textField(attributes: Attributes, path: string, field: string, formOf: (text: string) => string): Field {
  const [name = ''] = path.split('.');
  const formed = (value: unknown): DocumentValue => (Array.isArray(value) ? value.map(formed) : formOf(String(value)));
  return {
    name: field,
    paths: [],
    restricted: attributes[name]?.restricted === true,
    displayed: false,
    read: (item) => {
      const value = valueAt(item, path);
      return value === undefined ? undefined : formed(value);
    },
  };
}
