/**
 * The domain's errors. Every one has a stable `code`, which clients may branch on, and a message that names the
 * input's field, what is wrong with it and what to do.
 */
export abstract class RosterError extends Error {
  abstract readonly code: string;
}

/** An argument that can't be used: malformed ids, cursors, page sizes, gaps in a key. */
export class BadInputError extends RosterError {
  readonly code: string = 'BAD_USER_INPUT';
  readonly argument: string;

  /** @param argument path of the argument, such as `input.email` or `first` */
  constructor(argument: string, problem: string, options?: ErrorOptions) {
    super(`${argument}: ${problem}`, options);
    this.argument = argument;
  }
}

/** A cursor that is forged, damaged, or of another field, other arguments, another organization. */
export class BadCursorError extends BadInputError {
  override readonly code = 'BAD_CURSOR';
}

/** Something could not be read, counted or filled within the work that one operation may cause. */
export class WorkBudgetExceededError extends RosterError {
  readonly code = 'WORK_BUDGET_EXCEEDED';
  /** Rows that one operation may read. */
  readonly budget: number;
  /** Where to go on from without missing anything; null is the start, undefined that there is nothing to go on with. */
  readonly cursor: string | null | undefined;
  /** How many objects of the page were found from there on; undefined for what is no page. */
  readonly found: number | undefined;

  /** @param page how far a page got and the argument that goes on from there; left out for what is no page */
  constructor(
    budget: number,
    page?: { readonly found: number; readonly cursor: string | null; readonly argument: 'after' | 'before' },
  ) {
    const cure = page ? `the page is not full: ${goOn(page)}, or narrow the query` : 'ask for less at a time';
    super(`the operation has read the ${budget} rows that one may read; ${cure}`);
    this.budget = budget;
    this.cursor = page?.cursor;
    this.found = page?.found;
  }
}

const goOn = ({ found, argument }: { readonly found: number; readonly argument: string }): string =>
  found === 0
    ? `go on with extensions.cursor as ${argument}`
    : `ask for ${found} with extensions.cursor as ${argument}, then go on`;

/** An operation took longer than operations may. Answered with HTTP 503. */
export class DeadlineExceededError extends RosterError {
  readonly code = 'DEADLINE_EXCEEDED';
  /** Whether clients may send it again by themselves: nothing was changed, for it only reads. */
  readonly retryable: boolean;

  /** @param isMutation some of what it changes may have been changed */
  constructor(timeoutMs: number, isMutation: boolean) {
    const cure = isMutation
      ? 'some of it may have been done: read before you try again'
      : 'try again, or ask for less at a time';
    super(`the operation took longer than ${Math.round(timeoutMs / 100) / 10} seconds; ${cure}`);
    this.retryable = !isMutation;
  }
}

/** What can be wrong with a token; clients get a new one for `EXPIRED`, and for the others have somebody look. */
export type TokenProblem =
  | 'MISSING'
  | 'MALFORMED'
  | 'TYPE'
  | 'ALGORITHM'
  | 'KEY'
  | 'SIGNATURE'
  | 'ISSUER'
  | 'AUDIENCE'
  | 'EXPIRED'
  | 'NOT_YET_VALID'
  | 'LIFETIME'
  | 'CLAIMS';

/** No token, or one that is malformed, expired, or signed by somebody else. Answered with HTTP 401. */
export class UnauthenticatedError extends RosterError {
  readonly code = 'UNAUTHENTICATED';
  readonly reason: TokenProblem;

  constructor(message: string, { reason, ...options }: ErrorOptions & { readonly reason: TokenProblem }) {
    super(message, options);
    this.reason = reason;
  }
}

/** The viewer's role does not allow it. */
export class ForbiddenError extends RosterError {
  readonly code = 'FORBIDDEN';

  /** @param whoMay to whom it is open, as a sentence such as `For HR and ADMIN.` */
  constructor(problem: string, whoMay?: string) {
    super(whoMay === undefined ? problem : `${problem}. ${whoMay}`);
  }
}

/** One attribute of an input that can't be stored. */
export interface Issue {
  /** Dotted path below the input, such as `salary.currency`. */
  readonly path: string;
  readonly message: string;
}

/** An input whose shape is right and whose values are not. Lists every issue, not just the first. */
export class ValidationError extends RosterError {
  readonly code = 'VALIDATION_FAILED';
  readonly issues: readonly Issue[];

  constructor(issues: readonly Issue[]) {
    super(issues.map((issue) => `${issue.path} ${issue.message}`).join('; '));
    this.issues = issues;
  }
}

/** The item to change, or one that the input refers to, does not exist in the viewer's organization. */
export class NotFoundError extends RosterError {
  readonly code = 'NOT_FOUND';
  /** The type that was looked for, such as `office`. */
  readonly entity: string;
  /** The input's attribute that named it. */
  readonly path: string;

  constructor(entity: string, path: string) {
    super(`${path} names no ${entity} of your organization`);
    this.entity = entity;
    this.path = path;
  }
}

/** Somebody else changed the item since the caller read it. */
export class VersionConflictError extends RosterError {
  readonly code = 'VERSION_CONFLICT';
  readonly currentVersion: number;

  constructor(expected: number, current: number) {
    super(`expectedVersion is ${expected}, but the item is at version ${current}; read it again and decide anew`);
    this.currentVersion = current;
  }
}

/** Another employee of the organization has this e-mail address. */
export class EmailTakenError extends RosterError {
  readonly code = 'EMAIL_TAKEN';
  readonly email: string;

  constructor(email: string) {
    super(`${email} already belongs to another employee; choose another address or change theirs first`);
    this.email = email;
  }
}

/** The item can't be deleted while others refer to it. */
export class InUseError extends RosterError {
  readonly code = 'IN_USE';
  /** The entity whose items refer to it. */
  readonly by: string;

  constructor(entity: string, by: string) {
    super(`this ${entity} still has at least one ${by}; move or delete those first`);
    this.by = by;
  }
}

/** The table or the search engine did not answer in time; the same request may succeed later. */
export class UnavailableError extends RosterError {
  readonly code: string = 'SERVICE_UNAVAILABLE';
}

/** The issuer's keys can't be had, so that no token can be told from a forged one. Answered with HTTP 503. */
export class KeysUnavailableError extends UnavailableError {
  /** When they are asked for again; 1 or more. */
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number, options?: ErrorOptions) {
    super('tokens can not be verified at the moment; try again', options);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Frontends can't search by themselves where no key is configured to sign their tokens by. */
export class SearchTokenDisabledError extends RosterError {
  readonly code = 'SEARCH_TOKEN_DISABLED';

  constructor() {
    super('search tokens are off; whoever runs this API turns them on by SEARCH_TOKEN_KEY and SEARCH_TOKEN_KEY_UID');
  }
}

/** A search got no answer. It changes nothing, so clients may send it again by themselves. */
export class SearchUnavailableError extends UnavailableError {
  override readonly code = 'SEARCH_UNAVAILABLE';
  /** How long to wait before that; 1 or more. */
  readonly retryAfterSeconds: number;

  /** @param options `retryAfterSeconds` is 1 when left out */
  constructor(
    message: string,
    { retryAfterSeconds = 1, ...options }: ErrorOptions & { readonly retryAfterSeconds?: number } = {},
  ) {
    super(message, options);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
