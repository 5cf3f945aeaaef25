import type { EntitySearch } from './define.ts';
import * as declared from './index.ts';

/** Every searchable entity, as generic code takes them. */
export const searches: readonly EntitySearch[] = Object.values(declared);
