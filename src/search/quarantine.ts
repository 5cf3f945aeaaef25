import { createHash } from 'node:crypto';
import { SYSTEM_ORG } from '../entities/core/keys.ts';
import { ConditionFailed, type Delete, type Put } from '../entities/core/statements.ts';
import type { QueryPage, StartKey, Table } from '../entities/core/table.ts';
import { Marker } from '../entities/marker.ts';
import { Quarantine } from '../entities/quarantine.ts';
import { documentId } from './define.ts';
import type { Plan, Target } from './plan.ts';

/** An item that can't be indexed. */
export interface Quarantined {
  readonly entity: string;
  readonly org: string;
  readonly id: string;
  readonly reason: string;
}

/** The entries of the items of one batch. */
export interface BatchQuarantine {
  /** Enters the items that have a problem, counting an attempt for each, and lets go of those that have none. */
  update(plans: readonly Plan[], now: Date): Promise<void>;
}

const KEY_LENGTH = 255;
const REASON_LENGTH = 2_000;
const USED = { org: SYSTEM_ORG, id: 'quarantine' } as const;

/** The id of an item's entry. Ids of items may be so long that, encoded, they are no key any more. */
export function quarantineId(entity: string, org: string, id: string): string {
  const plain = `${entity}_${documentId(org, id)}`;
  return plain.length <= KEY_LENGTH ? plain : `${entity}_${createHash('sha256').update(plain).digest('hex')}`;
}

/** All entries, by id, for operators. Read from a secondary index, so what was entered a moment ago may be missing. */
export async function listQuarantine(table: Table): Promise<Map<string, Quarantine>> {
  const range = Quarantine.range('entries', { org: SYSTEM_ORG });
  const found = new Map<string, Quarantine>();
  let after: StartKey | undefined;
  do {
    const page: QueryPage = await table.query(range, { limit: 500, after });
    for (const row of page.rows) {
      const entry = Quarantine.parse(row);
      if (entry) found.set(entry.quarantine, entry);
    }
    after = page.next;
  } while (after);
  return found;
}

/**
 * The entries of these items, read consistently: whoever mends an item must see the entry that was made before.
 * A marker says whether there has ever been an entry, so that most tables are spared a read per item.
 */
export async function readQuarantine(table: Table, targets: readonly Target[]): Promise<BatchQuarantine> {
  const used = await table.get(Marker.key(USED.org, USED.id), { consistent: true });
  const keys = used ? targets.map((target) => Quarantine.key(SYSTEM_ORG, idOf(target))) : [];
  const rows = await table.batchGet(keys, { consistent: true });
  const before = new Map(rows.flatMap((row) => Quarantine.parse(row) ?? []).map((entry) => [entry.quarantine, entry]));
  const present = new Set(before.keys());
  return {
    async update(plans, now) {
      const puts = plans.flatMap(({ target, problem }) =>
        problem ? [entryPut(target, problem, before.get(idOf(target)), now)] : [],
      );
      const cleared = plans.filter(({ problem }) => !problem).map(({ target }) => idOf(target));
      const deletions = cleared.filter((id) => present.has(id)).map(entryDelete);
      if (puts.length > 0) await markUsed(table, now);
      await table.batchWrite([...puts, ...deletions]);
      for (const id of cleared) present.delete(id);
      for (const { target, problem } of plans) if (problem) present.add(idOf(target));
    },
  };
}

const idOf = ({ search, org, id }: Target): string => quarantineId(search.entity.name, org, id);

const entryDelete = (id: string): Delete => ({ Delete: { Key: Quarantine.key(SYSTEM_ORG, id) } });

function entryPut(target: Target, problem: string, before: Quarantine | undefined, now: Date): Put {
  const at = now.toISOString();
  return Quarantine.put({
    org: SYSTEM_ORG,
    quarantine: idOf(target),
    itemEntity: target.search.entity.name,
    itemOrg: target.org,
    itemId: target.id,
    reason: problem.slice(0, REASON_LENGTH),
    attempts: (before?.attempts ?? 0) + 1,
    version: (before?.version ?? 0) + 1,
    createdAt: before?.createdAt ?? at,
    updatedAt: at,
  });
}

/** Set before the first entry is made, and never cleared. */
async function markUsed(table: Table, now: Date): Promise<void> {
  const at = now.toISOString();
  const marker = { org: USED.org, marker: USED.id, state: 'used', version: 1, createdAt: at, updatedAt: at };
  try {
    await table.write([Marker.put(marker)]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}
