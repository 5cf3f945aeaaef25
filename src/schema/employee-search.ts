import { may } from '../auth/policy.ts';
import { slug } from '../entities/core/keys.ts';
import { ForbiddenError } from '../errors.ts';
import { builder } from './builder.ts';
import type { SearchFilter } from './search-field.ts';

const SalaryRange = builder.inputType('SalaryRange', {
  description: 'Bounds in minor units of the currency, such as cents, both included.',
  fields: (t) => ({
    min: t.field({ type: 'SafeInt', required: true, description: 'Not less than this.' }),
    max: t.field({ type: 'SafeInt', required: true, description: 'Not more than this.' }),
  }),
});

const SalaryFilter = builder.inputType('SalaryFilter', {
  description: 'A range of yearly gross salaries in one currency.',
  fields: (t) => ({
    currency: t.field({ type: 'CurrencyCode', required: true, description: 'The currency; others are left out.' }),
    between: t.field({ type: SalaryRange, required: true, description: 'How much.' }),
  }),
});

const title: SearchFilter<string> = {
  type: 'String',
  description: 'The whole title; case and accents do not count.',
  where: (value) => [{ path: 'titleSlug', equals: slug(value) }],
};

const salary: SearchFilter<typeof SalaryFilter.$inferInput> = {
  type: SalaryFilter,
  description: 'The salary; for HR and ADMIN.',
  where: ({ between: { min, max }, currency }, { viewer }) => {
    if (!may(viewer, 'pay:read')) throw new ForbiddenError(`filter.salary is not open to the role ${viewer.role}`);
    return [
      { path: 'salary.amount', from: min, to: max },
      { path: 'salary.currency', equals: currency },
    ];
  },
};

/** Filters on employees beyond the equality of attributes. */
export const employeeFilters = { title, salary };
