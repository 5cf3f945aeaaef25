import { isRecordKey } from '../entities/core/records.ts';
import type { Row } from '../entities/core/statements.ts';
import type { ScannableTable, StartKey } from '../entities/core/table.ts';
import type { Clock } from '../runtime.ts';

/** Read capacity that may be used, so that readers of the table are not held up. */
export class CapacityBudget {
  readonly #clock: Clock;
  readonly #unitsPerMs: number;
  /** When the budget has paid for all that was read so far. */
  #paidAt = 0;

  /** @param unitsPerSecond no limit when left out */
  constructor(clock: Clock, unitsPerSecond = Number.POSITIVE_INFINITY) {
    this.#clock = clock;
    this.#unitsPerMs = unitsPerSecond / 1_000;
  }

  /** Accounts for units that were read, and waits until the next read may be sent. */
  async spend(units: number): Promise<void> {
    const now = this.#clock.monotonicMs();
    this.#paidAt = Math.max(now, this.#paidAt) + units / this.#unitsPerMs;
    if (this.#paidAt > now) await this.#clock.sleep(this.#paidAt - now);
  }
}

/** How far the scan of one segment is: behind which row it goes on, or that it is done; null before it begins. */
export type SegmentProgress = StartKey | 'done' | null;

/** What a scan needs. */
export interface ScanServices {
  readonly table: ScannableTable;
  readonly budget: CapacityBudget;
  /** Rows of a page; DynamoDB stops at 1 MB by itself. @defaultValue 1,000 */
  readonly pageRows?: number;
}

/** The pages of one segment of the table, read consistently, with where to go on behind each. */
export async function* segmentPages(
  { table, budget, pageRows = 1_000 }: ScanServices,
  segment: number,
  segments: number,
  start?: StartKey,
): AsyncGenerator<{ readonly rows: readonly Row[]; readonly next: StartKey | undefined }> {
  let after = start;
  do {
    const { rows, next, capacity } = await table.scan({ segment, segments, limit: pageRows, after });
    yield { rows, next };
    await budget.spend(capacity);
    after = next;
  } while (after);
}

/** True when the table holds no items but Roster's own records. */
export async function isTableEmpty(table: ScannableTable): Promise<boolean> {
  let after: StartKey | undefined;
  do {
    const { rows, next } = await table.scan({ segment: 0, segments: 1, limit: 100, after });
    if (!rows.every(isRecordKey)) return false;
    after = next;
  } while (after);
  return true;
}
