import type { Table } from '../../entities/core/table.ts';
import type { Measured } from '../../metrics.ts';
import type { Clock } from '../../runtime.ts';
import { searches } from '../all.ts';
import type { EntitySearch } from '../define.ts';
import { comparisons } from '../doctor/comparisons.ts';
import { countQuarantined } from '../indexer/quarantine.ts';
import { searchStates } from '../indexer/state.ts';

/** What measuring takes. */
export interface GaugeServices extends Measured {
  readonly table: Table;
  readonly clock: Clock;
}

/**
 * Tells the metrics of each entity how its indexes are now. Unlike what is told of an event, this is told again and again for
 * as long as it is so, and so long lasts an alarm on it.
 *
 * @throws what the table throws when it does not answer
 */
export async function tellGauges(services: GaugeServices): Promise<void> {
  await Promise.all(searches.map((search) => tellGaugesOf(services, search)));
}

async function tellGaugesOf(services: GaugeServices, search: EntitySearch): Promise<void> {
  const { table, metrics } = services;
  const { name } = search.entity;
  const [state, quarantined, { ageSeconds, drift }] = await Promise.all([
    searchStates.get(table, name),
    countQuarantined(table, name),
    lastComparison(services, name),
  ]);
  metrics.put(
    {
      QuarantinedItems: quarantined,
      DamagedIndexes: state?.damage === undefined ? 0 : 1,
      ComparisonAge: ageSeconds,
      // Nobody knows before the first one.
      ...(drift !== undefined && { Drift: drift }),
    },
    name,
  );
}

/** The age counts from the first look where there was no comparison yet, so that one that never ends is noticed too. */
async function lastComparison({ table, clock }: GaugeServices, entity: string) {
  const now = clock.now();
  const stored = await comparisons.get(table, entity);
  if (!stored) await comparisons.replace(table, entity, {}, now);
  const since = stored?.comparedAt ?? stored?.createdAt ?? now.toISOString();
  return { ageSeconds: Math.max(0, Math.round((now.getTime() - Date.parse(since)) / 1_000)), drift: stored?.drift };
}
