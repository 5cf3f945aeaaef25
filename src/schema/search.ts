import { may } from '../auth/policy.ts';
import { Employee, Office, Project, Task } from '../entities/index.ts';
import { slug } from '../entities/keys.ts';
import type { AnyEntity } from '../entities/model.ts';
import { BadInputError, ForbiddenError } from '../errors.ts';
import type { EntitySearch } from '../search/define.ts';
import { employeeSearch, officeSearch, projectSearch, searches, taskSearch } from '../search/index.ts';
import { type Condition, indexQuery, itemIdOf, type Near, openIndexes, type SearchRequest } from '../search/query.ts';
import { builder } from './builder.ts';
import { enumOf, optionalIdOf } from './common.ts';
import type { Context } from './context.ts';
import { ProjectStatus, TaskPriority, TaskStatus, Team } from './enums.ts';
import { GeoPointInput } from './office.ts';
import { offsetPage, pageType, searchArgs } from './offset-page.ts';
import { typeName, typeOf } from './types.ts';

type Wanted = Pick<SearchRequest, 'text' | 'where' | 'order' | 'near'>;
type Paging = Parameters<typeof offsetPage>[1];

/** A page of one entity's search: ids from the index, items from the table, in the index's order. */
const searchPage = <T extends object>(
  ctx: Context,
  search: EntitySearch,
  entity: AnyEntity<T>,
  wanted: Wanted,
  args: Paging,
) =>
  offsetPage<T>(ctx, args, [entity.name, wanted], async (offset, limit) => {
    const request = { org: ctx.viewer.org, now: ctx.clock.now(), ...wanted, offset, limit };
    const [hits] = await ctx.search.query([indexQuery(search, request)]);
    return { nodes: await loadHits(ctx, entity, hits?.ids ?? []), total: hits?.total ?? 0 };
  });

/** Items of document ids; undefined for what is gone or another organization's. */
export const loadHits = <T extends object>(
  { viewer, reader }: Context,
  entity: AnyEntity<T>,
  documentIds: readonly string[],
) =>
  Promise.all(
    documentIds.map((documentId) => {
      const id = itemIdOf(documentId, viewer.org);
      return id === undefined ? undefined : reader.load(entity, id);
    }),
  );

/** Words to look for as Meilisearch takes them. @throws BadInputError */
function words(query: string | null | undefined): string | null | undefined {
  if (query?.isWellFormed() === false)
    throw new BadInputError('query', 'holds half of a surrogate pair; send valid Unicode');
  return query;
}

const equal = (filter: Readonly<Record<string, string | null | undefined>>): Condition[] =>
  Object.entries(filter).flatMap(([path, value]) => (typeof value === 'string' ? [{ path, equals: value }] : []));

const text = 'Words to look for, typing errors forgiven; everything when left out.';

const NearInput = builder.inputType('NearInput', {
  description: 'A place to search around.',
  fields: (t) => ({
    point: t.field({ type: GeoPointInput, required: true, description: 'The middle.' }),
    withinMeters: t.int({ required: true, defaultValue: 50_000, description: 'The distance, 1 to 20,000,000 meters.' }),
  }),
});

const SalaryFilter = builder.inputType('SalaryFilter', {
  description: 'A range of yearly gross salaries in one currency.',
  fields: (t) => ({
    currency: t.field({ type: 'CurrencyCode', required: true, description: 'The currency; others are left out.' }),
    between: t.field({
      type: builder.inputType('SalaryRange', {
        description: 'Bounds in minor units of the currency, such as cents, both included.',
        fields: (range) => ({
          min: range.field({ type: 'SafeInt', required: true, description: 'Not less than this.' }),
          max: range.field({ type: 'SafeInt', required: true, description: 'Not more than this.' }),
        }),
      }),
      required: true,
      description: 'How much.',
    }),
  }),
});

const EmployeeFilter = builder.inputType('EmployeeFilter', {
  description: 'Which employees; all that is given must hold.',
  fields: (t) => ({
    title: t.string({ description: 'The whole title; case and accents do not count.' }),
    team: t.field({ type: Team, description: 'The team.' }),
    office: t.id({ description: 'The office.' }),
    salary: t.field({ type: SalaryFilter, description: 'The salary; for HR and ADMIN.' }),
  }),
});

const ProjectFilter = builder.inputType('ProjectFilter', {
  description: 'Which projects; all that is given must hold.',
  fields: (t) => ({
    status: t.field({ type: ProjectStatus, description: 'The status.' }),
    lead: t.id({ description: 'Who answers for it.' }),
  }),
});

const TaskFilter = builder.inputType('TaskFilter', {
  description: 'Which tasks; all that is given must hold.',
  fields: (t) => ({
    status: t.field({ type: TaskStatus, description: 'The status.' }),
    priority: t.field({ type: TaskPriority, description: 'The priority.' }),
    project: t.id({ description: 'The project.' }),
    employee: t.id({ description: 'Whose they are.' }),
  }),
});

builder.queryFields((t) => ({
  searchOffices: t.field({
    type: pageType('Office', typeOf(Office)),
    nullable: true,
    description: 'Offices by words, and near a place, nearest first.',
    authScopes: { may: 'offices:read' },
    args: {
      query: t.arg.string({ description: text }),
      near: t.arg({ type: NearInput, description: 'Only around this place.' }),
      ...searchArgs,
    },
    resolve: (_root, { query, near, ...page }, ctx) =>
      searchPage(ctx, officeSearch, Office, { text: words(query), near: near && aroundPoint(near) }, page),
  }),
  searchEmployees: t.field({
    type: pageType('Employee', typeOf(Employee)),
    nullable: true,
    description: 'Employees by words and filters.',
    authScopes: { may: 'directory:read' },
    args: {
      query: t.arg.string({ description: text }),
      filter: t.arg({ type: EmployeeFilter, description: 'Only these.' }),
      ...searchArgs,
    },
    resolve: (_root, { query, filter, ...page }, ctx) => {
      const { title, team, salary } = filter ?? {};
      if (salary && !may(ctx.viewer, 'pay:read')) {
        throw new ForbiddenError(`filter.salary is not open to the role ${ctx.viewer.role}`);
      }
      const office = optionalIdOf('Office', filter?.office, 'filter.office');
      const pay: Condition[] = salary
        ? [
            { path: 'salary.amount', from: salary.between.min, to: salary.between.max },
            { path: 'salary.currency', equals: salary.currency },
          ]
        : [];
      return searchPage(
        ctx,
        employeeSearch,
        Employee,
        { text: words(query), where: [...equal({ titleSlug: title && slug(title), team, office }), ...pay] },
        page,
      );
    },
  }),
  searchProjects: t.field({
    type: pageType('Project', typeOf(Project)),
    nullable: true,
    description: 'Projects by words and filters.',
    authScopes: { may: 'directory:read' },
    args: {
      query: t.arg.string({ description: text }),
      filter: t.arg({ type: ProjectFilter, description: 'Only these.' }),
      ...searchArgs,
    },
    resolve: (_root, { query, filter, ...page }, ctx) => {
      const lead = optionalIdOf('Employee', filter?.lead, 'filter.lead');
      return searchPage(
        ctx,
        projectSearch,
        Project,
        { text: words(query), where: equal({ status: filter?.status, lead }) },
        page,
      );
    },
  }),
  searchTasks: t.field({
    type: pageType('Task', typeOf(Task)),
    nullable: true,
    description: 'Tasks by words and filters.',
    authScopes: { may: 'directory:read' },
    args: {
      query: t.arg.string({ description: text }),
      filter: t.arg({ type: TaskFilter, description: 'Only these.' }),
      ...searchArgs,
    },
    resolve: (_root, { query, filter, ...page }, ctx) => {
      const project = optionalIdOf('Project', filter?.project, 'filter.project');
      const employee = optionalIdOf('Employee', filter?.employee, 'filter.employee');
      const where = equal({ status: filter?.status, priority: filter?.priority, project, employee });
      return searchPage(ctx, taskSearch, Task, { text: words(query), where }, page);
    },
  }),
}));

function aroundPoint({ point: { lat, lng }, withinMeters }: typeof NearInput.$inferInput): Near {
  if (Math.abs(lat) > 90) throw new BadInputError('near.point.lat', `is ${lat}; give degrees from -90 to 90`);
  if (Math.abs(lng) > 180) throw new BadInputError('near.point.lng', `is ${lng}; give degrees from -180 to 180`);
  if (withinMeters < 1 || withinMeters > 20_000_000) {
    throw new BadInputError('near.withinMeters', `is ${withinMeters}; give 1 to 20000000 meters`);
  }
  return { lat, lng, withinMeters };
}

const SearchResult = builder.unionType('SearchResult', {
  description: 'Anything that can be found.',
  types: searches.map(({ entity }) => typeOf(entity)),
  resolveType: (item, { reader }) => {
    const entity = reader.entityOf(item);
    return entity && typeName(entity);
  },
});

const SearchType = enumOf(
  'SearchType',
  'What can be searched.',
  searches.map(({ entity }) => entity.name),
);

builder.queryField('search', (t) =>
  t.field({
    type: pageType('Any', SearchResult),
    nullable: true,
    description: 'Everything by words, in one ranking.',
    authScopes: { may: 'directory:read' },
    args: {
      query: t.arg.string({ required: true, description: 'Words to look for, typing errors forgiven.' }),
      types: t.arg({ type: [SearchType], description: 'Only these types; all when left out.' }),
      ...searchArgs,
    },
    resolve: (_root, { query, types, ...page }, ctx) => {
      const chosen = searches.filter(({ entity }) => !types || types.includes(entity.name));
      const byIndex = openIndexes(chosen);
      return offsetPage<object>(ctx, page, ['search', query, types], async (offset, limit) => {
        const request = { org: ctx.viewer.org, now: ctx.clock.now(), text: words(query) };
        const queries = chosen.map((search) => indexQuery(search, request));
        const { hits, total } =
          queries.length > 0 ? await ctx.search.federate(queries, { offset, limit }) : { hits: [], total: 0 };
        const nodes = hits.map(async ({ id, index }) => {
          const entity = byIndex.get(index)?.entity;
          return entity && (await loadHits(ctx, entity, [id]))[0];
        });
        return { nodes: await Promise.all(nodes), total };
      });
    },
  }),
);
