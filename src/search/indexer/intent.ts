import { Records } from '../../entities/core/records.ts';
import { chunkByWeight } from '../../entities/core/sender.ts';
import type { TableKey } from '../../entities/core/statements.ts';
import { SearchIntent } from '../../entities/system/search-intent.ts';
import { searches } from '../all.ts';
import type { Target } from './plan.ts';

/** What writers are about to send, by the writer's id. */
export const intents = new Records(SearchIntent);

/** An item of DynamoDB holds 400 KB, names and numbers of its other attributes among it. */
const MAX_LENGTH = 390_000;

/** Items as one line of text for each entity and organization: `employee acme 01k…,01k…`. Names and ids hold neither. */
export const intentText = (targets: readonly Target[]): string =>
  [...Map.groupBy(targets, ({ search, org }) => `${search.entity.name} ${org}`)]
    .map(([group, own]) => `${group} ${own.map(({ id }) => id).join(',')}`)
    .join('\n');

/** The keys of the items in an intent. Those of entities that are not searchable any more are left out. */
export const intentKeys = ({ items }: Pick<SearchIntent, 'items'>): TableKey[] =>
  items.split('\n').flatMap((line) => {
    const [name, org = '', ids = ''] = line.split(' ');
    const search = searches.find(({ entity }) => entity.name === name);
    return search ? ids.split(',').map((id) => search.entity.key(org, id)) : [];
  });

/** Runs of targets, each of which fits into one intent. */
export const intentParts = (targets: readonly Target[]): Target[][] =>
  // As if each were the only one of its entity and organization.
  chunkByWeight(targets, MAX_LENGTH, ({ search, org, id }) => search.entity.name.length + org.length + id.length + 3);
