import { BadInputError } from '../../errors.ts';
import { searches } from '../all.ts';
import type { EntitySearch } from '../define.ts';
import { outdatedSearches } from '../doctor/heal.ts';
import { RunBusyError } from '../rebuild/errors.ts';
import type { RebuildServices } from '../rebuild/fill.ts';
import { type Rebuilt, rebuild } from '../rebuild/rebuild.ts';

/** How long the indexes from before are kept when nothing else is said. */
export const DEFAULT_SOAK_MS = 3_600_000;

/** So many calls in a row may bring a rebuild no further until it is left to an operator. */
export const MAX_ATTEMPTS = 5;

/** What the owners of rebuilds that Lambda functions work on begin with. */
export const LAMBDA_OWNER = 'lambda-';

/** What a function is asked to rebuild; as JSON. */
export interface ReindexRequest {
  /** Names of entities. @defaultValue those whose declaration has changed */
  readonly entities?: readonly string[] | undefined;
  /** Every entity. */
  readonly all?: boolean | undefined;
  /** Read capacity units a second. @defaultValue no limit */
  readonly maxRcu?: number | undefined;
  /** How long the indexes from before are kept, minutes. @defaultValue 60 */
  readonly soakMinutes?: number | undefined;
}

/** What a call came to. `busy`: another process is at it; `current`: no declaration has changed. */
export type Reindexed = Partial<Rebuilt> & { readonly outcome: Rebuilt['status'] | 'busy' | 'current' };

/**
 * The searches of entities by name.
 *
 * @throws BadInputError naming those that there are
 */
export function searchesNamed(argument: string, names: readonly string[]): EntitySearch[] {
  const known = searches.map(({ entity }) => entity.name);
  const strange = names.find((name) => !known.includes(name));
  if (strange !== undefined)
    throw new BadInputError(argument, `"${strange}" is not searchable; give one of ${known.join(', ')}`);
  return searches.filter(({ entity }) => names.includes(entity.name));
}

/**
 * Rebuilds what is asked for as far as time allows. `unfinished` is to be called again with the same request.
 *
 * @param stopAtMs when to begin nothing more, by the monotonic clock
 * @throws BadInputError for a request that can't be, and what `rebuild` throws
 */
export async function reindex(
  services: RebuildServices,
  { entities, all = false, maxRcu, soakMinutes }: ReindexRequest,
  owner: string,
  stopAtMs: number,
): Promise<Reindexed> {
  const named = entities ? searchesNamed('entities', entities) : searches;
  const wanted = entities || all ? named : await outdatedSearches(services, named);
  if (wanted.length === 0) return { outcome: 'current' };
  const soakMs = soakMinutes === undefined ? DEFAULT_SOAK_MS : soakMinutes * 60_000;
  const onProgress = (phase: string, rows: number) => services.log.info({ phase, rows }, 'search indexes are rebuilt');
  try {
    const options = { owner, maxRcu, soakMs, stopAtMs, maxAttempts: MAX_ATTEMPTS, onProgress };
    const rebuilt = await rebuild(services, wanted, options);
    return { ...rebuilt, outcome: rebuilt.status };
  } catch (error) {
    if (!(error instanceof RunBusyError)) throw error;
    services.log.warn({ err: error }, 'another process rebuilds search indexes; this one leaves it to that');
    return { outcome: 'busy' };
  }
}
