import type { Recorded } from '../../entities/core/records.ts';
import { chunk } from '../../entities/core/sender.ts';
import type { TableKey } from '../../entities/core/statements.ts';
import type { Quarantine } from '../../entities/system/quarantine.ts';
import { searches } from '../all.ts';
import { type ApplyServices, apply } from '../indexer/apply.ts';
import { type Quarantined, quarantineEntries } from '../indexer/quarantine.ts';

type Entry = Recorded<typeof Quarantine>;

/** What trying again came to. */
export interface Retried {
  /** Entries that are gone, since their items are indexed or deleted, or no entity makes documents of them any more. */
  readonly left: number;
  /** Items that still can't be indexed. */
  readonly quarantined: readonly Quarantined[];
  /** Items that could not be tried now. */
  readonly failed: number;
}

const BATCH = 500;

/** All that is in quarantine. */
export const listQuarantine = ({ table, clock }: ApplyServices): Promise<Entry[]> =>
  quarantineEntries.list(table, 'entries', clock.now());

/** The table key of an entry's item; undefined when its entity is not searchable any more. */
export const itemKeyOf = ({
  itemEntity,
  itemOrg,
  itemId,
}: Pick<Entry, 'itemEntity' | 'itemOrg' | 'itemId'>): TableKey | undefined =>
  searches.find(({ entity }) => entity.name === itemEntity)?.entity.key(itemOrg, itemId);

/** Tries once more to index what is in quarantine. */
export async function retry(services: ApplyServices, entries: readonly Entry[]): Promise<Retried> {
  // Nobody will ever index what no entity makes documents of.
  const gone = entries.filter((entry) => !itemKeyOf(entry));
  await services.table.batchWrite(gone.map((entry) => quarantineEntries.delete(entry.quarantine)));
  let [left, failed] = [gone.length, 0];
  const quarantined: Quarantined[] = [];
  for (const part of chunk(entries, BATCH)) {
    const keys = part.flatMap((entry) => itemKeyOf(entry) ?? []);
    const result = await apply(services, keys);
    left += result.applied;
    failed += result.failed.length;
    quarantined.push(...result.quarantined);
  }
  return { left, quarantined, failed };
}

/** So often what is in quarantine is tried again by itself: the reason may have passed. */
const RETRIES = 3;
/** Before the first of these; before each further one it is four times as long. */
const FIRST_PAUSE_MS = 300_000;

/** Tries again what was entered lately: after five minutes, 20 more and 80 more. An attempt by a change counts as well. */
export async function retryDue(services: ApplyServices): Promise<Retried> {
  const now = services.clock.now().getTime();
  const isDue = ({ attempts, updatedAt }: Entry) =>
    attempts <= RETRIES && Date.parse(updatedAt) + FIRST_PAUSE_MS * 4 ** (attempts - 1) <= now;
  return retry(services, (await listQuarantine(services)).filter(isDue));
}
