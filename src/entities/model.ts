import { type Attribute as ElectroAttribute, Entity } from 'electrodb';
import type { RosterError } from '../errors.ts';
import type { Format } from './formats.ts';
import { isKeySafe, NONE } from './keys.ts';
import type { Put, Row, TableKey, Update } from './statements.ts';
import type { QueryRange } from './table.ts';

/** What Roster adds to ElectroDB's own attribute options. */
export interface AttributeFacts {
  /** One sentence; it becomes the GraphQL description. */
  readonly description: string;
  /** What a value must look like beyond its type. */
  readonly format?: Format;
  /** The entity whose id this attribute holds; a write is refused unless that item exists. */
  readonly references?: string;
  /** Makes values unique within the organization, ignoring case; builds the error for a value that is taken. */
  readonly unique?: (value: string) => RosterError;
  /** Not everyone in the organization may read it: it stays out of the search index that everyone may query. */
  readonly restricted?: true;
}

/** An ElectroDB attribute with Roster's facts about it. */
export type Attribute = ElectroAttribute & AttributeFacts;

/** The attributes of an entity by name. */
export type Attributes = Readonly<Record<string, Attribute>>;

/**
 * A secondary index: the composites after `org`, which comes first in every partition key by construction.
 * An optional attribute in `pk` makes the index sparse: items without it are not in it.
 */
export interface IndexSpec<Name extends string = string> {
  readonly index: 'gsi1' | 'gsi2' | 'gsi3';
  readonly collection?: string;
  /** `clustered` sorts the collection's entities by their composites, so that a parent without any comes first. */
  readonly type?: 'clustered';
  readonly pk: readonly Name[];
  readonly sk: readonly Name[];
}

/** The secondary indexes of an entity by access pattern. */
export type Indexes<Name extends string = string> = Readonly<Record<string, IndexSpec<Name>>>;

/** ElectroDB's service name, which begins every partition key. */
export const SERVICE = 'roster';

/** What generic code (writer, loader, indexer, stream) knows of every entity. */
export interface AnyEntity<Item extends object = object> {
  readonly name: string;
  readonly attributes: Attributes;
  readonly indexes: Indexes;
  /** The table key of an item. */
  key(org: string, id: string): TableKey;
  /** Organization and id of a table key, or undefined when it is another entity's. */
  identify(key: TableKey): { readonly org: string; readonly id: string } | undefined;
  /** The item in a raw row, hidden attributes left out, or undefined when the row is another entity's. */
  parse(row: Row): Item | undefined;
  /** The part of an index that has these composites: all of the partition key and any number of the sort key's first. */
  range(index: string, composites: Readonly<Record<string, string>>): QueryRange;
  /** Writes a new item; refused when its key is taken. */
  put(item: Readonly<Record<string, unknown>>): Put;
  /** Changes an existing item; refused when there is none, or when its `version` is not `when.version`. */
  patch(key: { readonly org: string; readonly id: string }, change: Change): Update;
}

/** What a patch does to an item. */
export interface Change {
  readonly set: Readonly<Record<string, unknown>>;
  readonly remove?: readonly string[];
  /** Current values of composites that share an index with a changed one. */
  readonly composites?: Readonly<Record<string, unknown>>;
  /** The version that the item must be at; any when left out. */
  readonly version?: number;
  /** An item that has expired by then counts as missing. */
  readonly now: Date;
}

/** ElectroDB as generic code uses it: names and values known at run time only. */
interface UntypedElectro {
  get(key: object): { params(): { Key: TableKey } };
  create(item: object): { params(): Put['Put'] };
  patch(key: object): UntypedPatch;
  parse(row: object): { data: object | null };
  readonly query: Readonly<
    Record<string, (composites: object) => { params(): { ExpressionAttributeValues: Record<string, string> } }>
  >;
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

/** The run-time half of a declared entity. */
export class Model implements AnyEntity {
  readonly name: string;
  readonly attributes: Attributes;
  readonly indexes: Indexes;
  readonly entity: UntypedElectro;
  readonly #pkBeforeOrg: string;
  readonly #pkBeforeId: string;
  readonly #sk: string;

  constructor(name: string, attributes: Attributes, indexes: Indexes) {
    this.name = name;
    this.attributes = attributes;
    this.indexes = indexes;
    const schema = electroSchema(name, attributes, indexes);
    // ElectroDB's types need literal names, which a generic class has not. The table's name is set by Table.
    this.entity = new Entity(schema as never, { table: 'roster' }) as unknown as UntypedElectro;
    const probe = this.key('ORG', 'ID');
    [this.#pkBeforeOrg = '', this.#pkBeforeId = ''] = probe.pk.split(/ORG|ID/);
    this.#sk = probe.sk;
  }

  key(org: string, id: string): TableKey {
    return this.entity.get({ org, [this.name]: id }).params().Key;
  }

  identify({ pk, sk }: TableKey) {
    if (sk !== this.#sk || !pk.startsWith(this.#pkBeforeOrg)) return undefined;
    const [org, id, ...rest] = pk.slice(this.#pkBeforeOrg.length).split(this.#pkBeforeId);
    return org && id && rest.length === 0 ? { org, id } : undefined;
  }

  parse(row: Row): object | undefined {
    return this.entity.parse({ Item: row }).data ?? undefined;
  }

  range(index: string, composites: Readonly<Record<string, string>>): QueryRange {
    const spec = this.indexes[index];
    const query = this.entity.query[index];
    if (!spec || !query)
      throw new Error(`${this.name} has no index "${index}"; it has ${Object.keys(this.indexes).join(', ')}`);
    const stray = Object.keys(composites).find((name) => !['org', ...spec.pk, ...spec.sk].includes(name));
    if (stray)
      throw new Error(
        `${this.name}.${index} has no composite "${stray}"; it has ${[...spec.pk, ...spec.sk].join(', ')}`,
      );
    const sorted = spec.sk.map((composite) => composites[composite]);
    if (
      sorted.findLastIndex((value) => value !== undefined) >=
      (sorted.indexOf(undefined) + 1 || Number.POSITIVE_INFINITY)
    ) {
      throw new Error(`${this.name}.${index}: sort composites leave a gap; give ${spec.sk.join(', ')} from the left`);
    }
    const values = query(composites).params().ExpressionAttributeValues;
    const pattern = `${this.name}.${index}`;
    return { index: spec.index, pk: values[':pk'] ?? '', beginsWith: values[':sk1'] ?? '', pattern };
  }

  put(item: Readonly<Record<string, unknown>>): Put {
    return { Put: this.entity.create(plain(item)).params() };
  }

  patch({ org, id }: { readonly org: string; readonly id: string }, change: Change): Update {
    let patch = this.entity
      .patch({ org, [this.name]: id })
      .set(plain(change.set))
      .add({ version: 1 });
    if (change.remove?.length) patch = patch.remove(change.remove);
    if (change.composites && Object.keys(change.composites).length > 0) patch = patch.composite(change.composites);
    const { version, now } = change;
    patch = patch.where(
      ({ expires }, { gt, notExists }) =>
        `(${notExists(expires)} OR ${gt(expires, Math.floor(now.getTime() / 1_000))})`,
    );
    if (version !== undefined) patch = patch.where((attributes, { eq }) => eq(attributes['version'], version));
    return { Update: patch.params() };
  }
}

/** GraphQL's literal objects have no prototype, which ElectroDB takes for granted; a clone has. */
const plain = (values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => structuredClone(values);

/** Plain ElectroDB: key fields, casing and sparseness spelled out, and a last check on all that goes into a key. */
function electroSchema(name: string, attributes: Attributes, indexes: Indexes) {
  const specs = Object.entries(indexes);
  const composites = new Set(['org', name, ...specs.flatMap(([, spec]) => [...spec.pk, ...spec.sk])]);
  const optional = (composite: string) =>
    attributes[composite]?.required !== true && attributes[composite]?.hidden !== true;
  return {
    model: { entity: name, service: SERVICE, version: '1' },
    attributes: Object.fromEntries(
      Object.entries(attributes).map(([key, attribute]) => [
        key,
        composites.has(key) ? { ...attribute, validate: isKeyPart, ...(optional(key) ? noneAtRest : {}) } : attribute,
      ]),
    ),
    indexes: {
      [name]: { pk: keyPart('pk', ['org', name]), sk: keyPart('sk', []) },
      ...Object.fromEntries(
        specs.map(([pattern, { pk, sk, ...spec }]) => [
          pattern,
          {
            ...spec,
            ...sparse(pk.filter(optional)),
            pk: keyPart(`${spec.index}pk`, ['org', ...pk]),
            sk: keyPart(`${spec.index}sk`, sk),
          },
        ]),
      ),
    },
  };
}

const keyPart = (field: string, composite: readonly string[]) => ({ field, composite, casing: 'none' });

const isKeyPart = (value: unknown) =>
  value === undefined || value === NONE || (typeof value === 'string' && isKeySafe(value));

const noneAtRest = {
  default: NONE,
  get: (value: string) => (value === NONE ? undefined : value),
  set: (value?: string) => value ?? NONE,
};

const sparse = (optional: readonly string[]) =>
  optional.length === 0
    ? {}
    : {
        condition: (item: Readonly<Record<string, unknown>>) => optional.every((name) => (item[name] ?? NONE) !== NONE),
      };
