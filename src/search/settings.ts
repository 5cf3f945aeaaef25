import type { Settings } from 'meilisearch';
import { BUCKET, PLACE, SPELLINGS } from './document.ts';
import type { FullSpec } from './spec.ts';

/** How far into its hits an index pages, and how far it counts them. */
export const MAX_HITS = 1_000;

/** How many values of a facet are told, those that most documents have. */
export const MAX_FACET_VALUES = 100;

/** What all indexes can be filtered by; `id` and `version` tell whether an index holds a write (see written.ts). */
const ALWAYS_FILTERABLE = ['id', 'org', 'version', 'expires', BUCKET];

/** What the settings of one index are made of. */
export interface SettingsSource {
  readonly spec: FullSpec;
  /** Whether the index holds a path. */
  readonly holds: (path: string) => boolean;
  /** The field that a path is filtered and ordered by. */
  readonly keyOf: (path: string) => string;
  /** The field whose values are counted for a path. */
  readonly facetOf: (path: string) => string;
  /** Fields whose values may leave the engine. */
  readonly displayed: readonly string[];
}

/**
 * The settings of an index, all that Roster cares about spelled out, so that they can be compared with those that the
 * engine has.
 */
export function settingsOf({ spec, holds, keyOf, facetOf, displayed }: SettingsSource): Settings {
  const own = (paths: readonly string[]) => paths.filter(holds);
  const keys = (paths: readonly string[]) => own(paths).map(keyOf);
  const extra = own([...Object.keys(spec.derived), ...(spec.geo ? [PLACE] : [])]);
  const { exact = [], exactWords = [], oneFrom = 5, twoFrom = 9 } = spec.typos;
  const filterable = [...keys(spec.filterable), ...own(spec.facets).map(facetOf), ...extra];
  return {
    // Spellings that nobody chose count least.
    searchableAttributes: [...new Set(own(spec.searchable)), SPELLINGS],
    filterableAttributes: [...ALWAYS_FILTERABLE, ...new Set(filterable)],
    sortableAttributes: [...new Set([...keys(spec.sortable), ...extra])],
    displayedAttributes: ['id', 'version', ...displayed],
    // An order that was asked for comes before relevance.
    rankingRules: [
      ...['sort', 'words', 'typo', 'proximity', 'attribute', 'exactness'],
      ...spec.ranking.filter(({ path }) => holds(path)).map(({ path, direction }) => `${keyOf(path)}:${direction}`),
      // Of what is equal so far, the engine's own order would tell when it was indexed, what others had deleted before,
      // and of every rebuild.
      'id:asc',
    ],
    separatorTokens: ['<', '>'],
    synonyms: Object.fromEntries(Object.entries(spec.synonyms).map(([word, others]) => [word, [...others]])),
    stopWords: [...new Set(spec.stopWords)].sort(),
    typoTolerance: {
      enabled: true,
      minWordSizeForTypos: { oneTypo: oneFrom, twoTypos: twoFrom },
      disableOnWords: [...new Set(exactWords)].sort(),
      disableOnAttributes: own(exact).sort(),
      disableOnNumbers: false,
    },
    faceting: { maxValuesPerFacet: MAX_FACET_VALUES, sortFacetValuesBy: { '*': 'count' } },
    pagination: { maxTotalHits: MAX_HITS },
  };
}
