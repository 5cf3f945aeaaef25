import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { readConfig } from '../../src/config.ts';
import type { Logger } from '../../src/runtime.ts';
import { createServices, dynamoOptions, type Services } from '../../src/services.ts';
import { UsageError } from '../arguments.ts';
import { takeData, tellHolder } from '../holder.ts';
import { readServerOptions } from '../options.ts';
import { DATA_FOLDER, type Paths, pathsIn } from '../paths.ts';
import { runningEnvironment } from '../running.ts';
import { startStack } from '../stack.ts';
import { fileDeadLetters } from './dead-letters/file.ts';
import { queueDeadLetters } from './dead-letters/queue.ts';
import { openQueue } from './dead-letters/sqs.ts';
import type { SearchOptions } from './options.ts';
import { readStage } from './stage.ts';
import type { SearchTarget, Surroundings } from './target.ts';

/** What opening a target needs. */
export interface Opening extends Pick<Surroundings, 'note'> {
  readonly env: NodeJS.ProcessEnv;
  readonly log: Logger;
  /** Is given what to stop. */
  readonly started: AsyncDisposableStack;
}

/**
 * Opens what a command is to work on.
 *
 * @throws UsageError when it is not there, or its settings are not
 */
export const openTarget = ({ stage, envFile }: SearchOptions, opening: Opening): Promise<SearchTarget> =>
  stage === undefined ? openLocal(pathsIn(DATA_FOLDER), opening) : openStage(stage, envFile, opening);

async function openStage(stage: string, envFile: string | undefined, { env, log }: Opening): Promise<SearchTarget> {
  const { config, settings } = await readStage(stage, envFile, { env, log });
  const services = createServices(config, { log });
  return {
    name: `stage ${stage}`,
    services,
    async deadLetters() {
      const streams = new DynamoDBStreamsClient(dynamoOptions(config));
      const queue = await openQueue(stage, settings['DEAD_LETTERS_URL']);
      return queueDeadLetters(queue, { streams, clock: services.clock });
    },
  };
}

/** The local data: of whoever runs on them, or started for this command. */
export async function openLocal(paths: Paths, opening: Opening): Promise<SearchTarget> {
  const isThere = await access(paths.root).then(
    () => true,
    () => false,
  );
  if (!isThere)
    throw new UsageError(
      `there are no data in ${resolve(paths.root)}; "npm run dev" makes some, and --stage names a deployed stage`,
    );
  const isFree = await takeData(paths, { pid: process.pid }, opening.started);
  const services = isFree ? await startedFor(paths, opening) : await runningOn(paths, opening);
  return { name: 'the local data', services, deadLetters: async () => fileDeadLetters(paths.deadLetters) };
}

/** Starts all that `npm run dev` has but the API: what its stream still holds belongs into the indexes first. */
async function startedFor(paths: Paths, { env, log, note, started }: Opening): Promise<Services> {
  note('Starting the local servers…');
  const stack = await startStack(readServerOptions(env), paths, log, started);
  await tellHolder(paths, { pid: process.pid, servers: stack.servers });
  await stack.poller.caughtUp();
  return stack.services;
}

async function runningOn(paths: Paths, { log }: Opening): Promise<Services> {
  return createServices(readConfig({ ...(await runningEnvironment(paths)), LOG_LEVEL: 'warn' }), { log });
}
