import { entities } from '../../entities/all.ts';
import { type AnyValue, itemsOf } from '../../entities/core/attributes.ts';
import { BadInputError } from '../../errors.ts';
import type { EntitySearch } from '../../search/define.ts';
import { isBlank, isText, textPrefix, WHAT_COUNTS } from '../../search/encoding.ts';
import type { FacetCounts } from '../../search/hits.ts';
import { MAX_FACET_VALUES } from '../../search/settings.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';
import { loadWithPages } from '../electrodb/look-ahead.ts';
import { typeName } from '../electrodb/names.ts';
import type { SelectedField } from '../electrodb/selection.ts';
import { kindOf, ORDERED } from '../electrodb/values.ts';
import { fieldName } from './names.ts';

/** A facet that is asked for. */
export interface FacetRequest {
  readonly path: string;
  /** Only values that begin with this. */
  readonly startsWith: string | undefined;
}

/** Equal for requests that have one answer. */
export const facetKey = ({ path, startsWith = '' }: FacetRequest): string => `${path} ${startsWith}`;

/** The facets of a search, as far as they were asked for. */
export type Facets = (request: FacetRequest) => FacetCounts | undefined;

/** The facets of a type's searches: which there are, and their GraphQL type. */
export interface FacetFields {
  readonly type: ReturnType<typeof facetsRef>;
  /** The facet that a field shows, as its arguments ask for it. @throws BadInputError */
  request(field: string, args: Readonly<Record<string, unknown>>): FacetRequest | undefined;
}

/** One value of a facet. */
interface Counted {
  /** As the table holds it. */
  readonly value: unknown;
  readonly count: number;
}

const DEFAULT_VALUES = 20;

/** The types of values and ranges, each made once for all facets that have it. */
const types = new Map<string, object>();

function once<Ref extends object>(name: string, make: () => Ref): Ref {
  const known = types.get(name) ?? make();
  types.set(name, known);
  // What was made under a name was made by the one function that gives that name.
  return known as Ref;
}

/** Which facets a kind of search has. */
interface FacetSet {
  /** The type's name. */
  readonly name: string;
  readonly paths: readonly string[];
  /** Whether values can be looked for by how they begin, which takes a search of its own. */
  readonly byBeginning: boolean;
}

/** The facets of an entity's searches; undefined when it has none. */
export const facetFields = (search: EntitySearch): FacetFields | undefined =>
  fieldsOf(search, { name: `${typeName(search.entity)}SearchFacets`, paths: search.spec.facets, byBeginning: true });

/** The facets of an entity in the search of everything, which asks the open indexes, each once. */
export const openFacetFields = (search: EntitySearch): FacetFields | undefined =>
  fieldsOf(search, {
    name: `AnySearch${typeName(search.entity)}Facets`,
    paths: search.spec.facets.filter((path) => !search.isRestricted(path)),
    byBeginning: false,
  });

function fieldsOf(search: EntitySearch, set: FacetSet): FacetFields | undefined {
  if (set.paths.length === 0) return undefined;
  const pathOf = new Map(set.paths.map((path) => [fieldName(path), path]));
  return {
    type: facetsRef(search, set),
    request(field, args) {
      const path = pathOf.get(field);
      return path === undefined ? undefined : requestOf(path, args);
    },
  };
}

/** The facets that are selected, as far as the viewer may have them. @throws BadInputError */
export function facetsAsked(
  search: EntitySearch,
  { request }: FacetFields,
  selected: readonly SelectedField[],
  ctx: Context,
): FacetRequest[] {
  const mayFilter = builder.entityAttributes(search.entity).mayFilter(ctx);
  const asked = selected.flatMap(({ field, args }) => request(field.name, args) ?? []);
  const open = asked.filter(({ path }) => mayFilter || !search.isRestricted(path));
  return [...new Map(open.map((each) => [facetKey(each), each])).values()];
}

/** @throws BadInputError for a beginning in which nothing counts, or a number of values that there can't be */
function requestOf(path: string, { first, startsWith }: Readonly<Record<string, unknown>>): FacetRequest {
  const argument = `facets.${fieldName(path)}`;
  if (typeof first === 'number' && (first < 1 || first > MAX_FACET_VALUES))
    throw new BadInputError(`${argument}.first`, `is ${first}; ask for 1 to ${MAX_FACET_VALUES}`);
  if (typeof startsWith !== 'string') return { path, startsWith: undefined };
  if (!startsWith.isWellFormed())
    throw new BadInputError(`${argument}.startsWith`, 'holds half of a surrogate pair; send valid Unicode');
  if (isBlank(startsWith))
    throw new BadInputError(
      `${argument}.startsWith`,
      'has nothing but blanks and punctuation, which do not count; give a letter, a digit or a symbol, or leave it out',
    );
  return { path, startsWith };
}

function facetsRef(search: EntitySearch, { name, paths, byBeginning }: FacetSet) {
  const { entity } = search;
  return builder.objectRef<Facets>(name).implement({
    description: `What the ${typeName(entity)} objects that match have in common, be they on this page or not.`,
    fields: (t) =>
      Object.fromEntries(
        paths.map((path) => {
          const attributes = builder.entityAttributes(entity);
          const { value } = attributes.place(path);
          const description = attributes.describe(path);
          const isRange = isOrdered(value);
          const field = isRange
            ? t.field({
                type: rangeRef(search, path),
                nullable: true,
                description: `${description} The smallest and the largest; null when none has any.`,
                resolve: (facets, args, ctx) => countsOf(search, facets, requestOf(path, args), ctx)?.range,
              })
            : t.field({
                type: [valueRef(search, path)],
                // Where it is not open to the viewer.
                nullable: search.isRestricted(path),
                description: `${description} How many have each, most frequent first, equal counts by value.`,
                args: {
                  first: t.arg.int({
                    required: true,
                    defaultValue: DEFAULT_VALUES,
                    description: `How many values, 1 to ${MAX_FACET_VALUES}.`,
                  }),
                  ...(byBeginning && isText(value)
                    ? {
                        startsWith: t.arg.string({
                          description: `Only values that begin with this. ${WHAT_COUNTS}`,
                        }),
                      }
                    : {}),
                },
                resolve: (facets, args, ctx) => valuesOf(search, facets, path, args, ctx),
              });
          return [fieldName(path), field];
        }),
      ),
  });
}

const isOrdered = (value: AnyValue): boolean => {
  const what = kindOf(itemsOf(value) ?? value);
  return what.kind === 'scalar' && ORDERED.has(what.scalar);
};

/** @throws ForbiddenError for what the viewer may not infer */
function countsOf(search: EntitySearch, facets: Facets, request: FacetRequest, ctx: Context): FacetCounts | undefined {
  const field = `facets.${fieldName(request.path)}`;
  if (search.isRestricted(request.path))
    builder
      .entityAttributes(search.entity)
      .assertMayInfer(ctx, `${field} is not open to you, since it tells of values`);
  return facets(request);
}

/** @throws BadInputError, ForbiddenError */
function valuesOf(
  search: EntitySearch,
  facets: Facets,
  path: string,
  args: { readonly first: number; readonly startsWith?: string | null | undefined },
  ctx: Context,
): Counted[] {
  const request = requestOf(path, args);
  const beginning = request.startsWith === undefined ? undefined : textPrefix(request.startsWith);
  const values = countsOf(search, facets, request, ctx)?.values ?? [];
  return (
    [...values]
      // Of several values of one object, all are counted when one of them begins so.
      .filter(([value]) => beginning === undefined || textPrefix(value).startsWith(beginning))
      // The engine's own order of equal counts would tell of the values that other organizations have.
      .toSorted(([one, a], [other, b]) => b - a || (one < other ? -1 : 1))
      .slice(0, args.first)
      .map(([value, count]) => ({ value: search.decode(path, value), count }))
  );
}

/** What a facet's values are, and what to call their type. */
function kindAt(search: EntitySearch, path: string) {
  const attributes = builder.entityAttributes(search.entity);
  const place = attributes.place(path);
  const item = itemsOf(place.value);
  const what = kindOf(item ?? place.value);
  // The type follows from the declaration, which TypeScript can't see through.
  const output = attributes.output(path) as 'String' | ['String'];
  return { what, type: Array.isArray(output) ? output[0] : output, typeName: attributes.typeName(path) };
}

function rangeRef(search: EntitySearch, path: string) {
  const { type, typeName: name } = kindAt(search, path);
  return once(`${name}FacetRange`, () =>
    builder.objectRef<NonNullable<FacetCounts['range']>>(`${name}FacetRange`).implement({
      description: 'From the smallest value to the largest, both there.',
      fields: (t) => ({
        min: t.field({ type, description: 'The smallest.', resolve: ({ min }) => search.decode(path, min) as string }),
        max: t.field({ type, description: 'The largest.', resolve: ({ max }) => search.decode(path, max) as string }),
      }),
    }),
  );
}

function valueRef(search: EntitySearch, path: string) {
  const { what, type, typeName: name } = kindAt(search, path);
  const target = what.kind === 'reference' && entities.find((entity) => typeName(entity) === what.typename);
  return once(`${name}Facet`, () =>
    builder.objectRef<Counted>(`${name}Facet`).implement({
      description: 'A value and how many have it.',
      fields: (t) => ({
        value: target
          ? t.field({
              type: builder.entityRef(target),
              nullable: true,
              description: 'The object; null when it is gone.',
              resolve: ({ value }, _args, ctx, info) => loadWithPages(ctx, target, String(value), info, ctx),
            })
          : t.field({
              type,
              description: 'The value.',
              resolve: ({ value }) => (name === 'Boolean' ? value === 'true' : value) as string,
            }),
        count: t.exposeInt('count', { description: 'How many.' }),
      }),
    }),
  );
}
