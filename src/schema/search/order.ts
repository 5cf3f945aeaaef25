import type { InputRef } from '@pothos/core';
import { constantCase } from '../../entities/core/enumeration.ts';
import { BadInputError } from '../../errors.ts';
import type { EntitySearch } from '../../search/define.ts';
import type { SortKey } from '../../search/query.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';
import { typeName, wordsOf } from '../electrodb/names.ts';

/** A key of an order as clients give it. */
export interface OrderInput {
  readonly by: string;
  readonly order: 'ASC' | 'DESC';
}

/** The input of one key of an order; undefined where there is nothing to order by. */
export function orderInput({ entity, spec }: EntitySearch): InputRef<OrderInput> | undefined {
  if (spec.sortable.length === 0) return undefined;
  const name = typeName(entity);
  const attributes = builder.entityAttributes(entity);
  const SearchKey = builder.enumType(`${name}SearchKey`, {
    description: `What ${name} objects can be ordered by. Case and accents do not count; what is absent comes last.`,
    values: Object.fromEntries(
      spec.sortable.map((path) => [
        constantCase(wordsOf(path)),
        { value: path, description: attributes.describe(path) },
      ]),
    ),
  });
  return builder.inputType(`${name}SearchOrder`, {
    description: `One key of the order of ${name} objects.`,
    fields: (t) => ({
      by: t.field({ type: SearchKey, required: true, description: 'What to compare.' }),
      order: t.field({
        type: attributes.order,
        required: true,
        defaultValue: 'ASC',
        description: 'Ascending or descending.',
      }),
    }),
  });
}

/** The order of a search. @throws BadInputError for a repeated key, ForbiddenError for what the viewer may not infer */
export const orderIn = (search: EntitySearch, given: readonly OrderInput[], ctx: Context): SortKey[] =>
  given.map(({ by, order }, i) => {
    const attributes = builder.entityAttributes(search.entity);
    const same = given.findIndex((other) => other.by === by);
    if (same < i)
      throw new BadInputError(
        `orderBy[${i}].by`,
        `is that of orderBy[${same}], which decides alone; give each key once`,
      );
    if (search.isRestricted(by))
      attributes.assertMayInfer(ctx, `orderBy[${i}].by is not open to you, since an order would give its values away`);
    return { path: by, direction: order === 'DESC' ? 'desc' : 'asc' };
  });
