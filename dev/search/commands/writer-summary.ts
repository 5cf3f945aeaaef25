import { keyText } from '../../../src/entities/core/statements.ts';
import type { Table } from '../../../src/entities/core/table.ts';
import type { WriterHealth } from '../../../src/search/health.ts';
import { intents } from '../../../src/search/indexer/intent.ts';

/** A writer, and what it does: whether it is about to send something, or idle. */
export interface WriterEntry extends WriterHealth {
  readonly state: 'suspect' | 'checked' | 'at work' | 'idle';
}

/** How the writers are, of which there may be hundreds. */
export interface WriterSummary {
  readonly count: number;
  readonly suspects: number;
  readonly atWork: number;
  readonly idle: number;
  /** Suspects that were looked at once, and are again when their keys end by themselves. */
  readonly checked: number;
  /** Beyond those that were looked at, and no suspects: at work, or idle. */
  readonly others: number;
  /** Since when there is the oldest; RFC 3339. */
  readonly oldest: string | undefined;
  /** Suspects first, then those that were checked, then the others; the oldest first. */
  readonly listed: readonly WriterEntry[];
}

/** Writers that are listed; of as many at most the intents are looked at, which may hold 390 KB each. */
const LISTED = 10;

/** Sums writers up, and lists the first of them. @throws UnavailableError when the table does not answer */
export async function summarizeWriters(table: Table, writers: readonly WriterHealth[]): Promise<WriterSummary> {
  const oldestFirst = writers.toSorted((a, b) => a.since.localeCompare(b.since));
  const suspects = oldestFirst.filter(({ isSuspect }) => isSuspect);
  const checked = oldestFirst.filter(({ isSuspect, appliedAt }) => !isSuspect && appliedAt);
  const others = oldestFirst.filter(({ isSuspect, appliedAt }) => !isSuspect && !appliedAt);
  const looked = others.slice(0, LISTED);
  const keys = looked.map(({ writer }) => intents.key(writer));
  const there = new Set((await table.batchGet(keys, { attributes: ['pk', 'sk'] })).map(keyText));
  const isAtWork = ({ writer }: WriterHealth) => there.has(keyText(intents.key(writer)));
  const entries: WriterEntry[] = [
    ...suspects.map((each) => ({ ...each, state: 'suspect' as const })),
    ...checked.map((each) => ({ ...each, state: 'checked' as const })),
    ...looked.map((each) => ({ ...each, state: isAtWork(each) ? ('at work' as const) : ('idle' as const) })),
  ];
  return {
    count: writers.length,
    suspects: suspects.length,
    checked: checked.length,
    atWork: there.size,
    idle: looked.length - there.size,
    others: others.length - looked.length,
    oldest: oldestFirst[0]?.since,
    listed: entries.slice(0, LISTED),
  };
}
