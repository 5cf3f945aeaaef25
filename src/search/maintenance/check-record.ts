import { type Managed, Records, successorOf } from '../../entities/core/records.ts';
import type { Delete } from '../../entities/core/statements.ts';
import type { Table } from '../../entities/core/table.ts';
import { SearchCheck } from '../../entities/system/search-check.ts';
import type { Clock } from '../../runtime.ts';
import { searches } from '../all.ts';
import { type CheckProgress, notBegun } from '../doctor/check.ts';
import type { Outset } from '../doctor/comparisons.ts';
import { isSwapping, searchStates } from '../indexer/state.ts';

/** An index was gone, so that not all was compared, or had other settings than declared. */
export type Finding = 'gone' | 'settings';

/** How the indexes of one entity were when they were first looked at. */
export interface CheckOutset extends Omit<Outset, 'since'> {
  /** What was wrong with them as a whole, at the last look that found something. */
  readonly found?: Finding | undefined;
}

/** How far a comparison is. */
export interface CheckValues extends CheckProgress {
  /** By the name of the entity. */
  readonly outsets: Readonly<Record<string, CheckOutset>>;
}

const records = new Records(SearchCheck);
/** There is one at a time. */
const ID = 'current';

const namesOfToday = () => searches.map(({ entity }) => entity.name).join(' ');

// Written by `save`.
const valuesOf = ({ segments, found, outsets, rows }: SearchCheck): CheckValues => ({
  segments: JSON.parse(segments) as CheckProgress['segments'],
  found: JSON.parse(found) as CheckProgress['found'],
  outsets: JSON.parse(outsets ?? '{}') as CheckValues['outsets'],
  rows,
});

/** What the record of a comparison is kept by. */
export interface RecordServices {
  readonly table: Table;
  readonly clock: Clock;
}

/**
 * A comparison that goes on over many calls. What is saved was compared, whoever has saved it: should two processes be at
 * it after all, the later one's word counts, and something is compared twice.
 */
export class CheckRecord {
  readonly #services: RecordServices;
  #before: Managed | undefined;
  #values: CheckValues;

  private constructor(services: RecordServices, values: CheckValues, before?: Managed) {
    this.#services = services;
    this.#values = values;
    this.#before = before;
  }

  /**
   * Goes on with the one that is under way, or begins one: also where other entities are searchable by now, where it
   * looks in vain, or where it does not say how the indexes were, as those of earlier versions.
   */
  static async open(services: RecordServices): Promise<CheckRecord> {
    const stored = await records.get(services.table, ID);
    if (stored?.outsets !== undefined && stored.entities === namesOfToday()) {
      const record = new CheckRecord(services, valuesOf(stored), stored);
      if (!(await record.isOvertaken())) return record;
    }
    const record = new CheckRecord(services, { ...notBegun(searches), outsets: {} });
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

  /** Notes how the indexes of an entity were, to be saved with the rest. */
  note(entity: string, outset: CheckOutset): void {
    this.#values = { ...this.#values, outsets: { ...this.#values.outsets, [entity]: outset } };
  }

  /** Whether it looks in vain: damage was noted since it began, or a swap is over during which it began. */
  async isOvertaken(): Promise<boolean> {
    const { table } = this.#services;
    const keys = searches.map(({ entity }) => searchStates.key(entity.name));
    const states = (await table.batchGet(keys, { consistent: true })).flatMap((row) => searchStates.parse(row) ?? []);
    return states.some((state) => {
      const outset = this.#values.outsets[state.searchState];
      if (!outset) return false;
      const isNew = state.damage !== undefined && state.damage !== outset.damage;
      return isNew || (outset.generation === undefined && !isSwapping(state));
    });
  }

  async save(progress: Partial<CheckProgress>): Promise<void> {
    const { table, clock } = this.#services;
    const now = clock.now();
    this.#values = { ...this.#values, ...progress };
    const { segments, found, outsets, rows } = this.#values;
    const values = {
      entities: namesOfToday(),
      segments: JSON.stringify(segments),
      found: JSON.stringify(found),
      outsets: JSON.stringify(outsets),
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
