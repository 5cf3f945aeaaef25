import type { TableKey } from '../entities/core/statements.ts';
import type { Table } from '../entities/core/table.ts';
import type { Clock, Logger } from '../runtime.ts';
import type { Search } from './client.ts';
import { documentId, type EntitySearch } from './define.ts';
import { IndexLostError } from './index-writer.ts';
import { identify, type Plan, readPlans, type Target } from './plan.ts';
import { type Quarantined, readQuarantine } from './quarantine.ts';

/** The side effects of indexing. */
export interface ApplyServices {
  readonly table: Table;
  readonly search: Search;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What became of the keys; each searchable one counts once. */
export interface ApplyResult {
  /** Keys whose items are now in the indexes as they are in the table, absent ones included. */
  readonly applied: number;
  /** Items that can't be indexed; they are out of the indexes and listed in quarantine. */
  readonly quarantined: readonly Quarantined[];
  /** Keys to try again: an index did not take them, or the items changed faster than they could be indexed. */
  readonly failed: readonly TableKey[];
}

/** How often a batch is indexed anew because its items changed meanwhile. */
const ROUNDS = 8;

/**
 * Makes the indexes equal to the table for these keys, whoever else is writing, and verifies it.
 *
 * The stream, the rebuild, redrive and repair all use this one function. It trusts no event's image: items are read now,
 * consistently, and once more after index and quarantine have been written; a difference means that somebody wrote in
 * between, and those items go around again. Whoever writes last has verified after writing. Keys of entities that aren't
 * searchable are ignored.
 *
 * For `n` items of one entity it costs 2 × ⌈n/100⌉ BatchGets and one Get, and ⌈n/100⌉ BatchGets more in a table that
 * ever had something in quarantine; for each index one addition per 5 MB, one deletion, the waiting for these, and
 * one read of its settings.
 *
 * @throws when the table does not answer; some of the items may have been indexed by then
 */
export async function apply(services: ApplyServices, keys: readonly TableKey[]): Promise<ApplyResult> {
  const targets = identify(keys);
  if (targets.length === 0) return { applied: 0, quarantined: [], failed: [] };
  const [quarantine, first] = await Promise.all([
    readQuarantine(services.table, targets),
    readPlans(services, targets),
  ]);
  const settled: Plan[] = [];
  const failed: Plan[] = [];
  let plans = first;
  for (let round = 1; plans.length > 0 && round <= ROUNDS; round++) {
    const { taken, refused } = await send(services, plans);
    failed.push(...refused);
    await quarantine.update(taken, services.clock.now());
    const again = await readPlans(services, taken.map(targetOf));
    const isSettled = ({ fingerprint }: Plan, i: number) => fingerprint === taken[i]?.fingerprint;
    settled.push(...again.filter(isSettled));
    plans = again.filter((plan, i) => !isSettled(plan, i));
  }
  failed.push(...plans);
  const quarantined = settled.flatMap(quarantinedBy);
  for (const entry of quarantined) services.log.warn(entry, 'an item can not be indexed and is in quarantine');
  return { applied: settled.length - quarantined.length, quarantined, failed: failed.map(({ target }) => target.key) };
}

const targetOf = ({ target }: Plan): Target => target;

const quarantinedBy = ({ target: { search, org, id }, problem }: Plan): Quarantined[] =>
  problem ? [{ entity: search.entity.name, org, id, reason: problem }] : [];

/** Which plans are in all indexes of their entities now, and which may not be. */
interface Sent {
  readonly taken: readonly Plan[];
  readonly refused: readonly Plan[];
}

/** Brings the plans into all indexes at once. */
async function send({ search: engine, log }: ApplyServices, plans: readonly Plan[]): Promise<Sent> {
  const refusing = new Set<EntitySearch>();
  const writes = [...Map.groupBy(plans, ({ target }) => target.search)].flatMap(([search, own]) =>
    search.indexes.map(async (index) => {
      const documents = own.flatMap((plan) => plan.documents.get(index) ?? []);
      const absent = own.filter((plan) => !plan.documents.has(index));
      const deletions = absent.map(({ target: { org, id } }) => documentId(org, id));
      try {
        await engine.write(index, documents, deletions);
      } catch (error) {
        refusing.add(search);
        // What others wrote into a lost index before is not tried again by anybody.
        const level = error instanceof IndexLostError ? 'error' : 'warn';
        const facts = { err: error, index: index.name, items: own.length };
        log[level](facts, 'an index did not take a write; it will be tried again');
      }
    }),
  );
  await Promise.all(writes);
  const isRefused = ({ target }: Plan) => refusing.has(target.search);
  return { taken: plans.filter((plan) => !isRefused(plan)), refused: plans.filter(isRefused) };
}
