import { isDeepStrictEqual } from 'node:util';
import type { Settings } from 'meilisearch';

/** Lists whose order means something. All others come back from Meilisearch in an order of its own. */
const ORDERED = new Set(['searchableAttributes', 'rankingRules']);

/** Names of the declared settings that an index has otherwise. What is not declared is nobody's business here. */
export const differingSettings = (declared: Settings, found: Settings): string[] =>
  Object.entries(declared)
    .filter(([name, value]) => !isDeepStrictEqual(inOrder(name, value), inOrder(name, found[name as keyof Settings])))
    .map(([name]) => name);

const inOrder = (name: string, value: unknown): unknown =>
  Array.isArray(value) && !ORDERED.has(name) ? [...value].sort() : value;
