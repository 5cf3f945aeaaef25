import { Records } from '../../entities/core/records.ts';
import type { Table } from '../../entities/core/table.ts';
import { Marker } from '../../entities/system/marker.ts';
import type { Clock, Logger } from '../../runtime.ts';
import { searches } from '../all.ts';
import type { Engine } from '../engine/engine.ts';
import { recall } from './tasks.ts';
import { markDamaged } from './transitions.ts';

/** What watching the server needs. */
export interface WatchServices {
  readonly table: Table;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly log: Logger;
}

const markers = new Records(Marker);
const NEWEST = 'newest-task';

/**
 * Notes all indexes as damaged when the server knows less than it once did: it was emptied, replaced, or restored from
 * a snapshot. Remembers its newest task for the next time.
 *
 * What was written after the last look and is lost does not show here, but as drift to the doctor.
 *
 * @throws when the table or the search engine does not answer
 */
export async function watchServer(services: WatchServices): Promise<void> {
  const { table, engine, clock } = services;
  // One after the other: a task that somebody else notes after the server was asked would seem to be lost.
  const before = await markers.get(table, NEWEST);
  const newest = await engine.newestTask();
  const [uid, enqueuedAt = ''] = before?.state.split(' ') ?? [];
  // Asked last: a server that goes back in between is found out now or by the next look.
  if (before && (await recall(engine, { uid: Number(uid), enqueuedAt })) === 'lost') await noteRestored(services);
  // An emptied server has none: what was known of it goes, or the same loss would be noted again when it was repaired.
  if (before && !newest) await table.batchWrite([markers.delete(NEWEST)]);
  if (newest && newest.enqueuedAt !== enqueuedAt)
    await markers.replace(table, NEWEST, { state: `${newest.uid} ${newest.enqueuedAt}` }, clock.now(), before);
}

/** Notes all indexes as damaged. */
export async function noteRestored(services: Omit<WatchServices, 'engine'>): Promise<void> {
  services.log.error({}, 'the search engine was emptied, replaced or restored: all indexes must be repaired');
  await Promise.all(searches.map((search) => markDamaged(services, search, 'the search engine has gone back in time')));
}
