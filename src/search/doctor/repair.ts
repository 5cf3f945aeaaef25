import { chunk } from '../../entities/core/sender.ts';
import type { TableKey } from '../../entities/core/statements.ts';
import { type ApplyServices, apply } from '../indexer/apply.ts';
import { deliver } from '../indexer/deliver.ts';
import type { Examined } from './examine.ts';
import { type Compared, targetOf } from './recheck.ts';

/** What a repair came to. */
export interface Repaired {
  /** Items that were applied. */
  readonly applied: number;
  /** Documents that no item could have had, and that were deleted. */
  readonly deleted: number;
  /** Items that could not be applied; to be tried again. */
  readonly failed: number;
}

const BATCH = 1_000;

/** Applies the items of all documents that are not as the table says, and deletes those that no item can have. */
export async function repair(
  services: ApplyServices,
  examined: readonly (Compared & Pick<Examined, 'drift'>)[],
): Promise<Repaired> {
  const keys: TableKey[] = [];
  let deleted = 0;
  for (const { search, name, drift } of examined) {
    const ids = [...drift.keys()];
    keys.push(...ids.flatMap((id) => targetOf(search, id)?.key ?? []));
    const foreign = ids.filter((id) => !targetOf(search, id));
    if (foreign.length === 0) continue;
    await services.writers.use([], async (writer) => {
      await deliver(services, writer, { index: name, documents: [], deletions: foreign }).guilty;
      writer.settle();
    });
    deleted += foreign.length;
  }
  const results = [];
  for (const part of chunk(keys, BATCH)) results.push(await apply(services, part));
  return {
    applied: results.reduce((sum, { applied }) => sum + applied, 0),
    deleted,
    failed: results.reduce((sum, { failed }) => sum + failed.length, 0),
  };
}
