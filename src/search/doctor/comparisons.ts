import { Records } from '../../entities/core/records.ts';
import type { Put } from '../../entities/core/statements.ts';
import { SearchComparison } from '../../entities/system/search-comparison.ts';
import type { EntitySearch } from '../define.ts';

/** What the last comparison of each entity's live indexes came to, by the name of the entity. */
export const comparisons = new Records(SearchComparison);

/**
 * Notes a comparison that has come to its end.
 *
 * @param comparedAt when it began
 * @param drift documents that differ now, after what was repaired
 */
export const comparisonPut = ({ entity }: EntitySearch, comparedAt: Date, drift: number, now: Date): Put =>
  comparisons.put(entity.name, { comparedAt: comparedAt.toISOString(), drift }, now);
