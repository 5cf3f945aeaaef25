import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import { KeysUnavailableError } from '../errors.ts';
import type { Clock } from '../runtime.ts';

/** How long the issuer may take to answer. */
const FETCH_TIMEOUT_MS = 3_000;
/** After this, the set is fetched again: keys that the issuer has withdrawn are good for no longer. */
const MAX_AGE_MS = 10 * 60_000;
/** How old the set may get while the issuer can't be reached. */
const MAX_AGE_IN_OUTAGE_MS = 4 * 60 * 60_000;
/** Between two requests where there is a set to go on with: a flood of unknown keys is no flood of requests. */
const COOL_DOWN_MS = 30_000;
/** Between two requests where there is none. */
const RETRY_MS = 1_000;

/** The keys that an issuer signs by. @param jwks address of the key set, or the key set itself as JSON */
export function createKeySet(jwks: string, clock: Pick<Clock, 'now'>): JWTVerifyGetKey {
  if (jwks.startsWith('{')) return createLocalJWKSet(JSON.parse(jwks));
  const remote = new RemoteKeySet(new URL(jwks), clock);
  return (header, token) => remote.key(header, token);
}

/**
 * A key set that is fetched when it is first needed, when it has aged, and when a token names a key that it lacks, since
 * issuers change their keys at any time. What is fetched is kept for hours if the issuer is away, so that its outages
 * log nobody out.
 */
class RemoteKeySet {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #remote: ReturnType<typeof createRemoteJWKSet>;
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #triedAt = Number.NEGATIVE_INFINITY;
  #pending: Promise<void> | undefined;
  /** Why the last request failed; undefined when it did not. */
  #failure: unknown;

  constructor(url: URL, clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
    const { POSITIVE_INFINITY: never } = Number;
    // When to fetch is decided here: the library would ask an issuer that is away for every token.
    const options = { timeoutDuration: FETCH_TIMEOUT_MS, cacheMaxAge: never, cooldownDuration: never };
    this.#remote = createRemoteJWKSet(url, options);
  }

  /**
   * The key of a token.
   *
   * @throws KeysUnavailableError when it can't be had, errors.JWKSNoMatchingKey when the issuer has none such
   */
  async key(...[header, token]: Parameters<JWTVerifyGetKey>): Promise<Awaited<ReturnType<JWTVerifyGetKey>>> {
    if (this.#age() > MAX_AGE_MS && !(this.#isUsable() && this.#pending)) await this.#refresh();
    if (!this.#isUsable()) throw this.#unavailable();
    try {
      return await this.#remote(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
    await this.#refresh();
    try {
      return await this.#remote(header, token);
    } catch (error) {
      // Whether the issuer has that key by now is not known: a good token must not be refused for good.
      if (error instanceof errors.JWKSNoMatchingKey && this.#failure !== undefined) throw this.#unavailable();
      throw error;
    }
  }

  #now = (): number => this.#clock.now().getTime();
  #age = (): number => this.#now() - this.#fetchedAt;
  #isUsable = (): boolean => this.#age() <= MAX_AGE_IN_OUTAGE_MS;

  /** Fetches the set, unless that was tried just now. What goes wrong is kept. */
  async #refresh(): Promise<void> {
    const pauseMs = this.#isUsable() ? COOL_DOWN_MS : RETRY_MS;
    if (!this.#pending && this.#now() - this.#triedAt < pauseMs) return;
    this.#pending ??= this.#fetch().finally(() => {
      this.#pending = undefined;
    });
    await this.#pending;
  }

  async #fetch(): Promise<void> {
    this.#triedAt = this.#now();
    try {
      await this.#remote.reload();
      this.#fetchedAt = this.#now();
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error;
    }
  }

  #unavailable(): KeysUnavailableError {
    const waitMs = this.#triedAt + (this.#isUsable() ? COOL_DOWN_MS : RETRY_MS) - this.#now();
    return new KeysUnavailableError(Math.max(1, Math.ceil(waitMs / 1_000)), { cause: this.#failure });
  }
}
