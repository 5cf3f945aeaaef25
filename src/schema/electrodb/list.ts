import type { Condition } from '../../entities/core/filter.ts';
import type { AnyEntity } from '../../entities/core/model.ts';
import type { Bounds } from '../../entities/core/range.ts';
import type { QueryRange } from '../../entities/core/table.ts';
import type { Cursors } from './cursor.ts';
import { type ConnectionArgs, type PageRequest, pageRequest } from './page-args.ts';
import { type Position, startKeyOf } from './position.ts';
import type { Wanted } from './projection.ts';
import type { RangeOptions } from './reads.ts';

/** What may be selected of a connection. `nodes` counts as `edges`. */
export type ConnectionPart = 'edges' | 'pageInfo' | 'totalCount';

/** Which items a connection lists, in which order, and which page of them is asked for. */
export interface ListRequest<T extends object = object> {
  readonly entity: AnyEntity<T>;
  /** The index of the entity that has the items in order. */
  readonly index: string;
  /** Composites after `org`: all of the partition key and any number of the sort key's first. */
  readonly composites: Readonly<Record<string, string | number>>;
  /** Narrows the sort key further. */
  readonly bounds?: Bounds | undefined;
  /** Only these items. The others are read all the same, within the work budget. */
  readonly filter?: Condition | undefined;
  /** @defaultValue ASC, by the sort key */
  readonly order?: 'ASC' | 'DESC' | undefined;
  readonly args: ConnectionArgs;
  /** The GraphQL field, which cursors are bound to. */
  readonly field: string;
  /**
   * False leaves out the attributes that the entity declares as `wide`.
   *
   * @defaultValue true
   */
  readonly wide?: boolean | undefined;
  /**
   * What the operation selects of the connection, and is therefore read at once. The rest is read when it is asked for.
   *
   * @defaultValue `['edges']`
   */
  readonly selects?: readonly ConnectionPart[] | undefined;
}

/** A list whose arguments have been checked. */
export interface List<T extends object = object> extends Pick<ListRequest<T>, 'index' | 'composites' | 'filter'> {
  readonly entity: AnyEntity<T>;
  readonly range: QueryRange;
  readonly page: PageRequest;
  /** Where the page's cursor stands. */
  readonly position: Position | undefined;
  /** What cursors are bound to: field, arguments, organization. */
  readonly scope: string;
  readonly wanted: Wanted;
  readonly selects: readonly ConnectionPart[];
  /** The first Query of the page: one item more than asked for tells whether a page follows. */
  readonly query: RangeOptions;
}

/**
 * Checks a request for a list.
 *
 * @throws BadInputError, BadCursorError
 */
export function checkedList<T extends object>(
  request: ListRequest<T>,
  { org, cursors }: { readonly org: string; readonly cursors: Cursors },
): List<T> {
  const { entity, index, composites, bounds, filter, order = 'ASC', field, wide = true } = request;
  const page = pageRequest(request.args);
  const range = entity.range(index, { ...composites, org }, bounds);
  const narrowed = range.between || filter || order === 'DESC' ? [range.between, order, filter] : [];
  const scope = JSON.stringify([field, range.index, range.pk, range.beginsWith, ...narrowed]);
  const position = page.cursor === undefined ? undefined : cursors.decode(page.cursor, scope, page.cursorArgument);
  return {
    entity,
    index,
    composites,
    filter,
    range,
    page,
    position,
    scope,
    wanted: { entity, wide },
    selects: request.selects ?? ['edges'],
    query: {
      limit: page.size + 1,
      // The last of a descending list are the first of the index.
      reverse: (order === 'DESC') !== (page.direction === 'backward'),
      after: position && startKeyOf(position, range),
      filter,
    },
  };
}

/** True when the page has to be read for what is selected: nobody needs to read anything to show no edges. */
export const needsPage = ({ selects, page }: List): boolean =>
  selects.includes('pageInfo') || (page.size > 0 && selects.includes('edges'));

/** True when the items have to be counted whatever the page shows: a page that is read may be the whole list. */
export const countsAtOnce = (list: List): boolean => list.selects.includes('totalCount') && !needsPage(list);
