import { countsAtOnce, type List, needsPage } from './list.ts';
import type { Edge, Page, PageInfo } from './page.ts';

/** A Relay connection whose parts are read when they are asked for, each once. */
export interface Connection<Node> {
  /** @throws WorkBudgetExceededError */
  readonly edges: Promise<Edge<Node>[]>;
  /** @throws WorkBudgetExceededError */
  readonly pageInfo: Promise<PageInfo>;
  /**
   * How many items the whole list has, whatever the page. Nothing is counted when the page shows the whole list; that is
   * known when it is there, so that the count of a longer list takes another round trip.
   *
   * @throws WorkBudgetExceededError when there are more rows than the operation may read
   */
  totalCount(): Promise<number>;
}

/** How a connection is read. */
export interface ConnectionSource<Node> {
  page(): Promise<Page<Node>>;
  count(): Promise<number>;
}

/**
 * The connection of a list. What the operation selects is sent for at once: the page, which is waited for, so that what
 * is wrong with it is told of the connection itself, or the count, where no page is selected.
 *
 * @throws WorkBudgetExceededError
 */
export async function openConnection<T extends object>(
  list: List<T>,
  source: ConnectionSource<T>,
): Promise<Connection<T>> {
  let page: Promise<Page<T>> | undefined;
  const open = () => (page ??= source.page());
  // A failure is told where the count is asked for: it is counted once.
  if (countsAtOnce(list)) source.count().catch(() => undefined);
  if (needsPage(list)) await open();
  return {
    get edges() {
      return list.page.size === 0 ? Promise.resolve([]) : open().then(({ edges }) => edges);
    },
    get pageInfo() {
      return open().then(({ pageInfo }) => pageInfo);
    },
    async totalCount() {
      // A page that can't be had says nothing about the list.
      const shown = await page?.catch(() => undefined);
      const isWhole = shown && !shown.pageInfo.hasNextPage && !shown.pageInfo.hasPreviousPage;
      return isWhole ? shown.edges.length : source.count();
    },
  };
}
