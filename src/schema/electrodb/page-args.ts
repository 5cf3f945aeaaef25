import { BadInputError } from '../../errors.ts';

/** The arguments of a Relay connection as they come in. */
export interface ConnectionArgs {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** Which page of a connection is asked for. */
export interface PageRequest {
  /** Edges wanted, 0 to {@link MAX_PAGE_SIZE}. */
  readonly size: number;
  /** Forward from `cursor` or the start, or backward from `cursor` or the end. */
  readonly direction: 'forward' | 'backward';
  readonly cursor: string | undefined;
  /** Name of the argument that the cursor came in. */
  readonly cursorArgument: 'after' | 'before';
}

/** Edges of a page when neither `first` nor `last` is given. */
export const DEFAULT_PAGE_SIZE = 20;
/** The largest page. */
export const MAX_PAGE_SIZE = 100;
/** Both, for descriptions. */
export const PAGE_SIZES = `0 to ${MAX_PAGE_SIZE}, ${DEFAULT_PAGE_SIZE} when left out`;

/**
 * Checks the arguments of a connection.
 *
 * @throws {@link BadInputError} naming the argument
 */
export function pageRequest({ first, after, last, before }: ConnectionArgs): PageRequest {
  const backward = typeof last === 'number' || (typeof before === 'string' && typeof first !== 'number');
  const [size, sizeArgument] = backward ? ([last, 'last'] as const) : ([first, 'first'] as const);
  const [cursor, cursorArgument] = backward ? ([before, 'before'] as const) : ([after, 'after'] as const);
  const foreign = backward
    ? (typeof first === 'number' && 'first') || (typeof after === 'string' && 'after')
    : typeof before === 'string' && 'before';
  if (foreign) {
    throw new BadInputError(
      foreign,
      `can't be combined with ${sizeArgument}; page forward with first and after, or backward with last and before`,
    );
  }
  if (typeof size === 'number' && (size < 0 || size > MAX_PAGE_SIZE)) {
    throw new BadInputError(
      sizeArgument,
      `is ${size}; ask for 0 to ${MAX_PAGE_SIZE} and page on with ${cursorArgument}`,
    );
  }
  return {
    size: size ?? DEFAULT_PAGE_SIZE,
    direction: backward ? 'backward' : 'forward',
    cursor: cursor ?? undefined,
    cursorArgument,
  };
}
