/** Attributes of an item, and the properties of its maps as `salary.amount`. */
export type PathOf<T> = {
  [K in keyof T & string]: NonNullable<T[K]> extends string | number | boolean | readonly unknown[]
    ? K
    : K | `${K}.${keyof NonNullable<T[K]> & string}`;
}[keyof T & string];

/** A value computed from one attribute, to filter and sort by. */
export interface Derived<T, K extends keyof T & string = keyof T & string> {
  readonly from: K;
  readonly value: (value: NonNullable<T[K]>) => number | string;
}

/** Which typing errors are forgiven; by default one from 5 letters on and two from 9. */
export interface TypoRules<Searchable extends string = string> {
  /** Attributes whose words must be written as they are, such as codes and addresses. */
  readonly exact?: readonly Searchable[];
  /** Words that must be written as they are, in lower case and without accents. */
  readonly exactWords?: readonly string[];
  /** The letters that a word must have for one error to be forgiven. @defaultValue 5 */
  readonly oneFrom?: number;
  /** The letters that a word must have for two errors to be forgiven. @defaultValue 9 */
  readonly twoFrom?: number;
}

/**
 * What of an entity can be searched. Everything else follows from it: the settings of its indexes, their documents, and
 * the arguments and results in GraphQL.
 */
export interface SearchSpec<T, Searchable extends PathOf<T> = PathOf<T>> {
  /** Searched for words, weightiest first. */
  readonly searchable: readonly Searchable[];
  readonly filterable: readonly PathOf<T>[];
  readonly sortable: readonly PathOf<T>[];
  /** Counted by their values, or told by their range where they are numbers or dates; can be filtered by as well. */
  readonly facets?: readonly PathOf<T>[];
  /** Text whose matching words are shown as such. */
  readonly highlighted?: readonly NoInfer<Searchable>[];
  /** Highlighted text of which only the words around a match are shown, and how many. */
  readonly cropped?: { readonly [K in NoInfer<Searchable>]?: number };
  /** Words to be found by others as well, each in lower case: `{ dev: ['developer'] }` finds developers by "dev". */
  readonly synonyms?: Readonly<Record<string, readonly string[]>>;
  /** Words that are not looked for, in lower case. */
  readonly stopWords?: readonly string[];
  readonly typos?: TypoRules<NoInfer<Searchable>>;
  /** What decides between hits that match equally well, such as `hiredOn:desc`. */
  readonly ranking?: readonly `${PathOf<T>}:${'asc' | 'desc'}`[];
  readonly derived?: { readonly [field: string]: { [K in keyof T & string]: Derived<T, K> }[keyof T & string] };
  /** A map of `lat` and `lng` in degrees. Meilisearch rewrites its tree of points on every write: only where needed. */
  readonly geo?: keyof T & string;
}

/** A {@link SearchSpec} of any entity. */
export interface AnySpec extends Pick<SearchSpec<unknown>, 'synonyms' | 'stopWords'> {
  readonly searchable: readonly string[];
  readonly filterable: readonly string[];
  readonly sortable: readonly string[];
  readonly facets?: readonly string[];
  readonly highlighted?: readonly string[];
  readonly cropped?: Readonly<Record<string, number | undefined>>;
  readonly typos?: TypoRules;
  readonly ranking?: readonly string[];
  readonly derived?: Readonly<
    Record<string, { readonly from: string; readonly value: (value: never) => number | string }>
  >;
  readonly geo?: string;
}

/** The spec with what is implied spelled out. */
export function spelledOut(spec: AnySpec) {
  const rules = (spec.ranking ?? []).map((rule) => {
    const [path = rule, direction = 'asc'] = rule.split(':');
    return { path, direction };
  });
  const { facets = [], cropped = {}, typos = {}, derived = {}, synonyms = {}, stopWords = [] } = spec;
  return {
    ...spec,
    ...{ facets, cropped, typos, ranking: rules, derived, synonyms, stopWords },
    filterable: [...new Set([...spec.filterable, ...facets])],
    highlighted: [...new Set([...(spec.highlighted ?? []), ...Object.keys(cropped)])],
  };
}

/** A spec in which nothing is left out. */
export type FullSpec = ReturnType<typeof spelledOut>;
