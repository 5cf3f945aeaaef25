import type { DynamoDBRecord } from 'aws-lambda';
import { Records } from '../../entities/core/records.ts';
import { keyText, type TableKey } from '../../entities/core/statements.ts';
import type { Table } from '../../entities/core/table.ts';
import { Marker } from '../../entities/system/marker.ts';
import type { Measured } from '../../metrics.ts';
import type { Clock, Logger } from '../../runtime.ts';
import { imageIn, keyOf } from './stream-record.ts';

const markers = new Records(Marker);
const BEAT = 'heartbeat';
const SEEN = 'heartbeat-seen';

/** The item that passes the stream's filter although no index is about it: written again and again, whatever else is. */
export const HEARTBEAT_KEY: TableKey = markers.key(BEAT);

/** What a beat takes. */
export interface BeatServices extends Measured {
  readonly table: Table;
  readonly clock: Clock;
}

/**
 * Tells the metric `StreamSilence`, then sends the next beat through the stream. A stream that nobody reads any more fails
 * nowhere: no batch of it is measured, no call has an error.
 *
 * It is 0 where the beat of the call before was seen, which has had until this one to arrive: one that is written late after
 * a pause of the caller is no silence. Otherwise it is how long ago the newest beat that was seen was written, or the first of
 * all where none ever was. All beats are of one item, hence of one shard: it says nothing of the others.
 *
 * @throws what the table throws when it does not answer
 */
export async function beat({ table, clock, metrics }: BeatServices): Promise<void> {
  const [last, seen] = await Promise.all([markers.get(table, BEAT), markers.get(table, SEEN)]);
  const now = clock.now();
  const since = seen?.state ?? last?.createdAt;
  const isSilent = last !== undefined && (seen?.state ?? '') < last.state;
  metrics.put({ StreamSilence: isSilent && since ? Math.round((now.getTime() - Date.parse(since)) / 1_000) : 0 });
  await table.batchWrite([markers.put(BEAT, { state: now.toISOString() }, now, last)]);
}

/** What noting a beat takes. */
export interface SeeServices {
  readonly table: Table;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Notes the newest beat among the records of a batch; what it writes does not pass the filter. It never throws: a beat that
 * is not noted holds no change back, and the next one comes.
 *
 * @returns the records that are no beats
 */
export async function seeBeats(
  { table, clock, log }: SeeServices,
  records: readonly DynamoDBRecord[],
): Promise<DynamoDBRecord[]> {
  try {
    const states = records.filter(isBeat).flatMap((record) => markers.parse(imageIn(record)?.row)?.state ?? []);
    const newest = states.at(-1);
    if (newest !== undefined) await table.batchWrite([markers.put(SEEN, { state: newest }, clock.now())]);
  } catch (error) {
    log.warn({ err: error }, 'a heartbeat of the stream was not noted; the next one will be');
  }
  return records.filter((record) => !isBeat(record));
}

function isBeat(record: DynamoDBRecord): boolean {
  const key = keyOf(record);
  return key !== undefined && keyText(key) === keyText(HEARTBEAT_KEY);
}
