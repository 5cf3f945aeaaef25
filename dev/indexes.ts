import { damagedSearches, heal } from '../src/search/doctor/heal.ts';
import { EngineRefusal } from '../src/search/engine/errors.ts';
import { ensureIndexes } from '../src/search/indexer/ensure.ts';
import { finish } from '../src/search/rebuild/place.ts';
import { rebuild } from '../src/search/rebuild/rebuild.ts';
import { Run } from '../src/search/rebuild/run.ts';
import type { Services } from '../src/services.ts';
import { refusal } from './own-servers.ts';

/**
 * Creates the search indexes that are missing.
 *
 * @throws UsageError when the server's key may not do that
 */
export async function prepareIndexes(services: Services): Promise<void> {
  try {
    await ensureIndexes(services);
  } catch (error) {
    const refused = error instanceof EngineRefusal && /api_key|authorization/.test(error.reason);
    throw refused ? refusal(error, services.config.search.host) : error;
  }
}

/** For differences that last: what is written meanwhile is on its way. */
const PATIENCE_MS = 2_000;
/** The same for every process, so that each goes on at once with what another one has left: only one runs at a time. */
const OWNER = 'dev';

/**
 * Brings indexes up to date that lack documents, or that were built by another declaration than today's: on a
 * developer's machine nobody need be asked.
 */
export async function mendIndexes(services: Services): Promise<void> {
  const { outdated } = await ensureIndexes(services);
  const damaged = await damagedSearches(services);
  const options = { patienceMs: PATIENCE_MS, owner: OWNER, soakMs: 0 };
  if (outdated.length > 0) {
    const { run } = await rebuild(services, outdated, options);
    const done = await Run.join(services, run, OWNER);
    if (done) await finish(services, done);
  }
  await heal(services, damaged, options);
}
