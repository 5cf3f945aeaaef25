import { Records } from '../../entities/core/records.ts';
import { Marker } from '../../entities/system/marker.ts';
import { searches } from '../all.ts';
import type { EntitySearch } from '../define.ts';
import { examine } from '../doctor/examine.ts';
import { type HealServices, illOf, outdatedSearches } from '../doctor/heal.ts';
import { markDamaged } from '../indexer/transitions.ts';
import { alone } from './lease.ts';

/** How a check goes about it. */
export interface CheckUpOptions {
  /** Names this process. */
  readonly owner: string;
  /** Read capacity units a second that it may use. */
  readonly maxRcu: number;
  /** When to begin nothing more and read the table no further, by the monotonic clock. */
  readonly stopAtMs: number;
}

/** What a check came to; names of entities. */
export interface CheckedUp {
  /** Those that were compared with the table to the end. */
  readonly compared: readonly string[];
  /** Those of them that differ: noted as damaged, for `maintain` to repair. */
  readonly drifting: readonly string[];
  /** Those that there was no time for, or not to the end. */
  readonly left: readonly string[];
}

/** As long as a function of Lambda can run. */
const CHECKING_MS = 900_000;

const markers = new Records(Marker);
/** The marker of when an entity had its turn. */
const turnOf = ({ entity }: EntitySearch): string => `checked-${entity.name}`;

/** There is no time left to read the table to its end. */
class OutOfTime extends Error {}

/**
 * Compares the live indexes of all entities with the table, one entity after the other, and notes those that differ as
 * damaged. To be called once a day: it begins with the entity whose turn is the longest ago, so what there was no time for
 * comes first the next time. One that takes too long even as the first has had its turn: it holds up no others.
 *
 * @returns undefined when another process is at it
 * @throws when the table or the search engine does not answer; the next call goes on with what was not compared by then
 */
export function checkUp(services: HealServices, options: CheckUpOptions): Promise<CheckedUp | undefined> {
  return alone(services, 'check-up', options.owner, CHECKING_MS, async () => {
    const checked = { compared: [] as string[], drifting: [] as string[], left: [] as string[] };
    for (const [i, search] of (await inOrder(services)).entries()) {
      const { name } = search.entity;
      if (i === 0) await noteTurn(services, search);
      const isIll = await differs(services, search, options);
      if (isIll) checked.drifting.push(name);
      if (isIll === undefined) checked.left.push(name);
      else {
        checked.compared.push(name);
        await noteTurn(services, search);
      }
    }
    if (checked.left.length > 0)
      services.log.error(
        checked,
        'there was no time to compare all search indexes; the next call begins with the others',
      );
    return checked;
  });
}

/** The entities, the one first whose turn is the longest ago. */
async function inOrder({ table }: HealServices): Promise<EntitySearch[]> {
  const reads = searches.map(
    async (search) => [search, (await markers.get(table, turnOf(search)))?.state ?? ''] as const,
  );
  return (await Promise.all(reads)).sort(([, a], [, b]) => a.localeCompare(b)).map(([search]) => search);
}

function noteTurn({ table, clock }: HealServices, search: EntitySearch): Promise<void> {
  const now = clock.now();
  return table.batchWrite([markers.put(turnOf(search), { state: now.toISOString() }, now)]);
}

/** Whether the indexes of an entity differ from the table, which is noted; undefined when there was no time to find out. */
async function differs(
  services: HealServices,
  search: EntitySearch,
  { maxRcu, stopAtMs }: CheckUpOptions,
): Promise<boolean | undefined> {
  const { clock, log } = services;
  const assertTime = () => {
    if (clock.monotonicMs() >= stopAtMs) throw new OutOfTime();
  };
  try {
    assertTime();
    const examined = await examine(services, [search], { isLiveOnly: true, maxRcu, onRows: assertTime });
    const documents = examined.reduce((sum, { drift }) => sum + drift.size, 0);
    const unverified = examined.reduce((sum, each) => sum + each.unverified, 0);
    const isIll = illOf(examined, await outdatedSearches(services, [search])).length > 0;
    const { name: entity } = search.entity;
    log.info({ entity, documents, unverified, isIll }, 'search indexes were compared with the table');
    if (isIll)
      await markDamaged(services, search, `a comparison with the table found a difference in ${documents} documents`);
    return isIll;
  } catch (error) {
    if (error instanceof OutOfTime) return undefined;
    throw error;
  }
}
