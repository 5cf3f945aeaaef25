import { MeilisearchRequestError } from 'meilisearch';
import { EngineRefusal, EngineUnavailable } from './errors.ts';

/** An answer that is no success: Meilisearch's own, or that of a proxy before it. */
class FailedAnswer extends Error {
  readonly status: number;
  /** Meilisearch's own code, such as `index_not_found`; undefined where the answer is not Meilisearch's. */
  readonly reason: string | undefined;

  constructor(status: number, reason: string | undefined, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

/**
 * Sends a request of Meilisearch's client. The client itself fails on an answer that is not JSON, such as a proxy's page,
 * without telling its status.
 *
 * @returns the answer; undefined when it is empty
 * @throws FailedAnswer when the status is no success, for {@link ask} to tell what it means; what `fetch` throws when there
 *   is no answer
 */
export async function sendRequest(...request: Parameters<typeof fetch>): Promise<unknown> {
  const response = await fetch(...request);
  const text = await response.text();
  if (response.ok) return text === '' ? undefined : JSON.parse(text);
  const { status, statusText } = response;
  const { code, message } = problemIn(text);
  throw new FailedAnswer(status, code, message ?? `${status} ${statusText}`.trim());
}

/** What the text of an answer says about what went wrong, if it is Meilisearch's. */
function problemIn(text: string): { readonly code?: string; readonly message?: string } {
  try {
    const { code, message } = Object(JSON.parse(text)) as { readonly code?: unknown; readonly message?: unknown };
    return { ...(typeof code === 'string' && { code }), ...(typeof message === 'string' && { message }) };
  } catch {
    return {};
  }
}

/** Lets an expected refusal of a request pass as undefined. */
export const unless =
  (reason: string) =>
  (error: unknown): undefined => {
    if (reasonOf(error) !== reason) throw error;
  };

const reasonOf = (error: unknown): string | undefined => answerIn(error)?.reason;

/** The answer for which a request has failed; undefined when there was none. */
const answerIn = (error: unknown): FailedAnswer | undefined =>
  error instanceof MeilisearchRequestError && error.cause instanceof FailedAnswer ? error.cause : undefined;

/** Sends a request by Meilisearch's client, and tells refusals from outages. @throws EngineRefusal, EngineUnavailable */
export async function ask<T>(send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    throw failureOf(error);
  }
}

function failureOf(error: unknown): Error {
  const options = { cause: error };
  const answer = answerIn(error);
  if (answer && answer.status < 500) {
    // Behind a proxy, a refusal need not be Meilisearch's and has no code then.
    const reason = answer.reason ?? PROXY_REASONS[answer.status] ?? `http_${answer.status}`;
    return new EngineRefusal(reason, answer.message, options);
  }
  const message = answer?.message ?? (error instanceof Error ? error.message : String(error));
  return new EngineUnavailable(`Meilisearch did not answer: ${message}`, !neverConnected(error), options);
}

/** What a proxy refuses by a status, in Meilisearch's words. */
const PROXY_REASONS: Readonly<Record<number, string>> = { 413: 'payload_too_large' };

/** True when not even a connection was made. */
function neverConnected(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { readonly code?: unknown };
  const before = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'];
  if (typeof code === 'string') return before.includes(code);
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(neverConnected);
  return neverConnected(error.cause);
}
