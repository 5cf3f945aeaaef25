import { entities } from '../../src/entities/all.ts';
import type { AnyEntity } from '../../src/entities/core/model.ts';
import { createCursors } from '../../src/schema/electrodb/cursor.ts';
import { Reader } from '../../src/schema/electrodb/reader.ts';
import type { TestRoster } from './roster.ts';

/** How an operation reads. */
export interface OperationOptions {
  /** @defaultValue acme */
  readonly org?: string;
  /** @defaultValue 10,000 */
  readonly workBudgetRows?: number;
  /** Entities beside Roster's own. */
  readonly also?: readonly AnyEntity[];
}

/** What a new GraphQL operation reads by. */
export function readerOf({ services }: TestRoster, options: OperationOptions = {}): Reader {
  const { org = 'acme', workBudgetRows = 10_000, also = [] } = options;
  const { table, clock } = services;
  const cursors = createCursors('a secret of thirty-two characters');
  return new Reader({ table, clock, cursors, org, workBudgetRows, entities: [...entities, ...also] });
}
