import type { EntitySearch } from '../define.ts';
import { damagedSearches } from '../doctor/heal.ts';
import { beat } from '../indexer/heartbeat.ts';
import { Steps } from '../indexer/steps.ts';
import { createUpkeep, type UpkeepBudget } from '../indexer/upkeep.ts';
import type { RebuildServices } from '../rebuild/fill.ts';
import { checkUp } from './check-up.ts';
import { type Collected, collect } from './collect.ts';
import { MaintenanceError } from './errors.ts';
import { tellGauges } from './gauges.ts';
import type { ReindexRequest } from './reindex.ts';
import { type Retried, retryDue } from './retry.ts';
import { type Tended, tendRuns } from './tend.ts';

/** What maintenance came to; what another process is at is missing. */
export interface Maintained {
  /** Names of entities whose indexes were built by another declaration than today's: to be rebuilt. */
  readonly outdated?: readonly string[];
  readonly runs?: Tended;
  readonly collected?: Collected;
  /** Items that were in quarantine lately and tried again. */
  readonly retried?: Retried;
  /** Names of the entities whose damaged indexes were made equal to the table again, and of those still damaged. */
  readonly healed?: { readonly healthy: readonly string[]; readonly damaged: readonly string[] };
}

/** How to maintain. */
export interface MaintainOptions {
  /** Has a rebuild go on whose function has died, or throws; where left out, the caller sees to them. */
  readonly resumeLater?: ((request: ReindexRequest) => Promise<void>) | undefined;
  /** When to leave the rest of a repair to the next call, by the monotonic clock. @defaultValue never */
  readonly stopAtMs?: number | undefined;
}

/** Nobody waits for it, but healing and rebuilds need their time too. */
const UPKEEP: UpkeepBudget = { totalMs: 240_000, sweepMs: 120_000 };

/**
 * Looks after the search indexes where nobody writes and nobody watches: does the upkeep, ends rebuilds that have soaked,
 * deletes what others have left behind, tries again what was put into quarantine lately, tells the metrics how the indexes
 * and the stream are, and repairs those that are noted as damaged. To be called every few minutes: what fails keeps nothing
 * else from being done, and is tried again by the next call.
 *
 * @param owner names this process
 * @throws MaintenanceError when a step has failed, after all of them were taken
 */
export async function maintain(
  services: RebuildServices,
  owner: string,
  { resumeLater, stopAtMs = Number.POSITIVE_INFINITY }: MaintainOptions = {},
): Promise<Maintained> {
  const { failed, ...upkept } = (await createUpkeep(services, UPKEEP)()) ?? { failed: [] };
  const steps = new Steps(({ step, error }) =>
    services.log.error({ err: error }, `${step} failed; it will be tried again`),
  );
  // First what holds up writers, last what takes long.
  const runs = await steps.take('looking after rebuilds', () => tendRuns(services, owner));
  for (const request of (resumeLater && runs?.stalled) ?? [])
    await steps.take('having rebuilds go on', async () => resumeLater?.(request));
  const collected = await steps.take('collecting what rebuilds have left', () => collect(services));
  const retried = await steps.take('trying again what is in quarantine', () => retryDue(services));
  await steps.take('measuring how the indexes are', () => tellGauges(services));
  await steps.take('sending a heartbeat through the stream', () => beat(services));
  const healed = await steps.take('repairing search indexes', () => healDamage(services, owner, stopAtMs));
  // Nothing but a failed call counts as one, for Lambda's metrics, its alarms and whoever has called.
  if (failed.length + steps.failed.length > 0) throw new MaintenanceError([...failed, ...steps.failed]);
  return {
    ...upkept,
    ...(runs && { runs }),
    ...(collected && { collected }),
    ...(retried && { retried }),
    ...(healed && { healed }),
  };
}

/**
 * Compares the indexes with the table where some are noted as damaged, or goes on with that.
 *
 * @returns undefined when another process is at it, or there is no time
 */
async function healDamage(services: RebuildServices, owner: string, stopAtMs: number): Promise<Maintained['healed']> {
  const damaged = await damagedSearches(services);
  if (damaged.length === 0) return { healthy: [], damaged: [] };
  if (services.clock.monotonicMs() >= stopAtMs) return undefined;
  if (!(await checkUp(services, { owner, stopAtMs, maxRcu: undefined }))) return undefined;
  const left = await damagedSearches(services);
  const namesOf = (searches: readonly EntitySearch[]) => searches.map(({ entity }) => entity.name);
  const healed = { healthy: namesOf(damaged.filter((search) => !left.includes(search))), damaged: namesOf(left) };
  services.log.warn(healed, 'damaged search indexes were compared with the table');
  return healed;
}
