import { entities } from './all.ts';
import type { TableKey } from './core/statements.ts';

/** An item in the log, such as `employee acme 01hx…`; undefined for the table's technical items. */
export function itemName(key: TableKey): string | undefined {
  for (const entity of entities) {
    const identity = entity.identify(key);
    if (identity) return `${entity.name} ${identity.org} ${identity.id}`;
  }
  return undefined;
}
