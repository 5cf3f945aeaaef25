import { chunk } from '../../entities/core/sender.ts';
import type { ApplyServices } from './apply.ts';
import { applySuspects, type EndedWriter } from './suspects.ts';
import { fence, writerRecords } from './writers.ts';

/** What became of the writers that had ended. */
export interface SweepResult {
  /** Writers of which nothing is left, with their suspects applied. */
  readonly ended: number;
  /** Writers that are to be looked at again later, those that are at work among them. */
  readonly waiting: number;
  /** Those among them of whom nobody has looked yet whether what they had sent has arrived. */
  readonly suspects: number;
}

/** Clocks may differ by this much: that of the server, of whoever withdrew a key, and of whoever looks at it. */
export const SKEW_MS = 60_000;

/**
 * A request whose key was accepted before it was withdrawn has arrived after this time, body and all, or never will: its
 * sender has given it up by then. The server must have been at work for the last bit of it.
 */
export const GRACE_MS = 60_000;

/** Keys that are withdrawn at a time. */
const FENCES = 10;

/**
 * Ends the writers that have died or given up: withdraws their keys, waits until nothing of theirs can arrive any more,
 * and applies what they had been about to send once more. Until then these items are suspects. Where a key would still be
 * good but for that, they are applied again when it has ended by itself: a server that was restored from a snapshot
 * meanwhile may have had it again.
 *
 * Does not wait for that itself: it is called again and again, by the stream and on a schedule. Nor does a writer that
 * can't be ended keep others from it.
 *
 * @param budgetMs begins nothing new after this time, milliseconds, and leaves the rest to the next call; what is under
 * way by then may take as long as one batch does
 * @throws when the table or the search engine does not answer; what was done by then stays done
 */
export async function sweep(services: ApplyServices, budgetMs: number): Promise<SweepResult> {
  const { clock } = services;
  const deadlineMs = clock.monotonicMs() + budgetMs;
  const writers = await readWriters(services);
  const now = clock.now();
  const isPast = (time: string, ms: number) => Date.parse(time) + ms <= now.getTime();
  const fenced = writers.flatMap(({ fencedAt, ...writer }) => (fencedAt ? [{ ...writer, fencedAt }] : []));
  const over = writers.filter(({ fencedAt, expiresOn }) => !fencedAt && isPast(expiresOn, SKEW_MS));
  await fenceAll(services, over, deadlineMs);
  const due = fenced.flatMap((writer): EndedWriter[] => {
    const { searchWriter: uid, expiresOn, fencedAt, appliedAt } = writer;
    if (!isPast(fencedAt, GRACE_MS + SKEW_MS)) return [];
    if (isPast(expiresOn, GRACE_MS + SKEW_MS)) return [{ uid }];
    const values = { expiresOn, fencedAt, appliedAt: now.toISOString() };
    return appliedAt ? [] : [{ uid, left: writerRecords.put(uid, values, now, writer) }];
  });
  const applied = due.length > 0 ? await applySuspects(services, due, deadlineMs) : [];
  const ended = applied.filter(({ left }) => left === undefined).length;
  const isSuspect = ({ searchWriter, appliedAt }: (typeof fenced)[number]) =>
    !appliedAt && !applied.some(({ uid }) => uid === searchWriter);
  const suspects = fenced.filter(isSuspect).length + over.length;
  return { ended, waiting: writers.length - ended, suspects };
}

/** All writers. The list may be older than the records. */
async function readWriters({ table, clock }: ApplyServices) {
  const listed = await writerRecords.list(table, 'writers', clock.now());
  const keys = listed.map(({ searchWriter }) => writerRecords.key(searchWriter));
  const rows = await table.batchGet(keys, { consistent: true });
  return rows.flatMap((row) => writerRecords.parse(row) ?? []);
}

async function fenceAll(
  services: ApplyServices,
  writers: Awaited<ReturnType<typeof readWriters>>,
  deadlineMs: number,
): Promise<void> {
  const { clock, log } = services;
  for (const some of chunk(writers, FENCES)) {
    if (clock.monotonicMs() >= deadlineMs) return;
    const outcomes = await Promise.allSettled(
      some.map(({ searchWriter: uid, expiresOn }) => fence(services, uid, expiresOn)),
    );
    const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
    if (failed.length > 0) log.warn({ err: failed[0]?.reason, failed: failed.length }, 'keys could not be withdrawn');
  }
}
