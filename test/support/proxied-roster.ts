import { inject, onTestFinished } from 'vitest';
import type { SearchIndex } from '../../src/search/define.ts';
import { type FaultProxy, type Match, startFaultProxy } from './fault-proxy.ts';
import { startRoster, type TestRoster } from './roster.ts';

/** A Roster that reaches its table and its search engine through proxies, which can fail. */
export interface ProxiedRoster extends TestRoster {
  readonly dynamodb: FaultProxy;
  readonly meilisearch: FaultProxy;
  /** The requests that write to an index. */
  writesTo(index: SearchIndex): Match;
  /** Keeps what is written out of an index until the returned function is called or the test ends. */
  hold(index: SearchIndex): () => void;
}

/** Starts a Roster behind proxies, to be stopped by its own `stop`. */
export async function startProxiedRoster(overrides: Readonly<Record<string, string>> = {}): Promise<ProxiedRoster> {
  const [dynamodb, meilisearch] = await Promise.all([
    startFaultProxy(overrides['DYNAMODB_ENDPOINT'] ?? inject('dynamodb')),
    startFaultProxy(overrides['MEILI_HOST'] ?? inject('meilisearch').host),
  ]);
  const roster = await startRoster({ ...overrides, DYNAMODB_ENDPOINT: dynamodb.url, MEILI_HOST: meilisearch.url });
  const writesTo =
    ({ name }: SearchIndex): Match =>
    ({ method, path }) =>
      method === 'POST' && path.startsWith(`/indexes/${roster.env['SEARCH_INDEX_PREFIX']}${name}/documents`);
  return {
    ...roster,
    dynamodb,
    meilisearch,
    writesTo,
    hold(index) {
      const { promise, resolve } = Promise.withResolvers<void>();
      meilisearch.inject(writesTo(index), async (_request, forward) => {
        await promise;
        return forward();
      });
      onTestFinished(() => resolve());
      return resolve;
    },
    async stop() {
      await roster.stop();
      await Promise.all([dynamodb.stop(), meilisearch.stop()]);
    },
  };
}

/** The requests for an operation of DynamoDB. */
export const operation =
  (name: string): Match =>
  ({ operation: asked }) =>
    asked?.endsWith(`.${name}`) === true;
