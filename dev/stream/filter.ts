import type { DynamoDBRecord } from 'aws-lambda';
import type { FilterPattern, FilterRule } from '../../src/search/indexer/event-filter.ts';

/**
 * Tells by patterns as Lambda does which records a function gets: those that pass any of them, or all when there are none.
 *
 * @throws Error for an operator that Roster does not use, rather than letting more or less pass than Lambda would
 */
export function recordFilter(patterns: readonly FilterPattern[]): (record: DynamoDBRecord) => boolean {
  for (const pattern of patterns) assertKnown(pattern, '');
  return (record) => patterns.length === 0 || patterns.some((pattern) => passes(pattern, record));
}

const isRules = (part: FilterPattern | readonly FilterRule[]): part is readonly FilterRule[] => Array.isArray(part);

function passes(pattern: FilterPattern, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const values = new Map<string, unknown>(Object.entries(value));
  return Object.entries(pattern).every(([name, part]) =>
    isRules(part) ? part.some((rule) => allows(rule, values.get(name))) : passes(part, values.get(name)),
  );
}

const allows = (rule: FilterRule, value: unknown): boolean =>
  typeof value === 'string' && (typeof rule === 'string' ? value === rule : value.startsWith(rule.prefix));

/** Patterns may come from elsewhere than their type promises. */
function assertKnown(part: FilterPattern | readonly FilterRule[], path: string): void {
  if (!isRules(part)) {
    for (const [name, inner] of Object.entries(part)) assertKnown(inner, `${path}.${name}`);
    return;
  }
  for (const rule of part) {
    const isPrefix = Object.keys(Object(rule)).join() === 'prefix' && typeof Object(rule).prefix === 'string';
    if (typeof rule !== 'string' && !isPrefix)
      throw new Error(
        `the filter pattern at ${path.slice(1)} has ${JSON.stringify(rule)}, which can't be imitated here`,
      );
  }
}
