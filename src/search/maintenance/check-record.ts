import { type Managed, Records, successorOf } from '../../entities/core/records.ts';
import type { Delete } from '../../entities/core/statements.ts';
import type { Table } from '../../entities/core/table.ts';
import { SearchCheck } from '../../entities/system/search-check.ts';
import type { Clock } from '../../runtime.ts';
import { searches } from '../all.ts';
import type { BucketPosition } from '../doctor/compare-buckets.ts';
import type { SegmentProgress } from '../rebuild/run-record.ts';

/** What was found of one entity's indexes. */
export interface Found extends BucketPosition {
  /** Items that have documents. */
  readonly documents: number;
  /** Documents that were not as the table says, and those that could not be repaired. */
  readonly drift: number;
  readonly left: number;
  /** Documents whose items never stopped changing. */
  readonly unverified: number;
  /** Of its live indexes when they were looked at first. */
  readonly epoch?: number | undefined;
  /** What is wrong with its indexes as a whole. */
  readonly damage?: Damage | undefined;
}

/** An index was gone, so that not all was compared, or had other settings than declared. */
export type Damage = 'gone' | 'settings';

/** How far a comparison is. */
export interface CheckValues {
  readonly segments: readonly SegmentProgress[];
  /** By the name of the entity. */
  readonly found: Readonly<Record<string, Found>>;
  readonly rows: number;
}

const records = new Records(SearchCheck);
/** There is one at a time. */
const ID = 'current';

/** Parts of the table that are read at the same time. */
const SEGMENTS = 4;

/** What nothing is known of. */
export const NOTHING: Found = { documents: 0, bucket: 0, drift: 0, left: 0, unverified: 0 };

const namesOfToday = () => searches.map(({ entity }) => entity.name);

const begun = (): CheckValues => ({
  segments: Array.from({ length: SEGMENTS }, () => null),
  found: Object.fromEntries(namesOfToday().map((name) => [name, NOTHING])),
  rows: 0,
});

// Written by `save`.
const valuesOf = ({ segments, found, rows }: SearchCheck): CheckValues => ({
  segments: JSON.parse(segments) as SegmentProgress[],
  found: JSON.parse(found) as Record<string, Found>,
  rows,
});

/** What the record of a comparison is kept by. */
export interface CheckServices {
  readonly table: Table;
  readonly clock: Clock;
}

/**
 * A comparison that goes on over many calls. What is saved was compared, whoever has saved it: should two processes be at
 * it after all, the later one's word counts, and something is compared twice.
 */
export class CheckRecord {
  readonly #services: CheckServices;
  #before: Managed | undefined;
  #values: CheckValues;

  private constructor(services: CheckServices, values: CheckValues, before?: Managed) {
    this.#services = services;
    this.#values = values;
    this.#before = before;
  }

  /** Goes on with the one that is under way, or begins one: also where other entities are searchable by now. */
  static async open(services: CheckServices): Promise<CheckRecord> {
    const stored = await records.get(services.table, ID);
    if (stored?.entities === namesOfToday().join(' ')) return new CheckRecord(services, valuesOf(stored), stored);
    const record = new CheckRecord(services, begun());
    await record.save({});
    return record;
  }

  get values(): CheckValues {
    return this.#values;
  }

  /** When it began. */
  get since(): Date {
    return new Date(this.#before?.createdAt ?? this.#services.clock.now());
  }

  /** Notes what was found of an entity, to be saved with the rest. */
  note(entity: string, change: (found: Found) => Partial<Found>): void {
    const found = this.#values.found[entity] ?? NOTHING;
    this.#values = { ...this.#values, found: { ...this.#values.found, [entity]: { ...found, ...change(found) } } };
  }

  async save(change: Partial<CheckValues>): Promise<void> {
    const { table, clock } = this.#services;
    const now = clock.now();
    this.#values = { ...this.#values, ...change };
    const { segments, found, rows } = this.#values;
    const values = {
      entities: namesOfToday().join(' '),
      segments: JSON.stringify(segments),
      found: JSON.stringify(found),
      rows,
    };
    await table.batchWrite([records.put(ID, values, now, this.#before)]);
    this.#before = successorOf(this.#before, now);
  }

  /** It is over. */
  end(): Delete {
    return records.delete(ID);
  }
}
