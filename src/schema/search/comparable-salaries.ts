import { openTo } from '../../auth/policy.ts';
import type { Condition } from '../../entities/core/filter.ts';
import { check } from '../../entities/core/validate.ts';
import { Employee, Office } from '../../entities/index.ts';
import { BadInputError } from '../../errors.ts';
import { WHAT_COUNTS } from '../../search/encoding.ts';
import { employeeSearch } from '../../search/index.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';
import { MAX_LIMIT } from '../electrodb/page.ts';
import { entityPage, searchTypes } from './entity-page.ts';
import { pageArgs } from './page.ts';
import { searched } from './patterns.ts';

const MAX_PERCENT = 100;
const AMOUNT = 'salary.amount';

/** The ids of the offices in a country. @throws WorkBudgetExceededError */
async function officesIn({ reader }: Context, country: string): Promise<string[]> {
  const offices = await reader.all({ entity: Office, index: 'locations', composites: { country } });
  return offices.map(({ office }) => office);
}

/** Refuses what no employee has. @throws BadInputError */
function assertPossible(given: Readonly<Pick<Employee, 'title' | 'salary'>>): void {
  const { title, salary } = Employee.attributes;
  const [issue] = [...check('title', title, given.title), ...check('salary', salary, given.salary)];
  if (issue) throw new BadInputError(issue.path, issue.message);
}

builder.queryField('comparableSalaries', (t) =>
  t.field({
    type: searchTypes(employeeSearch).page,
    nullable: true,
    description: `Who has the same title in the same country and about the same salary, lowest first. ${openTo('pay:read')}`,
    authScopes: { may: 'pay:read' },
    extensions: searched({
      indexes: [employeeSearch.indexFor([AMOUNT])],
      before: `1 Query for each ${MAX_LIMIT} offices of the country`,
    }),
    args: {
      title: t.arg.string({
        required: true,
        description: `The job title. ${WHAT_COUNTS}`,
      }),
      country: t.arg({ type: 'CountryCode', required: true, description: 'The country of the office.' }),
      salary: t.arg({
        type: builder.attributeInput(Employee, 'salary'),
        required: true,
        description: 'The salary to compare with; those in other currencies are left out.',
      }),
      withinPercent: t.arg.int({
        required: true,
        defaultValue: 10,
        description: `By how much a salary may be lower or higher, 0 to ${MAX_PERCENT} per cent.`,
      }),
      ...pageArgs,
    },
    resolve: async (_root, { title, country, salary, withinPercent, ...page }, ctx, info) => {
      if (withinPercent < 0 || withinPercent > MAX_PERCENT)
        throw new BadInputError('withinPercent', `is ${withinPercent}; give 0 to ${MAX_PERCENT}`);
      assertPossible({ title, salary });
      const { amount, currency } = salary;
      const where: Condition = {
        and: [
          { path: ['title'], op: 'eq', value: title },
          { path: ['office'], op: 'in', values: await officesIn(ctx, country) },
          { path: ['salary', 'currency'], op: 'eq', value: currency },
          // Both bounds are included.
          { path: ['salary', 'amount'], op: 'gte', value: Math.ceil((amount * (100 - withinPercent)) / 100) },
          { path: ['salary', 'amount'], op: 'lte', value: Math.floor((amount * (100 + withinPercent)) / 100) },
        ],
      };
      return entityPage(ctx, info, employeeSearch, {
        where,
        order: [{ path: AMOUNT, direction: 'asc' }],
        // Offices may open and close between two pages.
        scope: ['comparableSalaries', title, country, salary, withinPercent],
        page,
      });
    },
  }),
);
