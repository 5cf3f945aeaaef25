import type { GraphQLResolveInfo } from 'graphql';
import type { EntitySearch } from '../../search/define.ts';
import { highlightOf } from '../../search/highlights.ts';
import type { Hit } from '../../search/hits.ts';
import { itemIdOf } from '../../search/query.ts';
import type { Context } from '../context.ts';
import { loadWithPages, selectedParts } from '../electrodb/look-ahead.ts';
import type { Highlights } from './highlights.ts';

/** The item of a hit, with what is selected of it; undefined when it is gone or another organization's. */
export async function loadHit(
  ctx: Context,
  info: GraphQLResolveInfo,
  { entity }: EntitySearch,
  hit: Hit,
): Promise<object | undefined> {
  const id = itemIdOf(hit.id, ctx.viewer.org);
  return id === undefined ? undefined : loadWithPages(ctx, entity, id, info, ctx, selectedParts(info).nodes);
}

/** The item of a hit as far as its document tells; undefined when it is another organization's. */
export function itemOfHit(ctx: Context, search: EntitySearch, hit: Hit): object | undefined {
  const id = itemIdOf(hit.id, ctx.viewer.org);
  if (id === undefined) return undefined;
  const { version } = hit.document;
  return { ...search.item(hit.document), ...(version === undefined ? {} : { version }), [search.entity.name]: id };
}

/**
 * The marked text of a hit. There is none where the object has changed since it was indexed: it may say now what it did
 * not say then, and no longer what the text shows.
 */
export const highlightsOf =
  (hit: Hit, node: object): Highlights =>
  (path) => {
    const marked = path.split('.').reduce<unknown>((value, name) => Object(value)[name], hit.marked);
    const isCurrent = (node as { readonly version?: unknown }).version === hit.document['version'];
    return isCurrent && typeof marked === 'string' ? highlightOf(marked) : undefined;
  };
