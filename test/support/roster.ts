import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { ulid } from 'ulid';
import { inject, onTestFinished } from 'vitest';
import { openIdentity, type Persona } from '../../dev/identity.ts';
import { readStackFile } from '../../dev/stack-file.ts';
import { memoryCheckpoint } from '../../dev/stream/checkpoint.ts';
import { StreamPoller } from '../../dev/stream/poller.ts';
import { ensureTable } from '../../dev/table.ts';
import { readApiConfig } from '../../src/api-config.ts';
import { entities } from '../../src/entities/all.ts';
import type { TableCall } from '../../src/entities/core/table.ts';
import type { WriteServices } from '../../src/entities/core/write.ts';
import { type Clock, realClock } from '../../src/runtime.ts';
import { ensureIndexes } from '../../src/search/indexer/ensure.ts';
import { Writers } from '../../src/search/indexer/writers.ts';
import { createServer } from '../../src/server.ts';
import { type ApiServices, createApiServices, dynamoOptions } from '../../src/services.ts';
import { recordTrips } from './round-trips.ts';

/** The answer to a GraphQL request. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // A test knows the shape of what it asked for, and fails by its expectation where it is wrong.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly data?: any;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly unknown[];
    readonly extensions: Record<string, unknown>;
  }[];
  // biome-ignore lint/suspicious/noExplicitAny: as for data
  readonly extensions?: any;
}

/** Roster on a table and indexes of its own, as the outside sees it. */
export interface TestRoster {
  /** What the server works with, and the entities, so that a test can write by the functions that mutations use. */
  readonly services: ApiServices & WriteServices;
  /** The environment that the Lambda handlers read. */
  readonly env: Readonly<Record<string, string>>;
  /** The private key that signs tokens. */
  readonly keyFile: string;
  readonly clock: TestClock;
  /** What was sent to the table since the last `calls.length = 0`. */
  readonly calls: TableCall[];
  /** The same by round trip, since the last `trips.length = 0`. */
  readonly trips: TableCall[][];
  token(persona: Persona): Promise<string>;
  /** Sends a GraphQL operation as somebody. */
  graphql(
    persona: Persona,
    query: string,
    variables?: Record<string, unknown>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
  /** Any request. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Resolves when everything written so far has gone through the exported stream handler into the indexes. */
  indexed(): Promise<void>;
  /** The stream on its way to a handler; stopped at the end. */
  poller(invoke: (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse | undefined>): StreamPoller;
  stop(): Promise<void>;
}

/** A clock that stands still until it is set. */
export interface TestClock extends Clock {
  set(time: string): void;
}

/** Test data are written at this time unless a test sets another. */
export const NOW = '2026-06-30T09:00:00.000Z';

/**
 * A Roster for one test file: `beforeAll(async () => { roster = await startRoster(); return () => roster.stop(); })`.
 *
 * @param overrides environment variables other than usual
 */
export async function startRoster(overrides: Readonly<Record<string, string>> = {}): Promise<TestRoster> {
  const name = `test-${randomUUID()}`;
  const { host, apiKey } = inject('meilisearch');
  const clock = testClock();
  const keyFile = join(tmpdir(), `${name}.json`);
  const identity = await openIdentity(keyFile, clock);
  const env = {
    TABLE_NAME: name,
    DYNAMODB_ENDPOINT: inject('dynamodb'),
    MEILI_HOST: host,
    MEILI_API_KEY: apiKey,
    SEARCH_INDEX_PREFIX: `${name}-`,
    ...identity.env,
    CURSOR_SECRET: 'a secret of thirty-two characters',
    LOG_LEVEL: 'silent',
    ...overrides,
  };
  Object.assign(process.env, env);
  const calls: TableCall[] = [];
  const trips: TableCall[][] = [];
  const made = createApiServices(readApiConfig(env), { clock, ids: sequentialIds(clock) });
  const table = made.table.observed(() => (call) => calls.push(call)).observed(recordTrips(trips));
  // Keys of the real search engine end by the real time.
  const writers = new Writers({ ...made, table, clock: realClock() });
  const services = { ...made, entities, table, writers };
  const server = createServer(services);
  const stack = await readStackFile();
  const client = new DynamoDBClient(dynamoOptions(services.config));
  const streams = new DynamoDBStreamsClient(dynamoOptions(services.config));
  const streamArn = await ensureTable(client, name, stack, realClock());
  await ensureIndexes(services);
  // The real handler, in a module of its own for every test file.
  const { indexStream } = await import('../../handler.ts');
  const poller = (invoke: (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse | undefined>) =>
    new StreamPoller({
      client: streams,
      streamArn,
      mapping: stack.eventSource,
      invoke,
      checkpoint: memoryCheckpoint(),
      onDiscarded: async (records) => {
        throw new Error(`${records.length} records were given up`);
      },
      clock: realClock(),
      log: services.log,
    });
  const live = poller(indexStream);
  const fetch = async (path: string, init?: RequestInit) =>
    server.fetch(new Request(`http://roster.test${path}`, init));
  // Signed once, for tests that send a thousand requests.
  const tokens = new Map<string, Promise<string>>();
  const token = ({ org, role, employee }: Persona) => {
    const key = JSON.stringify([org, role, employee, clock.now()]);
    const signed = tokens.get(key) ?? identity.token({ org, role, employee });
    tokens.set(key, signed);
    return signed;
  };
  return {
    services,
    env,
    keyFile,
    clock,
    calls,
    trips,
    token,
    fetch,
    async graphql(persona, query, variables, moreHeaders) {
      const headers = {
        'content-type': 'application/json',
        // The media type under which HTTP statuses tell requests that failed from those that were answered.
        accept: 'application/graphql-response+json',
        authorization: `Bearer ${await token(persona)}`,
        ...moreHeaders,
      };
      const response = await fetch('/graphql', { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
      const body = (await response.json()) as Pick<Answer, 'data' | 'errors' | 'extensions'>;
      return { status: response.status, headers: response.headers, ...body };
    },
    async indexed() {
      live.start();
      await live.caughtUp();
    },
    poller(invoke) {
      const own = poller(invoke);
      onTestFinished(() => own.stop());
      return own;
    },
    async stop() {
      await live.stop();
      await client.send(new DeleteTableCommand({ TableName: name }));
      await rm(keyFile, { force: true });
    },
  };
}

/** A clock for tests, which stands at {@link NOW}. */
export function testClock(): TestClock {
  const real = realClock();
  let now = new Date(NOW);
  return {
    now: () => now,
    monotonicMs: () => now.getTime(),
    sleep: real.sleep,
    backOff: real.backOff,
    set: (time) => {
      now = new Date(time);
    },
  };
}

/** Ids that are the same in every run, so that snapshots hold them. */
function sequentialIds(clock: Clock) {
  let count = 0;
  return {
    next: () => {
      count++;
      return `${ulid(clock.now().getTime()).slice(0, 10)}${String(count).padStart(16, '0')}`.toLowerCase();
    },
    // All tests share a search engine.
    uuid: () => randomUUID(),
  };
}
