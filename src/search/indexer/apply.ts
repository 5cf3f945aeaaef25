import type { TableKey } from '../../entities/core/statements.ts';
import type { Table } from '../../entities/core/table.ts';
import type { Clock, Logger } from '../../runtime.ts';
import type { Engine } from '../engine/engine.ts';
import { EngineRefusal, EngineUnavailable } from '../engine/errors.ts';
import { intentParts } from './intent.ts';
import { identify, type Plan, type Target } from './plan.ts';
import { type Quarantined, readQuarantine } from './quarantine.ts';
import { readUnseen, type Seen } from './reading.ts';
import { goAround } from './rounds.ts';
import type { Writers } from './writers.ts';

/** The side effects of indexing. */
export interface ApplyServices {
  readonly table: Table;
  readonly engine: Engine;
  readonly writers: Writers;
  readonly clock: Clock;
  readonly log: Logger;
  /** For one task of Meilisearch to be processed, its time in the queue included, milliseconds. */
  readonly taskTimeoutMs: number;
}

/** What became of the keys; each searchable one counts once. */
export interface ApplyResult {
  /** Keys whose items are now in the indexes as they are in the table, absent ones included. */
  readonly applied: number;
  /** Items that can't be indexed; they are out of the indexes and listed in quarantine. */
  readonly quarantined: readonly Quarantined[];
  /** Keys to try again: an index did not take them, or the items changed faster than they could be indexed. */
  readonly failed: readonly TableKey[];
}

/** Which indexes, and what is known already. */
export interface ApplyOptions {
  /** Only the indexes of this rebuild, and only while they are being built. */
  readonly run?: string;
  /**
   * Items as they were a moment ago, to spare reading them before they are sent. They need not be right: what is verified
   * in the end is what the table holds then.
   */
  readonly seen?: Seen;
  /**
   * Does not read the items again after they were sent, which costs more than reading them did: the caller compares the
   * whole index with the table later. Called once they were sent; fails when the caller can't see to that any more, as
   * when another process does in its place, and they are left to `sweep` then.
   */
  readonly verifyLater?: () => Promise<void>;
}

/**
 * Makes the indexes equal to the table for these keys, whoever else is writing, and verifies it.
 *
 * The stream, the rebuild, redrive and repair all use this one function. It trusts nobody's word on an item: all are
 * read consistently once the engine has taken them, and those that are not as they were sent go around again. Since the
 * engine processes what it takes in order, whoever is processed last has verified after being taken. So do the states of
 * the indexes: a batch that straddles their change goes around too. Keys of entities that aren't searchable are ignored.
 *
 * For `n` items of one entity it costs ⌈n/100⌉ BatchGets, as many more for items that nobody has seen or one for the
 * states alone, one Get, one write of the ids and one deletion of it, and ⌈n/100⌉ BatchGets more in a table that ever had
 * something in quarantine; for each index one look at what it has to do, one addition per 5 MB, one deletion, and the
 * waiting for these. Whatever is sent anew, or entered in quarantine, is read once more.
 *
 * @throws when the table does not answer; some of the items may have been indexed by then
 */
export async function apply(
  services: ApplyServices,
  keys: readonly TableKey[],
  options: ApplyOptions = {},
): Promise<ApplyResult> {
  const results: ApplyResult[] = [];
  for (const part of intentParts(identify(keys))) results.push(await applyPart(services, part, options));
  return {
    applied: results.reduce((sum, { applied }) => sum + applied, 0),
    quarantined: results.flatMap(({ quarantined }) => quarantined),
    failed: results.flatMap(({ failed }) => failed),
  };
}

async function applyPart(
  services: ApplyServices,
  targets: readonly Target[],
  options: ApplyOptions,
): Promise<ApplyResult> {
  const [quarantine, first] = await Promise.all([
    readQuarantine(services.table, targets),
    readUnseen(services, targets, options.seen ?? new Map()),
  ]);
  const { verifyLater } = options;
  try {
    return await services.writers.use(targets, async (writer) => {
      const { settled, failed, held } = await goAround(services, writer, quarantine, first, options);
      await verifyLater?.();
      if (verifyLater || failed.length === 0) writer.settle();
      const quarantined = settled.flatMap(quarantinedBy);
      for (const entry of quarantined) services.log.warn(entry, 'an item can not be indexed and is in quarantine');
      return { applied: settled.length - quarantined.length, quarantined, failed: [...failed, ...held].map(keyOf) };
    });
  } catch (error) {
    if (!(error instanceof EngineUnavailable || error instanceof EngineRefusal)) throw error;
    services.log.warn(
      { err: error, items: targets.length },
      'the search engine gave no writer; it will be tried again',
    );
    return { applied: 0, quarantined: [], failed: targets.map(({ key }) => key) };
  }
}

const keyOf = ({ target }: Plan): TableKey => target.key;

const quarantinedBy = ({ target: { search, org, id }, problem }: Plan): Quarantined[] =>
  problem ? [{ entity: search.entity.name, org, id, reason: problem }] : [];
