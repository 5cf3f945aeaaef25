import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startDynamoDbLocal, startDynoxide } from '../../dev/servers/dynamodb.ts';
import { startMeilisearch } from '../../dev/servers/meilisearch.ts';
import { realLogger } from '../../src/logger.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    dynamodb: string;
    meilisearch: { readonly host: string; readonly apiKey: string };
  }
}

/**
 * Starts one DynamoDB and one Meilisearch for all test files, each of which has a table and indexes of its own there.
 * `ROSTER_TEST_DYNAMODB=local` takes Amazon's DynamoDB Local instead of dynoxide.
 */
export default async function startServers(project: TestProject): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(tmpdir(), 'roster-test-'));
  const log = realLogger({ level: 'silent' });
  const local = process.env['ROSTER_TEST_DYNAMODB'] === 'local';
  const dynamodbOptions = { logFile: join(dir, 'dynamodb.log'), log };
  const [dynamodb, meilisearch] = await Promise.all([
    local ? startDynamoDbLocal(dynamodbOptions) : startDynoxide({ ...dynamodbOptions, restart: false }),
    startMeilisearch({
      dataDir: join(dir, 'meilisearch'),
      cacheDir: join(dir, 'bin'),
      logFile: join(dir, 'meilisearch.log'),
      masterKey: 'a-master-key-for-all-tests',
      restart: false,
      log,
    }),
  ]);
  project.provide('dynamodb', dynamodb.endpoint);
  project.provide('meilisearch', { host: meilisearch.host, apiKey: meilisearch.masterKey });
  return async () => {
    await Promise.all([dynamodb.process.stop(), meilisearch.process.stop()]);
    await rm(dir, { recursive: true, force: true });
  };
}
