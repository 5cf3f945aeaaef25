import type { Table } from '../../entities/core/table.ts';
import type { Logger } from '../../runtime.ts';
import type { EntitySearch } from '../define.ts';
import type { ApplyServices } from '../indexer/apply.ts';
import { quarantineEntries, quarantineId } from '../indexer/quarantine.ts';
import { type Compared, type Drift, type RecheckServices, recheck, targetOf } from './recheck.ts';
import { repair } from './repair.ts';

/** What became of suspects. */
export interface Settled {
  /** Documents that were not as the table says. */
  readonly drift: number;
  /** Those among them that still are not: their items could not be applied. */
  readonly left: number;
  /** Documents of which nobody can tell, since their items never stopped changing. */
  readonly unverified: number;
}

/** How to look at suspects. */
export interface Looking extends Pick<RecheckServices, 'table' | 'patienceMs' | 'pay'> {
  /** Whether the index is known to be so: nothing that differs is waited for, and what changes is written again, too. */
  readonly isDamaged: boolean;
}

/** What settling takes. */
export interface SettleServices extends ApplyServices {
  readonly log: Logger;
}

/** How many documents the log names of those that differ. */
const EXAMPLES = 5;

/**
 * Looks at suspects of one index until it is clear what they are, and applies those that differ once more.
 *
 * @param looking how to look at them; `table` is for that alone
 * @throws what table and search engine throw when they don't answer
 */
export async function settle(
  services: SettleServices,
  looking: Looking,
  compared: Compared,
  ids: readonly string[],
): Promise<Settled> {
  const { engine, clock, log } = services;
  const { isDamaged, ...rest } = looking;
  const patienceMs = isDamaged ? 0 : looking.patienceMs;
  const rechecked = await recheck({ ...rest, patienceMs, engine, clock }, compared, ids);
  const drift = new Map(rechecked.drift);
  if (isDamaged) for (const id of rechecked.unverified) drift.set(id, 'stale');
  const unverified = isDamaged ? 0 : rechecked.unverified.length;
  for (const id of await quarantinedOf(looking.table, compared.search, drift)) drift.delete(id);
  if (drift.size === 0) return { drift: 0, left: 0, unverified };
  const { failed } = await repair(services, [{ ...compared, drift }]);
  const examples = Object.fromEntries([...drift].slice(0, EXAMPLES));
  log.warn(
    { index: compared.name, documents: drift.size, failed, examples },
    'documents were not as the table says; they were written again',
  );
  return { drift: drift.size, left: failed, unverified };
}

/** Missing documents whose items are in quarantine: they are to be missing. */
async function quarantinedOf(
  table: Table,
  search: EntitySearch,
  drift: ReadonlyMap<string, Drift>,
): Promise<readonly string[]> {
  const entries = new Map(
    [...drift].flatMap(([id, kind]) => {
      const target = kind === 'missing' ? targetOf(search, id) : undefined;
      return target ? [[quarantineId(search.entity.name, target.org, target.id), id] as const] : [];
    }),
  );
  const keys = [...entries.keys()].map((entry) => quarantineEntries.key(entry));
  const rows = await table.batchGet(keys, { consistent: true });
  return rows.flatMap((row) => entries.get(quarantineEntries.parse(row)?.quarantine ?? '') ?? []);
}
