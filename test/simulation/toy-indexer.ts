import type { TableKey } from '../../src/entities/core/statements.ts';
import type { ScannableTable } from '../../src/entities/core/table.ts';
import type { Clock, Ids } from '../../src/runtime.ts';
import type { Engine, TaskRef } from '../../src/search/engine/engine.ts';
import type { StreamFunction } from './lambda-model.ts';

/** What the toy works with: as the indexer's own services. */
export interface ToyServices {
  readonly table: ScannableTable;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** The index of the toy. */
export const TOY_INDEX = 'toys';

/**
 * An indexer that knows nothing of races, of requests that come late, of batches that fail: good enough where nothing
 * goes wrong, and to show that something does elsewhere. Documents are rows, their ids the partition keys.
 */
export function toyIndexer({ table, engine, clock, ids }: ToyServices): StreamFunction {
  const succeeded = async ({ uid }: TaskRef): Promise<void> => {
    for (;;) {
      const task = await engine.task(uid);
      if (task?.status === 'succeeded') return;
      if (task?.status === 'failed' || task?.status === 'canceled') throw new Error(task.error?.message ?? task.status);
      await clock.sleep(20);
    }
  };
  return async ({ Records }) => {
    const keys = Records.map(({ dynamodb }): TableKey => {
      const { pk, sk } = dynamodb?.Keys ?? {};
      return { pk: pk?.S ?? '', sk: sk?.S ?? '' };
    });
    const key = await engine.createWriteKey(ids.uuid(), new Date(clock.now().getTime() + 3_600_000));
    const rows = await table.batchGet(keys, { consistent: true });
    const present = new Set(rows.map(({ pk }) => pk));
    const absent = [...new Set(keys.map(({ pk }) => pk))].filter((pk) => !present.has(pk));
    const documents = rows.map((row) => ({ id: row.pk, org: 'toys', ...row }));
    const tasks = await Promise.all([
      ...(documents.length > 0 ? [engine.addDocuments(key, TOY_INDEX, JSON.stringify(documents))] : []),
      ...(absent.length > 0 ? [engine.deleteDocuments(key, TOY_INDEX, absent)] : []),
    ]);
    await Promise.all(tasks.map(succeeded));
    return { batchItemFailures: [] };
  };
}
