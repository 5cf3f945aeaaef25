import { createHash } from 'node:crypto';
import { Records } from '../entities/core/records.ts';
import type { Table } from '../entities/core/table.ts';
import { TrustedDocument } from '../entities/system/trusted-document.ts';
import type { Clock } from '../runtime.ts';

/** The documents that frontends have registered, by their ids. */
export const trustedDocuments = new Records(TrustedDocument);

/** By what a document is known: the SHA-256 of its text, in hexadecimal. */
export const documentHash = (document: string): string => createHash('sha256').update(document).digest('hex');

/** How many documents a process keeps in memory. */
const KEPT = 1_000;
/** How soon a document is looked for again that was not there: it may have been registered since. */
const MISSING_MS = 10_000;

/**
 * Finds documents by their ids, in memory or else in the table. A document never changes, for its id tells its text, and
 * one that was removed is forgotten by each process when that ends.
 *
 * @returns undefined for what is no id, or of no registered document
 */
export function createTrustedDocuments(table: Table, clock: Pick<Clock, 'monotonicMs'>) {
  const known = new Map<string, { readonly text: string | undefined; readonly untilMs: number }>();
  return async (id: string): Promise<string | undefined> => {
    if (!/^[0-9a-f]{64}$/.test(id)) return undefined;
    const before = known.get(id);
    if (before && clock.monotonicMs() < before.untilMs) return before.text;
    const found = (await trustedDocuments.get(table, id))?.text;
    // Whoever can write to the table must not be able to put another text in its place.
    const text = found !== undefined && documentHash(found) === id ? found : undefined;
    const [oldest] = known.keys();
    if (known.size >= KEPT && oldest !== undefined) known.delete(oldest);
    known.set(id, {
      text,
      untilMs: text === undefined ? clock.monotonicMs() + MISSING_MS : Number.POSITIVE_INFINITY,
    });
    return text;
  };
}
