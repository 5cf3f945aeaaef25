import type { Settings } from 'meilisearch';
import type { AnyValue } from '../entities/core/attributes.ts';
import type { Item } from '../entities/core/define.ts';
import { encodePart } from '../entities/core/keys.ts';
import type { AnyEntity } from '../entities/core/model.ts';
import { BUCKET, bucketOf, type Document, type DocumentValue, documentId, FACET, TEXT } from './document.ts';
import { attributeAt, decode, encode, isText, type Scalar, textKey } from './encoding.ts';
import { type Field, fieldIn, fieldsOf } from './fields.ts';
import { type SettingsSource, settingsOf } from './settings.ts';
import { type FullSpec, type PathOf, type SearchSpec, spelledOut } from './spec.ts';

/** One Meilisearch index. */
export interface SearchIndex {
  /** Name without the stage's prefix. */
  readonly name: string;
  readonly settings: Settings;
  /** The attributes that its documents hold whole. */
  readonly attributes: ReadonlySet<string>;
  /** The document of an item: a pure function of that item alone. */
  document(key: { readonly org: string; readonly id: string }, item: object, expires: number | undefined): Document;
}

/** A searchable entity: its indexes, and how attribute values look in their documents. */
export interface EntitySearch {
  readonly entity: AnyEntity;
  /** What everyone in the organization may read. */
  readonly open: SearchIndex;
  /** Everything; for viewers who may read the restricted attributes. Absent when there are none. */
  readonly restricted: SearchIndex | undefined;
  readonly indexes: readonly SearchIndex[];
  /** What of the entity can be searched, all that is implied spelled out. */
  readonly spec: FullSpec;
  /** The attributes that an answer, its order or its length can tell of: all that documents hold anything of. */
  readonly tellsOf: ReadonlySet<string>;
  /** Whether not everyone in the organization may read what is at a path. @throws Error for one that is not searched by */
  isRestricted(path: string): boolean;
  /** The index that can answer for these paths. @throws Error for one that is not searched by */
  indexFor(paths: readonly string[]): SearchIndex;
  /** The field of documents that a path is filtered and ordered by. */
  keyOf(path: string): string;
  /** The field of documents whose values are counted for a path. */
  facetOf(path: string): string;
  /** A value at a path as conditions compare with it. */
  encode(path: string, value: Scalar): Scalar;
  /** A value of a document's field as the table holds it. */
  decode(path: string, value: DocumentValue): unknown;
  /** The item's attributes that a document holds whole. */
  item(document: Readonly<Record<string, DocumentValue>>): Record<string, unknown>;
}

/**
 * Declares what of an entity can be searched. Attributes that the entity marks as restricted go into a second index of
 * their own, so that no filter, order or facet of anybody else can reach or infer them.
 *
 * @throws Error for what can't be searched in that way
 * @example
 * defineSearch(Office, { searchable: ['name', 'city'], filterable: ['country'], sortable: ['name'], geo: 'location' })
 */
export function defineSearch<E extends AnyEntity, const Searchable extends PathOf<Item<E>>>(
  entity: E,
  given: SearchSpec<Item<E>, Searchable>,
): EntitySearch {
  const { attributes } = entity;
  const spec = spelledOut(given);
  assertSearchable(entity, spec);
  const fields = fieldsOf(attributes, spec);
  // A map is asked about whole as well: whether there is any.
  const known = new Map(fields.flatMap((field) => [field.name, ...field.paths].map((path) => [path, field] as const)));
  const isRestricted = (path: string) => {
    const { restricted } = known.get(path) ?? {};
    if (restricted === undefined && !OF_ALL.includes(path))
      throw new Error(`${entity.name} is not searched by "${path}"; name it in its search`);
    return restricted === true;
  };
  const keyOf = (path: string) => fieldIn(TEXT, attributes, path);
  const facetOf = (path: string) => fieldIn(FACET, attributes, path);
  const index = (name: string, own: readonly Field[]) => buildIndex(name, own, { spec, keyOf, facetOf });
  const open = index(
    entity.name,
    fields.filter((field) => !field.restricted),
  );
  const restricted = fields.some((field) => field.restricted) ? index(`${entity.name}_restricted`, fields) : undefined;
  return {
    entity,
    open,
    restricted,
    indexes: restricted ? [open, restricted] : [open],
    spec,
    tellsOf: new Set(fields.flatMap(({ tellsOf }) => tellsOf)),
    isRestricted,
    // Every path is looked at: one that is not known must not pass behind one that is restricted.
    indexFor: (paths) => (paths.filter(isRestricted).length > 0 && restricted ? restricted : open),
    keyOf,
    facetOf,
    encode: (path, value) => {
      const attribute = attributeAt(attributes, path);
      return attribute && isText(attribute) ? textKey(String(value)) : (encode(attribute, value) as Scalar);
    },
    decode: (path, value) => decode(attributeAt(attributes, path), value),
    item: (document) =>
      Object.fromEntries(
        fields.flatMap(({ attribute, name }) => {
          const value = attribute === undefined ? undefined : document[name];
          return attribute === undefined || value === undefined || value === null
            ? []
            : [[attribute, decode(attributes[attribute], value)]];
        }),
      ),
  };
}

/** What documents of all entities can be asked by. */
const OF_ALL = ['id', 'version'];

function buildIndex(
  name: string,
  fields: readonly Field[],
  source: Pick<SettingsSource, 'spec' | 'keyOf' | 'facetOf'>,
): SearchIndex {
  const known = new Set(fields.flatMap(({ paths }) => paths));
  return {
    name,
    settings: settingsOf({
      ...source,
      holds: (path) => known.has(path),
      displayed: fields.filter(({ displayed }) => displayed).map((field) => field.name),
    }),
    attributes: new Set(fields.flatMap(({ attribute }) => attribute ?? [])),
    document: ({ org, id }, item, expires) => {
      const { version } = item as { readonly version?: number };
      const values: Record<string, DocumentValue> = version === undefined ? {} : { version };
      for (const field of fields) {
        const value = field.read(item as Readonly<Record<string, unknown>>);
        if (value !== undefined) values[field.name] = value;
      }
      const ownId = documentId(org, id);
      return {
        ...values,
        id: ownId,
        org: encodePart(org),
        [BUCKET]: bucketOf(ownId),
        ...(expires === undefined ? {} : { expires }),
      };
    },
  };
}

/** @throws Error for what the compiler can't see */
function assertSearchable({ name, attributes }: AnyEntity, spec: FullSpec): void {
  const refuse = (path: string, problem: string): never => {
    throw new Error(`${name}.${path} ${problem}`);
  };
  const at = (path: string): AnyValue => attributeAt(attributes, path) ?? refuse(path, 'is not known');
  for (const path of spec.highlighted) {
    if (!isText(at(path)) || at(path).items) refuse(path, 'is highlighted, and only text can be');
    if (!spec.searchable.includes(path)) refuse(path, 'is highlighted, but not searchable; nothing in it can match');
  }
  for (const word of spec.typos.exactWords ?? []) {
    // As Meilisearch keeps it, which would never equal the declaration otherwise.
    const kept = word
      .normalize('NFD')
      .replace(/[\u0300-\u036F]/g, '')
      .normalize('NFC')
      .toLowerCase();
    if (kept !== word)
      throw new Error(`${name} has the exact word "${word}"; write it "${kept}", accents do not count`);
  }
  for (const path of [...spec.filterable, ...spec.sortable])
    if (at(path).properties) refuse(path, 'is a map; name its properties, such as `salary.amount`');
}
