import { Records } from '../../entities/core/records.ts';
import type { Table } from '../../entities/core/table.ts';
import { Marker } from '../../entities/system/marker.ts';
import type { Clock } from '../../runtime.ts';

const markers = new Records(Marker);

/**
 * Does work that only one process should do at a time. Nothing breaks if two do it after all, as when one takes longer
 * than it may.
 *
 * @param name of the work
 * @param owner names this process; whoever has the same name is the same, as a call that Lambda tries again
 * @param leaseMs after this time a process that has not ended is taken for dead
 * @returns undefined when another process is at it
 */
export async function alone<T>(
  { table, clock }: { readonly table: Table; readonly clock: Clock },
  name: string,
  owner: string,
  leaseMs: number,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const id = `lease-${name}`;
  const before = await markers.get(table, id);
  const now = clock.now();
  const [until = '', holder] = before?.state.split(' ') ?? [];
  if (Date.parse(until) > now.getTime() && holder !== owner) return undefined;
  const state = `${new Date(now.getTime() + leaseMs).toISOString()} ${owner}`;
  if (!(await markers.replace(table, id, { state }, now, before))) return undefined;
  try {
    return await work();
  } finally {
    const mine = await markers.get(table, id);
    if (mine?.state === state) await markers.replace(table, id, { state: 'free' }, clock.now(), mine);
  }
}
