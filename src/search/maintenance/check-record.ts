import { type Managed, Records, successorOf } from '../../entities/core/records.ts';
import type { Delete } from '../../entities/core/statements.ts';
import type { Table } from '../../entities/core/table.ts';
import { SearchCheck } from '../../entities/system/search-check.ts';
import type { Clock } from '../../runtime.ts';
import { searches } from '../all.ts';
import { type CheckProgress, notBegun } from '../doctor/check.ts';
import type { Outset } from '../doctor/comparisons.ts';
import { searchStates } from '../indexer/state.ts';

/** An index was gone, so that not all was compared, or had other settings than declared. */
export type Damage = 'gone' | 'settings';

/** How the indexes of one entity were as a whole. */
export interface Whole extends Omit<Outset, 'since'> {
  /** What was wrong with them at the last look that found something. */
  readonly found?: Damage | undefined;
}

/** How far a comparison is. */
export interface CheckValues extends CheckProgress {
  /** By the name of the entity. */
  readonly wholes: Readonly<Record<string, Whole>>;
}

const records = new Records(SearchCheck);
/** There is one at a time. */
const ID = 'current';

const namesOfToday = () => searches.map(({ entity }) => entity.name).join(' ');

// Written by `save`.
const valuesOf = ({ segments, found, wholes, rows }: SearchCheck): CheckValues => ({
  segments: JSON.parse(segments) as CheckProgress['segments'],
  found: JSON.parse(found) as CheckProgress['found'],
  wholes: JSON.parse(wholes ?? '{}') as CheckValues['wholes'],
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
   * Goes on with the one that is under way, or begins one: also where other entities are searchable by now, where damage
   * was noted behind its back, or where it does not say how the indexes were, as those of earlier versions.
   */
  static async open(services: RecordServices): Promise<CheckRecord> {
    const stored = await records.get(services.table, ID);
    if (stored?.wholes !== undefined && stored.entities === namesOfToday()) {
      const record = new CheckRecord(services, valuesOf(stored), stored);
      if (!(await record.isOvertaken())) return record;
    }
    const record = new CheckRecord(services, { ...notBegun(searches), wholes: {} });
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

  /** Notes how the indexes of an entity are as a whole, to be saved with the rest. */
  note(entity: string, whole: Whole): void {
    this.#values = { ...this.#values, wholes: { ...this.#values.wholes, [entity]: whole } };
  }

  /** Whether damage was noted since it began, for which it has looked in vain. */
  async isOvertaken(): Promise<boolean> {
    const { table } = this.#services;
    const keys = searches.map(({ entity }) => searchStates.key(entity.name));
    const states = (await table.batchGet(keys, { consistent: true })).flatMap((row) => searchStates.parse(row) ?? []);
    return states.some(({ searchState: name, damage }) => {
      const whole = this.#values.wholes[name];
      return whole !== undefined && damage !== undefined && damage !== whole.damage;
    });
  }

  async save(progress: Partial<CheckProgress>): Promise<void> {
    const { table, clock } = this.#services;
    const now = clock.now();
    this.#values = { ...this.#values, ...progress };
    const { segments, found, wholes, rows } = this.#values;
    const values = {
      entities: namesOfToday(),
      segments: JSON.stringify(segments),
      found: JSON.stringify(found),
      wholes: JSON.stringify(wholes),
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
