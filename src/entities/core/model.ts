import { Entity } from 'electrodb';
import type { Attributes } from './attributes.ts';
import { electroReader, electroSchema, electroWriter, optionalComposites, type UntypedElectro } from './electro.ts';
import { unixSeconds } from './expiry.ts';
import { type Bounds, rangeOf } from './range.ts';
import type { Put, Row, TableKey, Update } from './statements.ts';
import { hasSets, nativeSets, stored } from './stored.ts';
import { type QueryRange, TABLE_INDEXES, type TableIndex } from './table.ts';

/**
 * A secondary index: the composites after `org`, which comes first in every partition key by construction.
 * An optional attribute in `pk` makes the index sparse: items without it are not in it.
 */
export interface IndexSpec<Name extends string = string> {
  readonly index: TableIndex;
  readonly collection?: string;
  /** `clustered` sorts the collection's entities by their composites, so that a parent without any comes first. */
  readonly type?: 'clustered';
  readonly pk: readonly Name[];
  readonly sk: readonly Name[];
}

/** The secondary indexes of an entity by access pattern. */
export type Indexes<Name extends string = string> = Readonly<Record<string, IndexSpec<Name>>>;

/** What generic code (writer, loader, indexer, stream) knows of every entity. */
export interface AnyEntity<Item extends object = object> {
  readonly name: string;
  /** One sentence; it becomes the GraphQL type's description. */
  readonly description: string;
  readonly attributes: Attributes;
  readonly indexes: Indexes;
  /** Names of the entities whose ids its attributes hold. */
  readonly references: readonly string[];
  /** Composites that may be absent: `NONE` stands for them at rest, where a filter or a key meets it. */
  readonly optionalComposites: ReadonlySet<string>;
  /** The table key of an item. */
  key(org: string, id: string): TableKey;
  /** Organization and id of a table key, or undefined when it is another entity's. */
  identify(key: TableKey): { readonly org: string; readonly id: string } | undefined;
  /** The item in a raw row, hidden attributes left out, or undefined when the row is another entity's. */
  parse(row: Row): Item | undefined;
  /**
   * The part of an index that has these composites: all of the partition key and any number of the sort key's first.
   *
   * @param bounds narrows the sort key's next composite down
   * @throws BadInputError for a value that no key can have, Error for composites that the index has not or that leave a gap
   */
  range(index: string, composites: Readonly<Record<string, string | number>>, bounds?: Bounds): QueryRange;
  /** Writes a new item; refused when its key is taken. */
  put(item: Readonly<Record<string, unknown>>): Put;
  /** Changes an existing item; refused when there is none, or when its `version` is not `when.version`. */
  patch(key: { readonly org: string; readonly id: string }, change: Change): Update;
  /**
   * Gives a row from before the keys that its item would have if it were written today, and changes nothing else; refused
   * when it is not at the row's version any more.
   *
   * @returns undefined where it has them already
   * @throws Error for a row of which no item could be made today
   */
  renew(row: Row): Update | undefined;
}

/** What a patch does to an item. */
export interface Change {
  /** Values as they are stored; see `stored`. */
  readonly set: Readonly<Record<string, unknown>>;
  readonly remove?: readonly string[];
  /** Current values of composites that share an index with a changed one. */
  readonly composites?: Readonly<Record<string, unknown>>;
  /** The version that the item must be at; any when left out. */
  readonly version?: number;
  /** An item that has expired by then counts as missing. */
  readonly now: Date;
}

/** The condition of a write that makes an item. */
const IF_NEW = {
  ConditionExpression: 'attribute_not_exists(#pk) AND attribute_not_exists(#sk)',
  ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk' },
} as const;

/** What ElectroDB makes of a declaration. */
interface Made {
  readonly electro: UntypedElectro;
  readonly read: (row: Row) => object;
  readonly rowOf: (item: object) => Row;
  readonly pkBeforeOrg: string;
  readonly pkBeforeId: string;
  readonly sk: string;
}

function make(name: string, attributes: Attributes, indexes: Indexes): Made {
  const schema = electroSchema(name, attributes, indexes);
  // ElectroDB's types need literal names, which a generic class has not. The table's name is set by Table.
  const electro = new Entity(schema as never, { table: 'roster' }) as unknown as UntypedElectro;
  // Names of entities hold no angle brackets.
  const { pk, sk } = electro.get({ org: '<org>', [name]: '<id>' }).params().Key;
  const [pkBeforeOrg = '', pkBeforeId = ''] = pk.split(/<org>|<id>/);
  return { electro, read: electroReader(electro), rowOf: electroWriter(electro, name), pkBeforeOrg, pkBeforeId, sk };
}

/** The run-time half of a declared entity. */
export class Model implements AnyEntity {
  readonly name: string;
  readonly description: string;
  readonly attributes: Attributes;
  readonly indexes: Indexes;
  readonly references: readonly string[];
  readonly optionalComposites: ReadonlySet<string>;
  readonly #hasSets: boolean;
  #made: Made | undefined;

  constructor(name: string, description: string, attributes: Attributes, indexes: Indexes) {
    this.name = name;
    this.description = description;
    this.attributes = attributes;
    this.indexes = indexes;
    this.references = [...new Set(Object.values(attributes).flatMap(({ references }) => references ?? []))];
    this.optionalComposites = optionalComposites(attributes, indexes);
    this.#hasSets = hasSets(attributes);
  }

  /** The ElectroDB entity. */
  get electro(): UntypedElectro {
    return this.#parts.electro;
  }

  // ElectroDB takes its time to make an entity, and a cold start is for one request, which seldom needs them all.
  get #parts(): Made {
    this.#made ??= make(this.name, this.attributes, this.indexes);
    return this.#made;
  }

  key(org: string, id: string): TableKey {
    // ElectroDB would make the same in 160 µs; the indexer asks for many.
    const { pkBeforeOrg, pkBeforeId, sk } = this.#parts;
    return { pk: `${pkBeforeOrg}${org}${pkBeforeId}${id}`, sk };
  }

  identify({ pk, sk }: TableKey) {
    const parts = this.#parts;
    if (sk !== parts.sk || !pk.startsWith(parts.pkBeforeOrg)) return undefined;
    const [org, id, ...rest] = pk.slice(parts.pkBeforeOrg.length).split(parts.pkBeforeId);
    return org && id && rest.length === 0 ? { org, id } : undefined;
  }

  parse(row: Row): object | undefined {
    return this.electro.ownsItem(row) || this.identify(row) ? this.#parts.read(row) : undefined;
  }

  range(index: string, composites: Readonly<Record<string, string | number>>, bounds?: Bounds): QueryRange {
    return rangeOf(this, this.electro, index, composites, bounds);
  }

  put(item: Readonly<Record<string, unknown>>): Put {
    const row = this.#parts.rowOf(stored(this.attributes, item));
    return { Put: { Item: this.#hasSets ? nativeSets(row) : row, ...IF_NEW } };
  }

  patch({ org, id }: { readonly org: string; readonly id: string }, change: Change): Update {
    let patch = this.electro
      .patch({ org, [this.name]: id })
      .set(change.set)
      .add({ version: 1 });
    if (change.remove?.length) patch = patch.remove(change.remove);
    if (change.composites && Object.keys(change.composites).length > 0) patch = patch.composite(change.composites);
    const { version, now } = change;
    patch = patch.where(
      ({ expires }, { gt, notExists }) => `(${notExists(expires)} OR ${gt(expires, unixSeconds(now))})`,
    );
    if (version !== undefined) patch = patch.where((attributes, { eq }) => eq(attributes['version'], version));
    const update = patch.params();
    if (!this.#hasSets) return { Update: update };
    return { Update: { ...update, ExpressionAttributeValues: nativeSets(update.ExpressionAttributeValues) } };
  }

  renew(row: Row): Update | undefined {
    const own = Object.entries(row).filter(([name]) => Object.hasOwn(this.attributes, name));
    const today: Readonly<Record<string, unknown>> = this.put(Object.fromEntries(own)).Put.Item ?? {};
    const composites = Object.values(this.indexes).flatMap(({ pk, sk }) => [...pk, ...sk]);
    const names = [...INDEX_KEYS, ...composites].filter((name) => today[name] !== row[name]);
    return names.length === 0 ? undefined : assignment(row, new Map(names.map((name) => [name, today[name]])));
  }
}

/** The keys of all secondary indexes. */
const INDEX_KEYS = TABLE_INDEXES.flatMap((index) => [`${index}pk`, `${index}sk`]);

/** Sets attributes of a row, or removes those that are undefined, if nobody has changed it meanwhile. */
function assignment({ pk, sk, version }: Row, values: ReadonlyMap<string, unknown>): Update {
  const all = [...values];
  const sets = all.flatMap(([, value], i) => (value === undefined ? [] : [`#n${i} = :v${i}`]));
  const removes = all.flatMap(([, value], i) => (value === undefined ? [`#n${i}`] : []));
  const clauses = [...(sets.length > 0 ? [`SET ${sets}`] : []), ...(removes.length > 0 ? [`REMOVE ${removes}`] : [])];
  return {
    Update: {
      Key: { pk, sk },
      UpdateExpression: clauses.join(' '),
      ConditionExpression: '#version = :version',
      ExpressionAttributeNames: {
        '#version': 'version',
        ...Object.fromEntries(all.map(([name], i) => [`#n${i}`, name])),
      },
      ExpressionAttributeValues: {
        ':version': version,
        ...Object.fromEntries(all.flatMap(([, value], i) => (value === undefined ? [] : [[`:v${i}`, value]]))),
      },
    },
  };
}
