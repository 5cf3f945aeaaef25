import { createHash } from 'node:crypto';
import { SYSTEM_ORG } from '../../entities/core/keys.ts';
import { type Recorded, Records } from '../../entities/core/records.ts';
import type { Put } from '../../entities/core/statements.ts';
import type { StartKey, Table } from '../../entities/core/table.ts';
import { Marker } from '../../entities/system/marker.ts';
import { Quarantine } from '../../entities/system/quarantine.ts';
import { documentId } from '../document.ts';
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
  /** Whether an update of these would write anything. */
  isTouchedBy(plans: readonly Plan[]): boolean;
  /** Enters the items that have a problem, counting an attempt for each, and lets go of those that have none. */
  update(plans: readonly Plan[], now: Date): Promise<void>;
}

const KEY_LENGTH = 255;
const REASON_LENGTH = 2_000;
const USED = 'quarantine';

const markers = new Records(Marker);

/** The entries of all items, by {@link quarantineId}. */
export const quarantineEntries = new Records(Quarantine);

/** More than anybody looks at one by one. */
const COUNTED = 1_000;

/** How many items of an entity are in quarantine; 1,000 stands for as many or more. */
export async function countQuarantined(table: Table, entity: string): Promise<number> {
  const bounds = { composite: 'quarantine', beginsWith: `${entity}_` };
  const range = Quarantine.range('entries', { org: SYSTEM_ORG }, bounds);
  let total = 0;
  let after: StartKey | undefined;
  do {
    const { count, next } = await table.count(range, { limit: COUNTED - total, after });
    total += count;
    after = next;
  } while (after && total < COUNTED);
  return total;
}

type Entry = Recorded<typeof Quarantine>;

/** The id of an item's entry. Ids of items may be so long that, encoded, they are no key any more. */
export function quarantineId(entity: string, org: string, id: string): string {
  const plain = `${entity}_${documentId(org, id)}`;
  return plain.length <= KEY_LENGTH ? plain : `${entity}_${createHash('sha256').update(plain).digest('hex')}`;
}

/**
 * The entries of these items, read consistently: whoever mends an item must see the entry that was made before.
 * A marker says whether there has ever been an entry, so that most tables are spared a read per item.
 */
export async function readQuarantine(table: Table, targets: readonly Target[]): Promise<BatchQuarantine> {
  const used = await markers.get(table, USED);
  const keys = used ? targets.map((target) => quarantineEntries.key(idOf(target))) : [];
  const rows = await table.batchGet(keys, { consistent: true });
  const entries = rows.flatMap((row) => quarantineEntries.parse(row) ?? []);
  const before = new Map(entries.map((entry) => [entry.quarantine, entry]));
  const present = new Set(before.keys());
  return {
    isTouchedBy: (plans) => plans.some(({ target, problem }) => problem || present.has(idOf(target))),
    async update(plans, now) {
      const puts = plans.flatMap(({ target, problem }) =>
        problem ? [entryPut(target, problem, before.get(idOf(target)), now)] : [],
      );
      const cleared = plans.filter(({ problem }) => !problem).map(({ target }) => idOf(target));
      const deletions = cleared.filter((id) => present.has(id)).map((id) => quarantineEntries.delete(id));
      // Set before the first entry is made, and never cleared.
      if (puts.length > 0 && !used) await markers.replace(table, USED, { state: 'used' }, now);
      await table.batchWrite([...puts, ...deletions]);
      for (const id of cleared) present.delete(id);
      for (const { target, problem } of plans) if (problem) present.add(idOf(target));
    },
  };
}

const idOf = ({ search, org, id }: Target): string => quarantineId(search.entity.name, org, id);

const entryPut = (target: Target, problem: string, before: Entry | undefined, now: Date): Put =>
  quarantineEntries.put(
    idOf(target),
    {
      itemEntity: target.search.entity.name,
      itemOrg: target.org,
      itemId: target.id,
      reason: problem.slice(0, REASON_LENGTH),
      attempts: (before?.attempts ?? 0) + 1,
    },
    now,
    before,
  );
