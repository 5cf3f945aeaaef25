import { constantCase } from '../../entities/core/enumeration.ts';
import { searches } from '../../search/all.ts';
import { builder } from '../builder.ts';

/** What can be searched; its values are names of entities. */
export const SearchType = builder.enumType('SearchType', {
  description: 'What can be searched.',
  values: Object.fromEntries(searches.map(({ entity: { name } }) => [constantCase(name), { value: name }])),
});
