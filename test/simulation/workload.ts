import type { Row, TableKey } from '../../src/entities/core/statements.ts';
import { EPOCH_MS } from './epoch.ts';
import type { Random } from './random.ts';
import { CONDITIONS, type Condition, type RosterItem, someItems, strangers } from './roster-items.ts';
import type { TableModel } from './table-model.ts';
import type { World } from './world.ts';

/** How much is written, and how often. */
export interface WorkloadOptions {
  readonly writes: number;
  /** Of how many items, from 1. */
  readonly items: number;
  /** Between two writes at most, milliseconds. */
  readonly pauseMs: number;
  /** Of conditions other than sound, from 0 to 1. */
  readonly trouble: number;
}

/** Latest time to live, seconds. */
const LIFETIME_S = 90;

/** Writers of a table, who know nothing of the indexes. */
export class Workload {
  readonly #world: World;
  readonly #table: TableModel;
  readonly #random: Random;
  readonly #items: readonly [RosterItem, ...RosterItem[]];
  readonly #options: WorkloadOptions;
  #version = 0;

  constructor(world: World, table: TableModel, options: WorkloadOptions) {
    this.#world = world;
    this.#table = table;
    this.#random = world.random.fork('workload');
    this.#items = someItems(this.#random, options.items);
    this.#options = options;
  }

  /** Some items that are there from the beginning. */
  begin(): void {
    for (const item of this.#items)
      if (this.#random.chance(0.5)) this.#table.writeAlways({ Put: { Item: this.#row(item) } });
  }

  /** Writes until it is done. */
  async run(): Promise<void> {
    const { writes, pauseMs } = this.#options;
    for (let i = 0; i < writes; i++) {
      // Bursts and lulls.
      await this.#world.sleep(
        this.#random.chance(0.6) ? this.#random.between(0, 30) : this.#random.between(0, pauseMs),
      );
      this.#write();
    }
  }

  /** Writes a few times within a while: when indexes are swapped, say. */
  burst(withinMs: number): void {
    for (let i = this.#random.integer(0, 12); i > 0; i--)
      this.#world.schedule(this.#random.between(0, withinMs), () => this.#write());
  }

  #write(): void {
    const kind = this.#random.between(0, 1);
    const item = this.#random.pick(this.#items);
    if (kind < 0.55) this.#table.writeAlways({ Put: { Item: this.#row(item) } });
    else if (kind < 0.75) this.#table.writeAlways({ Delete: { Key: keyOf(item) } });
    else if (kind < 0.87) this.#table.write([{ Put: { Item: this.#mortal(item) } }]);
    else if (kind < 0.97) this.#transact();
    else this.#table.writeAlways({ Put: { Item: { ...this.#random.pick(strangers), at: this.#world.nowMs } } });
  }

  /** Several items at one moment. */
  #transact(): void {
    const items = new Map(
      Array.from({ length: this.#random.integer(2, 4) }, () => this.#random.pick(this.#items)).map((item) => [
        keyOf(item).pk,
        item,
      ]),
    );
    this.#table.write(
      [...items.values()].map((item) =>
        this.#random.chance(0.7) ? { Put: { Item: this.#row(item) } } : { Delete: { Key: keyOf(item) } },
      ),
    );
  }

  #row(item: RosterItem): Row {
    return item.row(++this.#version, this.#condition());
  }

  #mortal(item: RosterItem): Row {
    const expires = Math.floor((EPOCH_MS + this.#world.nowMs) / 1_000) + this.#random.integer(-1, LIFETIME_S);
    return { ...this.#row(item), expires };
  }

  #condition(): Condition {
    return this.#random.chance(this.#options.trouble) ? this.#random.pick(CONDITIONS) : 'sound';
  }
}

const keyOf = (item: RosterItem): TableKey => {
  const { pk, sk } = item.row(0, 'sound');
  return { pk, sk };
};
