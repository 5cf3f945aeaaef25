import { entities } from '../../src/entities/all.ts';
import type { AnyEntity } from '../../src/entities/core/model.ts';
import type { Table } from '../../src/entities/core/table.ts';
import type { Clock } from '../../src/runtime.ts';
import { createCursors } from '../../src/schema/electrodb/cursor.ts';
import { Reader } from '../../src/schema/electrodb/reader.ts';

/** How an operation reads. */
export interface OperationOptions {
  /** @defaultValue acme */
  readonly org?: string;
  /** @defaultValue 10,000 */
  readonly workBudgetRows?: number;
  /** Entities beside Roster's own. */
  readonly also?: readonly AnyEntity[];
}

/** Where an operation reads. */
interface ReaderSource {
  readonly services: { readonly table: Table; readonly clock: Clock };
}

/** What a new GraphQL operation reads by. */
export function readerOf({ services }: ReaderSource, options: OperationOptions = {}): Reader {
  const { org = 'acme', workBudgetRows = 10_000, also = [] } = options;
  const { table, clock } = services;
  const cursors = createCursors('a secret of thirty-two characters');
  return new Reader({ table, clock, cursors, org, workBudgetRows, entities: [...entities, ...also] });
}
