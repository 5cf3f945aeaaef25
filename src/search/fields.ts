import type { Attributes } from '../entities/core/attributes.ts';
import { type DocumentValue, FACET, PLACE, SPELLINGS, TEXT } from './document.ts';
import { attributeAt, encode, facetText, isText, otherSpellings, partsOf, textKey } from './encoding.ts';
import type { FullSpec } from './spec.ts';

/** One top-level field of the documents. */
export interface Field {
  readonly name: string;
  /** The attribute that it holds whole. */
  readonly attribute?: string;
  /** The field itself and its properties as specs name them. */
  readonly paths: readonly string[];
  /** The attributes that its value tells of. */
  readonly tellsOf: readonly string[];
  /** Whether it tells of an attribute that not everyone in the organization may read. */
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
  const plain = [...Map.groupBy(paths, (path) => partsOf(path)[0])].map(([name, own]): Telling => {
    const attribute = attributes[name];
    const read: Field['read'] = (item) => (item[name] === undefined ? undefined : encode(attribute, item[name]));
    return { name, attribute: name, paths: own, tellsOf: [name], displayed: true, read };
  });
  const keyed = new Set([...filterable, ...sortable, ...ranked]);
  const ofText = (form: typeof TEXT | typeof FACET, from: Iterable<string>, formOf: (text: string) => string) =>
    [...from]
      .map((path) => ({ path, name: fieldIn(form, attributes, path) }))
      .filter(({ path, name }) => name !== path)
      .map(({ path, name }) => textField(path, name, formOf));
  const texts = [...ofText(TEXT, keyed, textKey), ...ofText(FACET, spec.facets, facetText)];
  const derived = Object.entries(spec.derived).map(
    ([name, { from, value }]): Telling => ({
      name,
      paths: [name],
      tellsOf: [from],
      displayed: false,
      // The declaration ties the function's parameter to the attribute's type.
      read: (item) => (item[from] === undefined ? undefined : value(item[from] as never)),
    }),
  );
  const place: Telling[] = geo
    ? [
        {
          name: PLACE,
          attribute: geo,
          paths: [PLACE],
          tellsOf: [geo],
          displayed: true,
          read: (item) => item[geo] as DocumentValue,
        },
      ]
    : [];
  const restricted = (name: string) => attributes[name]?.restricted === true;
  const open = searchable.filter((path) => !restricted(partsOf(path)[0]));
  return [...plain, ...texts, ...derived, ...place, spellingsField(attributes, open)].map((field) => ({
    ...field,
    restricted: field.tellsOf.some(restricted),
  }));
}

type Telling = Omit<Field, 'restricted'>;

/** What everyone in the organization may find, as others write it. */
function spellingsField(attributes: Attributes, open: readonly string[]): Telling {
  const texts = open.filter((path) => {
    const attribute = attributeAt(attributes, path);
    return attribute && isText(attribute);
  });
  return {
    name: SPELLINGS,
    paths: [SPELLINGS],
    tellsOf: texts.map((path) => partsOf(path)[0]),
    displayed: false,
    read: (item) => {
      const spellings = texts.flatMap((path) => otherSpellings(String(valueAt(item, path) ?? '')));
      return spellings.length > 0 ? spellings : undefined;
    },
  };
}

/** The value of an attribute, or of a map's property. */
function valueAt(item: Readonly<Record<string, unknown>>, path: string): unknown {
  const [name, property] = partsOf(path);
  const whole = item[name] as Readonly<Record<string, unknown>> | undefined;
  return property === undefined ? whole : whole?.[property];
}

function textField(path: string, field: string, formOf: (text: string) => string): Telling {
  const formed = (value: unknown): DocumentValue => (Array.isArray(value) ? value.map(formed) : formOf(String(value)));
  return {
    name: field,
    paths: [],
    tellsOf: [partsOf(path)[0]],
    displayed: false,
    read: (item) => {
      const value = valueAt(item, path);
      return value === undefined ? undefined : formed(value);
    },
  };
}
