import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { realLogger } from '../src/logger.ts';
import { createServer } from '../src/server.ts';
import { UsageError } from './arguments.ts';
import { graphiqlFor } from './graphiql.ts';
import { readHolder, takeData, tellHolder } from './holder.ts';
import { bindHttp } from './http.ts';
import { mendIndexes } from './indexes.ts';
import { untilIndexed } from './indexing.ts';
import { keepMaintained } from './maintenance.ts';
import type { DevOptions } from './options.ts';
import { type Paths, pathsIn } from './paths.ts';
import { ensureSeeded } from './seeding.ts';
import { startStack } from './stack.ts';
import { summaryText } from './summary.ts';

/** The organization that GraphiQL and the summary show. */
const ORG = 'globex';

/** What a start of Roster leaves to its caller. */
export interface Surroundings {
  readonly print: (text: string) => void;
  /** Is given everything to stop, as soon as there is something: a start may be given up at any moment. */
  readonly started: AsyncDisposableStack;
}

/**
 * Starts all of Roster in one data folder, and tells when it is up.
 *
 * @throws UsageError, or one of the servers' errors
 */
export async function run(options: DevOptions, dataFolder: string, { print, started }: Surroundings): Promise<void> {
  const paths = pathsIn(dataFolder);
  // The lock and the port first, before anything is deleted or started.
  await hold(paths, options.port, started);
  const http = await bindHttp(options.port);
  started.defer(() => http.stop());
  if (options.reset) await reset(paths);
  const log = realLogger({ level: options.logLevel });
  const stack = await startStack(options, paths, log, started);
  await tellHolder(paths, { pid: process.pid, port: options.port, servers: stack.servers });
  const { items, record } = await ensureSeeded(stack, options.seed, paths, started);
  await untilIndexed(stack, items, started);
  await mendIndexes(stack.services);
  await keepMaintained(stack.services, started);
  const graphiql = await graphiqlFor(stack.identity, ORG, record?.seed);
  http.serve(createServer(stack.services, graphiql));
  // Stopped once more, before what it stands on.
  started.defer(() => http.stop());
  print(
    await summaryText({
      url: http.url,
      addresses: stack.addresses,
      identity: stack.identity,
      org: ORG,
      seeded: record,
      asked: options.seed,
      // Since the process began.
      elapsedMs: performance.now(),
    }),
  );
}

/** Takes the data folder for this process alone. @throws UsageError when another one has it */
async function hold(paths: Paths, port: number, started: AsyncDisposableStack): Promise<void> {
  if (await takeData(paths, { pid: process.pid, port }, started)) return;
  const other = await readHolder(paths);
  const data = `the data in ${resolve(paths.root)}`;
  if (other && other.port === undefined)
    throw new UsageError(`"npm run search" works on ${data} (process ${other.pid}); wait for it, or stop it first`);
  const where = other ? ` at http://localhost:${other.port} (process ${other.pid})` : '';
  throw new UsageError(`Roster is running already on ${data}${where}; use that one, or stop it first`);
}

/** Deletes the data, but not the key: tokens that somebody has pasted somewhere stay good. */
const reset = async ({ tables, search, checkpoint, deadLetters, seed }: Paths) =>
  void (await Promise.all(
    [tables, `${tables}-wal`, `${tables}-shm`, search, checkpoint, deadLetters, seed].map((path) =>
      rm(path, { recursive: true, force: true }),
    ),
  ));
