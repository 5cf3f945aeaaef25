import type { AnyEntity } from '../entities/core/model.ts';
import type { EntitySearch } from './define.ts';
import * as declared from './index.ts';

/** Every searchable entity, as generic code takes them. */
export const searches: readonly EntitySearch[] = Object.values(declared);

/** The search of an entity, or undefined when it is not searchable. */
export const searchOf = (entity: AnyEntity): EntitySearch | undefined =>
  searches.find((search) => search.entity === entity);
