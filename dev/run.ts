import { rm } from 'node:fs/promises';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import { pino } from 'pino';
import { createServer } from '../src/server.ts';
import { graphiqlOptions } from './graphiql.ts';
import { bindHttp } from './http.ts';
import { readJson, writeJson } from './json-file.ts';
import type { DevOptions } from './options.ts';
import { type Paths, pathsIn } from './paths.ts';
import { showProgress } from './progress.ts';
import { seed as seedTable } from './seed/index.ts';
import { lock } from './servers/lock.ts';
import { type Stack, startStack } from './stack.ts';
import { type SeedRecord, summaryText } from './summary.ts';

/** The organization that the example data are about. */
const ORG = 'globex';

/** Everything is up. */
export interface Running {
  /** Stops everything that was started; idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts all of Roster in one data folder.
 *
 * @throws UsageError, or one of the servers' errors; nothing is left running then
 */
export async function run(options: DevOptions, dataFolder: string, print: (text: string) => void): Promise<Running> {
  const startedAt = performance.now();
  const paths = pathsIn(dataFolder);
  const stops: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    for (let next = stops.pop(); next; next = stops.pop()) await next();
  };
  try {
    // The port and the lock first, before anything is deleted or started.
    const http = await bindHttp(options.port);
    stops.push(() => http.stop());
    const held = lock(paths.lock);
    stops.push(() => held.release());
    if (options.reset) await reset(paths);
    const log = pino({ level: process.env['LOG_LEVEL'] ?? 'warn', base: null });
    const stack = await startStack(options, paths, log);
    stops.push(() => stack.stop());
    const seeded = await seed(stack, options.seed, paths);
    http.serve(await listener(stack, seeded));
    const elapsedMs = performance.now() - startedAt;
    print(
      await summaryText({
        url: http.url,
        addresses: stack.addresses,
        identity: stack.identity,
        org: ORG,
        seeded,
        elapsedMs,
      }),
    );
    return { stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Deletes the data, but not the key: tokens that somebody has pasted somewhere stay good. */
const reset = async ({ tables, search, checkpoint, deadLetters, seed: seedFile }: Paths) =>
  void (await Promise.all(
    [tables, `${tables}-wal`, `${tables}-shm`, search, checkpoint, deadLetters, seedFile].map((path) =>
      rm(path, { recursive: true, force: true }),
    ),
  ));

async function seed(
  { services, poller, isEmpty }: Stack,
  number: number,
  paths: Paths,
): Promise<SeedRecord | undefined> {
  const writing = showProgress('seeding');
  let items = 0;
  const counts = await seedTable(services, {
    seed: number,
    isEmpty,
    onProgress: (written, total) => {
      items = total;
      writing.update(written, total);
    },
  });
  writing.end();
  if (!counts) return readJson<SeedRecord>(paths.seed);
  const record = { seed: number, counts };
  await writeJson(paths.seed, record);
  const indexing = showProgress('indexing');
  while (poller.delivered < items) {
    indexing.update(poller.delivered, items);
    await services.clock.sleep(50);
  }
  indexing.update(items, items);
  indexing.end();
  return record;
}

async function listener({ services, identity }: Stack, seeded: SeedRecord | undefined) {
  const graphiql = await graphiqlOptions(identity, ORG, seeded?.seed);
  return createServer(services, { graphiql, renderGraphiQL, cors: { origin: '*' } });
}
