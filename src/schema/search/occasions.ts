import type { GraphQLResolveInfo } from 'graphql';
import { openTo } from '../../auth/policy.ts';
import type { Condition } from '../../entities/core/filter.ts';
import { Employee } from '../../entities/index.ts';
import { BadInputError } from '../../errors.ts';
import { employeeSearch } from '../../search/index.ts';
import {
  inWindow,
  isInWindow,
  MAX_DAYS_AHEAD,
  occasionIn,
  type YearlyWindow,
  yearlyWindows,
} from '../../search/occasions.ts';
import { indexQuery, itemIdOf } from '../../search/query.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';
import { type Hits, type PageArgs, pageArgs, pageType, type SearchPage, searchPage } from './page.ts';
import { searched } from './patterns.ts';

interface Occasion {
  readonly date: string;
  readonly years: number;
  readonly employee: Employee;
}

/** The document of an employee, and the year whose occasion it was found for. */
interface Found {
  readonly id: string;
  readonly window: YearlyWindow | undefined;
}

/** What comes round every year: the field of its month and day, and the date itself. */
interface Kind {
  readonly name: string;
  readonly path: string;
  readonly dateOf: (employee: Employee) => string | undefined;
  /** How many years must have passed for it to come round. */
  readonly years: number;
  /** Whose years have passed, as far as the window does not tell. */
  readonly where: (window: YearlyWindow) => Condition;
}

const birthdays: Kind = {
  name: 'birthdays',
  path: 'birthMonthDay',
  dateOf: ({ birthday }) => birthday,
  years: 0,
  where: () => ({ and: [] }),
};

const anniversaries: Kind = {
  name: 'anniversaries',
  path: 'hireMonthDay',
  dateOf: ({ hiredOn }) => hiredOn,
  years: 1,
  // Somebody hired this year has no anniversary yet.
  where: ({ year }) => ({ path: ['hiredOn'], op: 'lt', value: `${year}-01-01` }),
};

/** Occasions in the order of their days: one search per calendar year, both in one request. */
function upcoming(
  ctx: Context,
  info: GraphQLResolveInfo,
  kind: Kind,
  withinDays: number,
  args: PageArgs,
): Promise<SearchPage<Occasion>> {
  if (withinDays < 0 || withinDays > MAX_DAYS_AHEAD) {
    throw new BadInputError('withinDays', `is ${withinDays}; ask for 0 (today) to ${MAX_DAYS_AHEAD} days`);
  }
  const { clock, viewer } = ctx;
  const now = clock.now();
  const today = now.toISOString().slice(0, 10);
  const windows = yearlyWindows(today, withinDays);
  const query = (window: YearlyWindow, offset: number, limit: number) =>
    indexQuery(
      employeeSearch,
      {
        org: viewer.org,
        now,
        where: { and: [inWindow(kind.path, window), kind.where(window)] },
        order: [
          { path: kind.path, direction: 'asc' },
          { path: 'lastName', direction: 'asc' },
        ],
      },
      { offset, limit },
    );
  return searchPage<Found, Occasion, Hits<Found>>(ctx, info, args, [kind.name, today, withinDays], {
    async find({ offset, limit }, finder) {
      const [first, second] = await finder.query(
        // How far into the second year's hits the page begins is not known before the first year's are counted.
        windows.map((window, i) => (i === 0 ? query(window, offset, limit) : query(window, 0, offset + limit))),
      );
      const firstTotal = first?.total ?? 0;
      const ofSecond = second?.hits.slice(Math.max(0, offset - firstTotal)) ?? [];
      const hits = [first?.hits ?? [], ofSecond].flatMap((found, i) =>
        found.map(({ id }) => ({ id, window: windows[i] })),
      );
      return { hits: hits.slice(0, limit), total: firstTotal + (second?.total ?? 0) };
    },
    load: (hits) => Promise.all(hits.map(({ id, window }) => occasion(ctx, kind, id, window))),
  });
}

async function occasion(
  { viewer, reader }: Context,
  kind: Kind,
  documentId: string,
  window: YearlyWindow | undefined,
): Promise<Occasion | undefined> {
  const id = itemIdOf(documentId, viewer.org);
  const employee = id === undefined ? undefined : await reader.load(Employee, id);
  const date = employee && kind.dateOf(employee);
  // Found by the date that the index has; the table may have another one by now.
  if (!employee || !date || !window || !isInWindow(window, date)) return undefined;
  const years = window.year - Number(date.slice(0, 4));
  return years < kind.years ? undefined : { date: occasionIn(window, date), years, employee };
}

const OccasionType = builder.objectRef<Occasion>('Occasion').implement({
  description: 'A day in the life of an employee that comes round every year.',
  fields: (t) => ({
    date: t.expose('date', {
      type: 'Date',
      description: 'When it is; 29 February counts as 28 February in common years.',
    }),
    years: t.exposeInt('years', { description: 'How many years it will have been then.' }),
    employee: t.expose('employee', { type: builder.entityRef(Employee), description: 'Whose day it is.' }),
  }),
});

const OccasionPage = pageType('Occasion', OccasionType);

builder.queryFields((t) => {
  const withinDays = t.arg.int({
    required: true,
    defaultValue: 30,
    description: `How many days ahead: 0 (today, in UTC) to ${MAX_DAYS_AHEAD}. The turn of the year is no obstacle.`,
  });
  return {
    upcomingBirthdays: t.field({
      type: OccasionPage,
      nullable: true,
      description: `Whose birthday it will be, soonest first. ${openTo('pay:read')}`,
      authScopes: { may: 'pay:read' },
      extensions: searched({ indexes: [employeeSearch.indexFor([birthdays.path])] }),
      args: { withinDays, ...pageArgs },
      resolve: (_root, { withinDays: days, ...page }, ctx, info) => upcoming(ctx, info, birthdays, days, page),
    }),
    upcomingAnniversaries: t.field({
      type: OccasionPage,
      nullable: true,
      description: `Who will have been with the organization for another year, soonest first. ${openTo('pay:read')}`,
      authScopes: { may: 'pay:read' },
      extensions: searched({ indexes: [employeeSearch.indexFor([anniversaries.path])] }),
      args: { withinDays, ...pageArgs },
      resolve: (_root, { withinDays: days, ...page }, ctx, info) => upcoming(ctx, info, anniversaries, days, page),
    }),
  };
});
