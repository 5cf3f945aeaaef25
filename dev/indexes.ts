import { Meilisearch, MeilisearchApiError } from 'meilisearch';
import { searches } from '../src/search/all.ts';
import type { Services } from '../src/services.ts';
import { refusal } from './own-servers.ts';

/** More indexes than anybody has. */
const ALL = 10_000;

/**
 * Creates the search indexes, or brings their settings up to date.
 *
 * @returns which indexes they are, by their times of creation: others, which are new or on another server, have not got
 *   what these have
 * @throws UsageError when the server's key may not do that
 */
export async function ensureIndexes({ search, config }: Pick<Services, 'search' | 'config'>): Promise<string> {
  const { host, apiKey, indexPrefix, writeTimeoutMs } = config.search;
  try {
    const indexes = searches.flatMap((each) => each.indexes);
    await Promise.all(indexes.map((index) => search.ensureIndex(index, { update: true })));
    const client = new Meilisearch({ host, apiKey, timeout: writeTimeoutMs });
    const { results } = await client.getRawIndexes({ limit: ALL });
    const ours = results.filter(({ uid }) => uid.startsWith(indexPrefix));
    return ours
      .map(({ uid, createdAt }) => `${uid} ${createdAt}`)
      .sort()
      .join(', ');
  } catch (error) {
    const refused = error instanceof MeilisearchApiError && error.cause?.type === 'auth';
    throw refused ? refusal(error, host) : error;
  }
}
