import { type ApplyServices, apply } from './apply.ts';
import { intentKeys, intents } from './intent.ts';
import { outlast } from './outlast.ts';
import { fence, forget, writerRecords } from './writers.ts';

/** What became of the writers that had ended. */
export interface SweepResult {
  /** Writers of which nothing is left, with their suspects applied. */
  readonly ended: number;
  /** Writers that are to be looked at again later, those that are at work among them. */
  readonly waiting: number;
  /** Those among them whose requests may still arrive although nobody waits for them any more. */
  readonly suspects: number;
}

/** Clocks may differ by this much: that of the server, of whoever withdrew a key, and of whoever looks at it. */
const SKEW_MS = 60_000;

/**
 * A request whose key was accepted before it was withdrawn has arrived after this time, body and all, or never will: its
 * sender has given it up by then. The server must have been at work for the last bit of it.
 */
export const GRACE_MS = 60_000;
const AT_WORK_MS = 1_000;

/**
 * Ends the writers that have died or given up: withdraws their keys, waits until nothing of theirs can arrive any more,
 * and applies what they had been about to send once more. Until then these items are suspects.
 *
 * Does not wait itself: it is called again and again, by the stream and on a schedule.
 *
 * @throws when the table or the search engine does not answer; what was done by then stays done
 */
export async function sweep(services: ApplyServices): Promise<SweepResult> {
  const { table, clock } = services;
  const listed = await writerRecords.list(table, 'writers', clock.now());
  let ended = 0;
  let waiting = 0;
  let suspects = 0;
  let isTaken = true;
  for (const { searchWriter: uid } of listed) {
    // The list may be older than the record.
    const writer = await writerRecords.get(table, uid);
    if (!writer) continue;
    const now = clock.now().getTime();
    if (writer.fencedAt === undefined && Date.parse(writer.expiresOn) + SKEW_MS <= now) {
      await fence(services, uid);
      suspects++;
    } else if (writer.fencedAt !== undefined && Date.parse(writer.fencedAt) + GRACE_MS + SKEW_MS <= now) {
      // Where the engine does not take one, it would not take others either.
      isTaken &&= await applySuspects(services, uid);
      if (isTaken) {
        ended++;
        continue;
      }
      suspects++;
    } else if (writer.fencedAt !== undefined) suspects++;
    waiting++;
  }
  return { ended, waiting, suspects };
}

async function applySuspects(services: ApplyServices, uid: string): Promise<boolean> {
  const { table, log } = services;
  await outlast(services, AT_WORK_MS);
  const intent = await intents.get(table, uid);
  if (intent) {
    const { applied, failed } = await apply(services, intentKeys(intent), { isRecorded: true });
    log.info({ writer: uid, applied, failed: failed.length }, 'what an ended writer had sent was checked again');
    if (failed.length > 0) return false;
  }
  await forget(table, uid);
  return true;
}
