import { EngineRefusal } from '../src/search/engine/errors.ts';
import { ensureIndexes } from '../src/search/indexer/ensure.ts';
import type { Services } from '../src/services.ts';
import { refusal } from './own-servers.ts';

/**
 * Creates the search indexes that are missing.
 *
 * @returns which indexes they are, by their times of creation: others, which are new or on another server, have not got
 *   what these have
 * @throws UsageError when the server's key may not do that
 */
export async function prepareIndexes(services: Services): Promise<string> {
  try {
    await ensureIndexes(services);
    const indexes = await services.engine.indexes();
    return indexes
      .map(({ uid, createdAt }) => `${uid} ${createdAt}`)
      .sort()
      .join(', ');
  } catch (error) {
    const refused = error instanceof EngineRefusal && /api_key|authorization/.test(error.reason);
    throw refused ? refusal(error, services.config.search.host) : error;
  }
}
