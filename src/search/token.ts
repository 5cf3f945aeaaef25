import { generateTenantToken } from 'meilisearch/token';
import type { Clock } from '../runtime.ts';
import type { EntitySearch } from './define.ts';
import { indexQuery } from './query.ts';

/** How tokens are made. */
export interface SearchTokenOptions {
  /** A key of Meilisearch that may search and nothing else; signs the tokens. */
  readonly key: string;
  /** That key's uid, a UUID. */
  readonly keyUid: string;
  readonly ttlSeconds: number;
  /** Where browsers reach Meilisearch. */
  readonly host: string;
  /** Put before every index name. */
  readonly indexPrefix: string;
  readonly clock: Clock;
}

/** What a frontend needs to search by itself. */
export interface SearchToken {
  /** A tenant token, to be used as an API key. */
  readonly token: string;
  readonly host: string;
  readonly expiresAt: Date;
  /** The indexes that it can search; their whole names, by the entity's. */
  readonly indexes: readonly { readonly entity: string; readonly name: string }[];
}

/** Makes tokens by which frontends can search without the graph. */
export interface SearchTokens {
  /**
   * A token for an organization's documents in the open indexes, whoever searches with it and whatever they filter by.
   *
   * @param searches what its holder may read
   */
  issue(org: string, searches: readonly EntitySearch[]): Promise<SearchToken>;
}

/**
 * Makes tenant tokens: signed here, without a request, and checked by Meilisearch alone, which can't withdraw one.
 *
 * https://www.meilisearch.com/docs/learn/security/multitenancy_tenant_tokens
 */
export const createSearchTokens = (options: SearchTokenOptions): SearchTokens => ({
  async issue(org, searches) {
    const { key: apiKey, keyUid: apiKeyUid, ttlSeconds, host, indexPrefix, clock } = options;
    // Meilisearch takes whole seconds.
    const expiresAt = new Date((Math.floor(clock.now().getTime() / 1_000) + ttlSeconds) * 1_000);
    const rules = searches.map((search) => {
      // An item that expires while the token is good is not found from the beginning: its rules can't follow the clock.
      const { index, filter } = indexQuery(search, { org, now: expiresAt });
      const own = filter.map((part) => (typeof part === 'string' ? part : [...part]));
      return { entity: search.entity.name, name: `${indexPrefix}${index.name}`, filter: own };
    });
    const searchRules = Object.fromEntries(rules.map(({ name, filter }) => [name, { filter }]));
    return {
      token: await generateTenantToken({ apiKey, apiKeyUid, searchRules, expiresAt }),
      host,
      expiresAt,
      indexes: rules.map(({ entity, name }) => ({ entity, name })),
    };
  },
});
