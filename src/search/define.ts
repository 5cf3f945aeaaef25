import type { Settings } from 'meilisearch';
import { type AnyValue, type Attributes, itemsOf } from '../entities/core/attributes.ts';
import type { Item } from '../entities/core/define.ts';
import { decodePart, encodePart } from '../entities/core/keys.ts';
import type { AnyEntity } from '../entities/core/model.ts';

/** A value within a search document. */
export type DocumentValue =
  | string
  | number
  | boolean
  | null
  | readonly DocumentValue[]
  | { readonly [key: string]: DocumentValue };

/** What Meilisearch holds of one item. */
export interface Document {
  readonly id: string;
  readonly org: string;
  readonly [field: string]: DocumentValue;
}

/** Attributes of an item, and the properties of its maps as `salary.amount`. */
export type PathOf<T> = {
  [K in keyof T & string]: NonNullable<T[K]> extends string | number | boolean | readonly unknown[]
    ? K
    : K | `${K}.${keyof NonNullable<T[K]> & string}`;
}[keyof T & string];

/** A value computed from one attribute, to filter and sort by. */
export interface Derived<T, K extends keyof T & string = keyof T & string> {
  readonly from: K;
  readonly value: (value: NonNullable<T[K]>) => number | string;
}

/** What of an entity can be searched. */
export interface SearchSpec<T> {
  /** Searched for words, weightiest first. */
  readonly searchable: readonly PathOf<T>[];
  readonly filterable: readonly PathOf<T>[];
  readonly sortable: readonly PathOf<T>[];
  readonly derived?: { readonly [field: string]: { [K in keyof T & string]: Derived<T, K> }[keyof T & string] };
  /** A map of `lat` and `lng` in degrees. Meilisearch rewrites its tree of points on every write: only where needed. */
  readonly geo?: keyof T & string;
}

/** One Meilisearch index. */
export interface SearchIndex {
  /** Name without the stage's prefix. */
  readonly name: string;
  readonly settings: Settings;
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
  /** Attributes that everyone in the organization may filter by. */
  readonly filterable: readonly string[];
  /** Whether items have a place. */
  readonly geo: boolean;
  /** The index that can answer for these paths. */
  indexFor(paths: readonly string[]): SearchIndex;
  /** A value of an attribute as documents hold it. */
  encode(path: string, value: string | number | boolean): string | number | boolean;
}

/** The document id of an item: unique over all organizations, within Meilisearch's alphabet. */
export const documentId = (org: string, id: string): string => `${encodePart(org)}_${encodePart(id)}`;

/** The organization and id in a document id; undefined when no item has that document. */
export function identityOf(document: string): { readonly org: string; readonly id: string } | undefined {
  const [org = '', id = '', ...rest] = document.split('_').map(decodePart);
  return rest.length === 0 && documentId(org, id) === document ? { org, id } : undefined;
}

/**
 * The field that parts the documents of an index into {@link BUCKETS} of about the same size, by their ids: paging
 * through an index can miss documents while others are written, asking for all of a small bucket can't. No attribute
 * begins with an underscore.
 */
export const BUCKET = '_bucket';

/** How many buckets there are. */
export const BUCKETS = 256;

/** The bucket of a document id, from 0 (FNV-1a). */
export function bucketOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % BUCKETS;
}

/**
 * Declares what of an entity can be searched. Attributes that the entity marks as restricted go into a second index of
 * their own, so that no filter, order or facet of anybody else can reach or infer them.
 *
 * @example
 * defineSearch(Office, { searchable: ['name', 'city'], filterable: ['country'], sortable: ['name'], geo: 'location' })
 */
export function defineSearch<E extends AnyEntity>(entity: E, spec: SearchSpec<Item<E>>): EntitySearch {
  const fields = fieldsOf(entity.attributes, spec);
  const isRestricted = (path: string) => fields.find((field) => field.paths.includes(path))?.restricted === true;
  const open = buildIndex(
    entity.name,
    fields.filter((field) => !field.restricted),
    spec,
  );
  const restricted = fields.some((field) => field.restricted)
    ? buildIndex(`${entity.name}_restricted`, fields, spec)
    : undefined;
  return {
    entity,
    open,
    restricted,
    indexes: restricted ? [open, restricted] : [open],
    filterable: spec.filterable.filter((path) => !path.includes('.') && !isRestricted(path)),
    geo: spec.geo !== undefined,
    indexFor: (paths) => (restricted && paths.some(isRestricted) ? restricted : open),
    encode: (path, value) => encode(attributeAt(entity.attributes, path), value) as string | number | boolean,
  };
}

/** One top-level field of the documents. */
interface Field {
  readonly name: string;
  /** The field itself and its properties as they occur in settings. */
  readonly paths: readonly string[];
  readonly restricted: boolean;
  read(item: Readonly<Record<string, unknown>>): DocumentValue | undefined;
}

interface AnySpec {
  readonly searchable: readonly string[];
  readonly filterable: readonly string[];
  readonly sortable: readonly string[];
  readonly derived?: Readonly<
    Record<string, { readonly from: string; readonly value: (value: never) => number | string }>
  >;
  readonly geo?: string;
}

function fieldsOf(attributes: Attributes, spec: AnySpec): Field[] {
  const paths = [...new Set([...spec.searchable, ...spec.filterable, ...spec.sortable])];
  const plain = [...Map.groupBy(paths, (path) => path.split('.')[0] ?? path)].map(([name, own]): Field => {
    const attribute = attributes[name];
    return {
      name,
      paths: own,
      restricted: attribute?.restricted === true,
      read: (item) => (item[name] === undefined ? undefined : encode(attribute, item[name])),
    };
  });
  const derived = Object.entries(spec.derived ?? {}).map(
    ([name, { from, value }]): Field => ({
      name,
      paths: [name],
      restricted: attributes[from]?.restricted === true,
      // The declaration ties the function's parameter to the attribute's type.
      read: (item) => (item[from] === undefined ? undefined : value(item[from] as never)),
    }),
  );
  const { geo } = spec;
  const point: Field[] = geo
    ? [
        {
          name: '_geo',
          paths: ['_geo'],
          restricted: attributes[geo]?.restricted === true,
          read: (item) => item[geo] as DocumentValue,
        },
      ]
    : [];
  return [...plain, ...derived, ...point];
}

function buildIndex(name: string, fields: readonly Field[], spec: AnySpec): SearchIndex {
  const known = new Set(fields.flatMap((field) => field.paths));
  const extra = [...Object.keys(spec.derived ?? {}), ...(spec.geo ? ['_geo'] : [])];
  const within = (paths: readonly string[]) => paths.filter((path) => known.has(path));
  return {
    name,
    settings: {
      searchableAttributes: within(spec.searchable),
      filterableAttributes: ['org', 'expires', BUCKET, ...within([...spec.filterable, ...extra])],
      sortableAttributes: within([...spec.sortable, ...extra]),
      // The graph asks for ids alone; frontends that search by themselves show the words that were found.
      displayedAttributes: ['id', ...within(spec.searchable)],
      // An order that was asked for comes before relevance.
      rankingRules: ['sort', 'words', 'typo', 'proximity', 'attribute', 'exactness'],
      separatorTokens: ['<', '>'],
    },
    document: ({ org, id }, item, expires) => {
      const values: Record<string, DocumentValue> = {};
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

function attributeAt(attributes: Attributes, path: string): AnyValue | undefined {
  const [name = '', property] = path.split('.');
  const attribute = attributes[name];
  return property === undefined || !attribute?.properties ? attribute : attribute.properties[property];
}

/** Dates become numbers so that they can be compared, ids an encoding that Meilisearch's case folding can't confuse. */
function encode(attribute: AnyValue | undefined, value: unknown): DocumentValue {
  const items = attribute && itemsOf(attribute);
  // A condition compares with one item.
  if (items) return Array.isArray(value) ? value.map((each) => encode(items, each)) : encode(items, value);
  const properties = attribute?.properties;
  if (properties && typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, encode(properties[name], each)]));
  }
  const scalar = attribute?.format?.scalar;
  if (typeof value === 'string' && scalar === 'Date') return dateNumber(value);
  if (typeof value === 'string' && scalar === 'DateTime') return Date.parse(value);
  if (typeof value === 'string' && scalar === 'ID') return encodePart(value);
  return value as DocumentValue;
}

/** A date as a number that sorts the same: `2024-02-29` is 20240229. */
export const dateNumber = (date: string): number => Number(date.replaceAll('-', ''));

/** Month and day of a date as a number: `2024-02-29` is 229. */
export const monthDay = (date: string): number => dateNumber(date) % 10_000;
