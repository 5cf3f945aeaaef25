import { type FieldNode, Kind, parse, type SelectionNode, type SelectionSetNode, valueFromASTUntyped } from 'graphql';
import type { Row } from '../../src/entities/core/statements.ts';
import { decodeGlobalId } from '../../src/schema/electrodb/global-id.ts';
import { LISTS, type List, REFERENCES, WIDE } from './relations-by-hand.ts';

/*
 * The least that a read operation can send over this table, worked out from the document and the rows alone: nothing of
 * the implementation is asked. Round by round, it collects what is needed and can be asked for by what is known, and
 * covers that by the fewest calls there are for it: one Query for a list, none for a parent that is its neighbour in a
 * collection, one BatchGetItem for up to 100 objects by key. What a count or a filter will find is known beforehand, so
 * that no implementation can do better; where Roster does not do as well, it is a decision, and is named.
 */

/** The table, and what the document can't tell. */
export interface World {
  /** Rows of one organization. */
  readonly rows: readonly Row[];
  /** The viewer's employee id. */
  readonly viewer: string | undefined;
  /** How many rows stand before a cursor, and at it. */
  readonly cursors: ReadonlyMap<string, number>;
}

interface ItemNeed {
  readonly entity: string;
  readonly id: string;
  readonly wide: boolean;
}

interface ListNeed {
  readonly list: List;
  readonly parentId: string | undefined;
  /** Its rows from where it begins, in the order of reading. */
  readonly rows: readonly Row[];
  /** How many of them are shown at most. */
  readonly size: number;
  /** How many of them are read, one more than shown included. */
  readonly reads: number;
  readonly counts: boolean;
  readonly wide: boolean;
  /** Whether its parent is its neighbour. */
  readonly besideParent: boolean;
}

const itemKey = (entity: string, id: string) => `${entity} ${id}`;
const entityOf = (row: Row) => String(row['__edb_e__']);
const idOf = (row: Row) => String(row[entityOf(row)]);

/** The calls by round trip, as {@link callText} has them, each round sorted. */
export function leastCalls(query: string, world: World): string[][] {
  return new Oracle(world, query).rounds();
}

/** A call as text: what it is, how many rows it reads, and whether it leaves out wide attributes. */
export const callText = (what: string, rows: number, narrow: boolean): string =>
  `${what}: ${rows} row${rows === 1 ? '' : 's'}${narrow ? ', narrow' : ''}`;

class Oracle {
  readonly #world: World;
  readonly #root: SelectionSetNode;
  /** What has been read, and whether with wide attributes. */
  readonly #items = new Map<string, boolean>();
  readonly #lists = new Map<string, Pick<ListNeed, 'size' | 'wide'>>();
  #itemNeeds = new Map<string, ItemNeed>();
  #listNeeds = new Map<string, ListNeed>();

  constructor(world: World, query: string) {
    const [operation] = parse(query).definitions;
    if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no operation');
    this.#world = world;
    this.#root = operation.selectionSet;
  }

  rounds(): string[][] {
    const rounds: string[][] = [];
    for (;;) {
      this.#itemNeeds = new Map();
      this.#listNeeds = new Map();
      this.#visitRoot(this.#root);
      if (this.#itemNeeds.size === 0 && this.#listNeeds.size === 0) return rounds;
      rounds.push(this.#cover().sort());
    }
  }

  #visitRoot(root: SelectionSetNode): void {
    for (const field of fieldsOf(root, 'Query')) {
      const args = argsOf(field);
      const name = field.name.value;
      const ids = name === 'nodes' ? (args['ids'] as string[]) : typeof args['id'] === 'string' ? [args['id']] : [];
      for (const globalId of ids) {
        const { typename, id } = decodeGlobalId(globalId, 'id');
        this.#visitItem(typename.toLowerCase(), id, field, false);
      }
      if (name === 'viewer' && this.#world.viewer !== undefined)
        for (const each of fieldsOf(field.selectionSet, 'Viewer'))
          if (each.name.value === 'employee') this.#visitItem('employee', this.#world.viewer, each, false);
      if (LISTS[`query.${name}`]) this.#visitList('query', undefined, field);
    }
  }

  #visitItem(entity: string, id: string, field: FieldNode, idIsKnown: boolean): void {
    const fields = fieldsOf(field.selectionSet, entity);
    const names = fields.map(({ name }) => name.value);
    const wide = names.includes(WIDE[entity] ?? '');
    const isNeeded = !idIsKnown || names.some((name) => name !== 'id' && !LISTS[`${entity}.${name}`]);
    if (isNeeded) this.#need(entity, id, wide);
    const row = this.#read(entity, id);
    for (const each of fields) {
      const name = each.name.value;
      if (LISTS[`${entity}.${name}`]) this.#visitList(entity, id, each);
      const reference = REFERENCES[`${entity}.${name}`];
      const target = row?.[name];
      if (reference && typeof target === 'string' && target !== '-')
        this.#visitItem(reference.target, target, each, reference.idIsKnown);
    }
  }

  #visitList(parent: string, parentId: string | undefined, field: FieldNode): void {
    const list = LISTS[`${parent}.${field.name.value}`];
    if (!list) throw new Error(`no list ${parent}.${field.name.value}`);
    const { first, last, after, filter, order, ...conditions } = argsOf(field);
    const parts = fieldsOf(field.selectionSet, 'Connection');
    const names = parts.map(({ name }) => name.value);
    const backward = typeof last === 'number';
    const size = Number(last ?? first ?? 20);
    const all = this.#rowsOf(list, parentId, conditions);
    const reversed = backward !== (order === 'DESC');
    const rows = (reversed ? all.toReversed() : all).slice(this.#world.cursors.get(String(after)) ?? 0);
    const passing = rows.filter((row) => passes(filter, row));
    const showsPage = names.includes('pageInfo') || (size > 0 && names.includes('edges'));
    const extra = passing[size];
    const reads = extra ? rows.indexOf(extra) + 1 : rows.length;
    const nodes = parts.flatMap((part) =>
      fieldsOf(part.selectionSet, 'Edge').filter(({ name }) => name.value === 'node'),
    );
    const wide = nodes.some((node) =>
      fieldsOf(node.selectionSet, list.child).some(({ name }) => name.value === WIDE[list.child]),
    );
    const isPlain = !reversed && after === undefined && isNone(filter) && Object.keys(conditions).length === 0;
    const need = { list, parentId, rows, size, reads, wide, besideParent: Boolean(list.isCollection) && isPlain };
    const place = JSON.stringify([list.pattern, parentId, conditions, isNone(filter) ? undefined : filter]);
    if (names.includes('totalCount') && !(showsPage && passing.length <= size && rows.length === all.length))
      this.#needList(`count ${place}`, { ...need, reads: all.length, counts: true, wide: true, besideParent: false });
    if (!showsPage) return;
    if (!this.#needList(`page ${place} ${reversed} ${after}`, { ...need, counts: false })) return;
    for (const row of passing.slice(0, size))
      for (const node of nodes) this.#visitItem(list.child, idOf(row), node, false);
  }

  /** Rows that have been read are known from then on, with what they refer to. */
  #read(entity: string, id: string): Row | undefined {
    return this.#items.has(itemKey(entity, id)) ? this.#find(entity, id) : undefined;
  }

  #find = (entity: string, id: string) => this.#world.rows.find((row) => entityOf(row) === entity && idOf(row) === id);

  #rowsOf({ child, index, parent, by }: List, parentId: string | undefined, conditions: Record<string, unknown>) {
    return this.#world.rows
      .filter((row) => entityOf(row) === child && (parent === undefined || row[parent] === parentId))
      .filter((row) => by.every((name) => !(name in conditions) || row[name] === stored(conditions[name])))
      .toSorted((a, b) => (String(a[`${index}sk`]) < String(b[`${index}sk`]) ? -1 : 1));
  }

  #need(entity: string, id: string, wide: boolean): void {
    const key = itemKey(entity, id);
    const known = this.#items.get(key);
    if (known === true || (known === false && !wide)) return;
    this.#itemNeeds.set(key, { entity, id, wide: wide || this.#itemNeeds.get(key)?.wide === true });
  }

  /** True when it is there: a longer page has a shorter one. */
  #needList(key: string, need: ListNeed): boolean {
    const known = this.#lists.get(key);
    if (known && known.size >= need.size && (known.wide || !need.wide)) return true;
    const other = this.#listNeeds.get(key);
    const longer = other && other.size > need.size ? other : need;
    this.#listNeeds.set(key, { ...longer, wide: need.wide || other?.wide === true });
    return false;
  }

  /** The fewest calls for what is needed; from then on it is known. */
  #cover(): string[] {
    const calls = [...this.#listNeeds].map(([key, need]) => {
      const parent = need.besideParent ? itemKey(need.list.parent ?? '', need.parentId ?? '') : '';
      const along = this.#itemNeeds.get(parent);
      this.#itemNeeds.delete(parent);
      this.#lists.set(key, need);
      const brought = need.counts ? [] : need.rows.slice(0, need.reads);
      for (const row of brought) this.#learn(entityOf(row), idOf(row), need.wide);
      if (along) this.#learn(along.entity, along.id, along.wide);
      const what = `Query ${along ? `${along.entity} with ` : ''}${need.list.pattern}${need.counts ? ' (count)' : ''}`;
      const wanted = [{ entity: need.list.child, wide: need.wide }, ...(along ? [along] : [])];
      return callText(what, need.reads + (along ? 1 : 0), !need.counts && isNarrow(wanted));
    });
    const items = [...this.#itemNeeds.values()];
    for (const { entity, id, wide } of items) this.#learn(entity, id, wide);
    for (let i = 0; i < items.length; i += 100) {
      const some = items.slice(i, i + 100);
      const names = [...new Set(some.map(({ entity }) => entity))].sort().join(', ');
      calls.push(callText(`${some.length > 1 ? 'BatchGetItem' : 'GetItem'} ${names}`, some.length, isNarrow(some)));
    }
    return calls;
  }

  #learn(entity: string, id: string, wide: boolean): void {
    const key = itemKey(entity, id);
    this.#items.set(key, wide || !WIDE[entity] || this.#items.get(key) === true);
  }
}

/** Whether something can be left out, and nobody needs it; both wide attributes have one name. */
const isNarrow = (wanted: readonly Pick<ItemNeed, 'entity' | 'wide'>[]): boolean =>
  wanted.some(({ entity }) => WIDE[entity]) && wanted.every(({ entity, wide }) => !WIDE[entity] || !wide);

/** Fields of a selection on a type, those of fragments on it or on interfaces included. */
function fieldsOf(selections: SelectionSetNode | undefined, type: string): FieldNode[] {
  return (selections?.selections ?? []).flatMap((selection: SelectionNode): FieldNode[] => {
    if (selection.kind === Kind.FIELD) return [selection];
    if (selection.kind === Kind.FRAGMENT_SPREAD) throw new Error('write fragments inline here');
    const condition = selection.typeCondition?.name.value.toLowerCase() ?? type;
    return [type, 'node', 'versioned'].includes(condition) ? fieldsOf(selection.selectionSet, type) : [];
  });
}

const argsOf = ({ arguments: args = [] }: FieldNode): Record<string, unknown> =>
  Object.fromEntries(args.map(({ name, value }) => [name.value, valueFromASTUntyped(value)]));

/** An enumeration's value as the table has it. */
const stored = (value: unknown): unknown =>
  typeof value === 'string' && /^[A-Z]+_?[A-Z]+$/.test(value) && value.length > 2
    ? value.toLowerCase().replace('_', '-')
    : value;

const isNone = (filter: unknown): boolean => Object.keys(filter ?? {}).length === 0;

/** The one kind of filter that the queries here have. */
function passes(filter: unknown, row: Row): boolean {
  const { title } = (filter ?? {}) as { readonly title?: { readonly startsWith: string } };
  return title === undefined || String(row['title']).startsWith(title.startsWith);
}
