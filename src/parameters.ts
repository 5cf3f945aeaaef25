import { VARIABLES } from './api-config.ts';
import { ConfigError, type Environment } from './config.ts';
import type { Clock, Logger } from './runtime.ts';

/** Fetches parameters by their names, within a time; those that don't exist are missing from the answer. */
export type FetchParameters = (names: readonly string[], withinMs: number) => Promise<ReadonlyMap<string, string>>;

const SUFFIX = '_PARAMETER';
/**
 * For how long values are taken from memory, milliseconds: after this time, or up to a fifth less, a process asks for a
 * secret's new value. Processes that have started together do not all ask at once.
 */
export const FRESH_MS = 300_000;
/** For how long they are taken from memory when the Parameter Store does not answer, milliseconds. */
export const MAX_AGE_MS = 3_600_000;
/** How soon it is asked again after it gave no good answer: many processes together must not keep it from answering. */
export const RETRY_MS = 10_000;
/** The same where no values are known, so that requests fail: since it was asked, which may take longer than this. */
const RETRY_WITHOUT_MS = 1_000;
/** How long the first request of a process waits for values, and a moment more; an HTTP API waits for 30 seconds. */
const PATIENCE_MS = 7_000;
/** How long a request waits for new values where there are some to go on with. */
const REFRESH_PATIENCE_MS = 2_000;

/** What reading the environment takes. */
export interface EnvironmentOptions {
  readonly env: Environment;
  readonly fetchParameters: FetchParameters;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly log: Pick<Logger, 'error'>;
  /** From 0 to 1. @defaultValue `Math.random` */
  readonly random?: () => number;
}

/**
 * An environment in which `X_PARAMETER` names the parameter of the Parameter Store that holds the variable `X`. Values
 * are kept in memory for five minutes, and for an hour while the Parameter Store does not answer.
 *
 * @returns gives the environment with all values in it: the same object for as long as no value has changed; throws
 *   {@link ConfigError} where a value can't be had: none is known, it is more than an hour old, or the parameter is gone
 */
export function withParameters({
  env,
  fetchParameters,
  clock,
  log,
  random = Math.random,
}: EnvironmentOptions): () => Promise<Environment> {
  let known: { readonly env: Environment; readonly readMs: number } | undefined;
  let failure: unknown;
  let nextReadMs = Number.NEGATIVE_INFINITY;
  let reading: Promise<Environment> | undefined;

  async function read(): Promise<Environment> {
    const nowMs = clock.monotonicMs();
    nextReadMs = nowMs + (known ? RETRY_MS : RETRY_WITHOUT_MS);
    try {
      const patienceMs = known ? REFRESH_PATIENCE_MS : PATIENCE_MS;
      const values = await resolve(env, (names) => fetchParameters(names, patienceMs));
      known = { env: known && isSame(known.env, values) ? known.env : values, readMs: nowMs };
      nextReadMs = nowMs + FRESH_MS * (1 - random() / 5);
      return known.env;
    } catch (error) {
      if (known && error instanceof NoAnswer && nowMs < known.readMs + MAX_AGE_MS) {
        log.error({ reason: error.message }, 'Secrets could not be fetched; those from before are used.');
        return known.env;
      }
      known = undefined;
      failure = error;
      throw error;
    }
  }

  return async () => {
    if (reading || clock.monotonicMs() >= nextReadMs) {
      // Requests that come meanwhile wait for the same answer.
      reading ??= read().finally(() => {
        reading = undefined;
      });
      return reading;
    }
    if (!known) throw failure;
    return known.env;
  };
}

/**
 * Keeps what is made of the environment, and makes it anew when a secret has changed: nothing goes on with the old one
 * but the requests that are under way.
 */
export function madeOf<T>(read: () => Promise<Environment>, make: (env: Environment) => T): () => Promise<T> {
  let last: { readonly env: Environment; readonly made: T } | undefined;
  return async () => {
    const env = await read();
    if (last?.env !== env) last = { env, made: make(env) };
    return last.made;
  };
}

/** The Parameter Store said neither what the values are nor that there are none. */
class NoAnswer extends ConfigError {}

async function resolve(
  env: Environment,
  fetchParameters: (names: readonly string[]) => ReturnType<FetchParameters>,
): Promise<Environment> {
  const named = VARIABLES.flatMap((variable) => {
    const parameter = env[`${variable}${SUFFIX}`];
    return parameter === undefined ? [] : [{ variable, parameter }];
  });
  if (named.length === 0) return env;
  const twice = named.find(({ variable }) => env[variable] !== undefined)?.variable;
  if (twice) throw new ConfigError(`environment: ${twice} and ${twice}${SUFFIX} are both set; unset one of them`);
  const names = [...new Set(named.map(({ parameter }) => parameter))];
  const values = await fetchParameters(names).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new NoAnswer(`the Parameter Store did not give ${names.join(', ')}: ${reason}`, { cause });
  });
  const missing = named.filter(({ parameter }) => !values.has(parameter));
  if (missing.length > 0) {
    const problems = missing.map(({ variable, parameter }) => `${variable}${SUFFIX} names ${parameter}`);
    throw new ConfigError(`environment: ${problems.join('; ')}, which the Parameter Store does not have; put it there`);
  }
  return { ...env, ...Object.fromEntries(named.map(({ variable, parameter }) => [variable, values.get(parameter)])) };
}

const isSame = (one: Environment, other: Environment): boolean =>
  VARIABLES.every((variable) => one[variable] === other[variable]);
