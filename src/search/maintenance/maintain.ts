import { damagedSearches, heal } from '../doctor/heal.ts';
import { createUpkeep, type UpkeepBudget } from '../indexer/upkeep.ts';
import type { RebuildServices } from '../rebuild/fill.ts';
import { type Collected, collect } from './collect.ts';
import { alone } from './lease.ts';
import { type Retried, retryDue } from './retry.ts';
import { type Tended, tendRuns } from './tend.ts';

/** What maintenance came to; a part that failed, or that another process is at, is missing. */
export interface Maintained {
  /** Names of entities whose indexes were built by another declaration than today's: to be rebuilt. */
  readonly outdated?: readonly string[];
  readonly runs?: Tended;
  readonly collected?: Collected;
  /** Items that were in quarantine lately and tried again. */
  readonly retried?: Retried;
  /** Names of the entities whose damaged indexes were found equal to the table again, and of those still damaged. */
  readonly healed?: { readonly healthy: readonly string[]; readonly damaged: readonly string[] };
}

/** As long as a function of Lambda can run. */
const HEALING_MS = 900_000;

/** Nobody waits for it, but healing and rebuilds need their time too. */
const UPKEEP: UpkeepBudget = { totalMs: 240_000, sweepMs: 120_000 };

/**
 * Looks after the search indexes where nobody writes and nobody watches: does the upkeep, ends rebuilds that have soaked,
 * deletes what others have left behind, tries again what was put into quarantine lately, and repairs indexes that are noted
 * as damaged. To be called every few minutes; what fails is logged and tried again by the next call.
 *
 * @param owner names this process
 */
export async function maintain(services: RebuildServices, owner: string): Promise<Maintained> {
  const attempt = async <T>(what: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      services.log.error({ err: error }, `${what} failed; it will be tried again`);
      return undefined;
    }
  };
  const upkept = await createUpkeep(services, UPKEEP)();
  // First what holds up writers, last what takes long.
  const runs = await attempt('looking after rebuilds', () => tendRuns(services, owner));
  const collected = await attempt('collecting what rebuilds have left', () => collect(services));
  const retried = await attempt('trying again what is in quarantine', () => retryDue(services));
  const healed = await attempt('repairing search indexes', () =>
    alone(services, 'heal', owner, HEALING_MS, () => healDamage(services)),
  );
  return {
    ...upkept,
    ...(runs && { runs }),
    ...(collected && { collected }),
    ...(retried && { retried }),
    ...(healed && { healed }),
  };
}

async function healDamage(services: RebuildServices) {
  const damaged = await damagedSearches(services);
  if (damaged.length === 0) return { healthy: [], damaged: [] };
  const { healthy, applied, deleted, failed } = await heal(services, damaged);
  const names = { healthy: healthy.map(({ entity }) => entity.name), damaged: [] as string[] };
  names.damaged = damaged.map(({ entity }) => entity.name).filter((name) => !names.healthy.includes(name));
  services.log.warn({ ...names, applied, deleted, failed }, 'damaged search indexes were repaired');
  return names;
}
