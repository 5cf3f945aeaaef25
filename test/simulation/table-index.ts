import type { Row } from '../../src/entities/core/statements.ts';
import type { QueryOptions, QueryPage, QueryRange, StartKey } from '../../src/entities/core/table.ts';
import { holds } from '../support/conditions.ts';
import type { Random } from './random.ts';

/** A change on its way into an index. */
interface Pending {
  readonly visibleAt: number;
  readonly key: string;
  readonly row: Row | undefined;
}

/** A secondary index: a copy of the table that lags behind, up to seconds, changes in order. */
export class TableIndex {
  readonly #name: QueryRange['index'];
  readonly #random: Random;
  readonly #rows = new Map<string, Row>();
  #pending: Pending[] = [];
  #lastVisibleAt = 0;

  constructor(name: QueryRange['index'], random: Random) {
    this.#name = name;
    this.#random = random;
  }

  /** @param row undefined when the item was deleted */
  change(key: string, row: Row | undefined, nowMs: number): void {
    const lagMs = this.#random.chance(0.05) ? this.#random.between(100, 5_000) : this.#random.between(1, 100);
    this.#lastVisibleAt = Math.max(this.#lastVisibleAt, nowMs + lagMs);
    this.#pending.push({ visibleAt: this.#lastVisibleAt, key, row });
  }

  query(range: QueryRange, { limit, after, filter, reverse }: QueryOptions, nowMs: number): QueryPage {
    const rows = this.#in(range, nowMs);
    if (reverse) rows.reverse();
    const start = after ? rows.findIndex((row) => this.#isBehind(row, after, reverse === true)) : 0;
    const read = start === -1 ? [] : rows.slice(start, start + limit);
    const last = read.at(-1);
    return {
      rows: filter ? read.filter((row) => holds(filter, row)) : read,
      scanned: read.length,
      ...(last && read.length === limit ? { next: this.#startKey(last) } : {}),
    };
  }

  #in({ pk, beginsWith, between }: QueryRange, nowMs: number): Row[] {
    this.#catchUp(nowMs);
    const isIn = (row: Row) => {
      const sk = this.#sk(row);
      return this.#pk(row) === pk && (between ? sk >= between[0] && sk <= between[1] : sk.startsWith(beginsWith));
    };
    return [...this.#rows.values()].filter(isIn).sort((a, b) => order(this.#sortOf(a), this.#sortOf(b)));
  }

  #catchUp(nowMs: number): void {
    const behind = this.#pending.findIndex(({ visibleAt }) => visibleAt > nowMs);
    const due = behind === -1 ? this.#pending.splice(0) : this.#pending.splice(0, behind);
    for (const { key, row } of due) {
      if (row && typeof row[`${this.#name}pk`] === 'string') this.#rows.set(key, row);
      else this.#rows.delete(key);
    }
  }

  #isBehind(row: Row, after: StartKey, isReverse: boolean): boolean {
    const compared = order(this.#sortOf(row), this.#sortOf(after));
    return isReverse ? compared < 0 : compared > 0;
  }

  #pk = (row: StartKey | Row): string => String(row[`${this.#name}pk`]);
  #sk = (row: StartKey | Row): string => String(row[`${this.#name}sk`]);

  /** Rows with the same key in the index have an order all the same. */
  #sortOf = (row: StartKey | Row): readonly string[] => [this.#sk(row), String(row['pk']), String(row['sk'])];

  #startKey(row: Row): StartKey {
    const { pk, sk } = row;
    return { pk, sk, [`${this.#name}pk`]: this.#pk(row), [`${this.#name}sk`]: this.#sk(row) };
  }
}

function order(a: readonly string[], b: readonly string[]): number {
  for (const [i, text] of a.entries()) {
    const other = b[i] ?? '';
    if (text !== other) return text < other ? -1 : 1;
  }
  return 0;
}
