import { keyText, type TableKey } from '../../../src/entities/core/statements.ts';
import type { ApplyResult } from '../../../src/search/indexer/apply.ts';
import type { DeadLetter, DeadLetters } from './dead-letters.ts';

/** What redriving came to. */
export interface Redriven {
  /** Letters whose items are all indexed, or in quarantine; they are removed. */
  readonly removed: number;
  readonly applied: number;
  readonly quarantined: number;
  /** Letters with items that could not be indexed now. */
  readonly failed: readonly string[];
  /** Letters whose records the stream no longer has, or not all of them; what it has is indexed. */
  readonly gone: readonly string[];
}

/**
 * Indexes what all letters are about, and removes those of which nothing is left to do.
 *
 * @param apply indexes items
 * @param signal stops after the letters at hand */
export async function redriveLetters(
  letters: DeadLetters,
  apply: (keys: readonly TableKey[]) => Promise<ApplyResult>,
  signal?: AbortSignal,
): Promise<Redriven> {
  let [removed, applied, quarantined] = [0, 0, 0];
  const failed: string[] = [];
  const gone: string[] = [];
  try {
    while (!signal?.aborted) {
      const received = await letters.receive(signal);
      if (received.length === 0) break;
      const found = await Promise.all(received.map(async (letter) => ({ letter, ...(await letter.keys()) })));
      const result = await apply(found.flatMap(({ keys }) => keys));
      applied += result.applied;
      quarantined += result.quarantined.length;
      const left = new Set(result.failed.map(keyText));
      const done: DeadLetter[] = [];
      for (const { letter, keys, isWhole } of found) {
        if (keys.some((key) => left.has(keyText(key)))) failed.push(letter.label);
        else if (isWhole) done.push(letter);
        else gone.push(letter.label);
      }
      await letters.remove(done);
      removed += done.length;
    }
  } finally {
    await letters.close();
  }
  return { removed, applied, quarantined, failed, gone };
}
