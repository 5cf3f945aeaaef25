import { SYSTEM_ORG } from '../entities/keys.ts';
import { Quarantine } from '../entities/quarantine.ts';
import type { Delete, Put, TableKey } from '../entities/statements.ts';
import type { Table } from '../entities/table.ts';
import { documentId } from './define.ts';

/** An item that can't be indexed. */
export interface Quarantined {
  readonly entity: string;
  readonly org: string;
  readonly id: string;
  readonly reason: string;
}

/** The id of an item's entry. */
export const quarantineId = (entity: string, org: string, id: string): string => `${entity}_${documentId(org, id)}`;

/** All entries, by id. Read from an index, so an entry made a moment ago may be missing. */
export async function listQuarantine(table: Table): Promise<Map<string, Quarantine>> {
  const range = Quarantine.range('entries', { org: SYSTEM_ORG });
  const found = new Map<string, Quarantine>();
  let after: Readonly<Record<string, string>> | undefined;
  for (;;) {
    const { rows, more } = await table.query(range, { limit: 500, ...(after ? { after } : {}) });
    for (const row of rows) {
      const entry = Quarantine.parse(row);
      if (entry) found.set(entry.quarantine, entry);
      after = { pk: row.pk, sk: row.sk, gsi1pk: String(row['gsi1pk']), gsi1sk: String(row['gsi1sk']) };
    }
    if (!more) return found;
  }
}

/** Enters what can't be indexed, and clears what no longer belongs there. */
export async function updateQuarantine(
  table: Table,
  known: ReadonlyMap<string, Quarantine>,
  change: { readonly enter: readonly Quarantined[]; readonly leave: readonly TableKey[] },
  now: Date,
): Promise<void> {
  const at = now.toISOString();
  const puts = change.enter.map(({ entity, org, id, reason }): Put => {
    const entryId = quarantineId(entity, org, id);
    const before = known.get(entryId);
    return Quarantine.put({
      org: SYSTEM_ORG,
      quarantine: entryId,
      itemEntity: entity,
      itemOrg: org,
      itemId: id,
      reason: reason.slice(0, 2_000),
      attempts: (before?.attempts ?? 0) + 1,
      version: (before?.version ?? 0) + 1,
      createdAt: before?.createdAt ?? at,
      updatedAt: at,
    });
  });
  const deletions = change.leave.map((Key): Delete => ({ Delete: { Key } }));
  await table.batchWrite([...puts, ...deletions]);
}
