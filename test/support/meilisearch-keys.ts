import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import { codeBlocks } from './markdown.ts';

/** The two keys of a deployed stage. */
export interface StageKeys {
  /** For the function `graphql`. */
  readonly search: string;
  /** For the functions that index. */
  readonly indexing: string;
}

/** Makes them by the commands of docs/deploying.md. @param prefix of the stage's indexes */
export async function makeStageKeys(prefix: string): Promise<StageKeys> {
  const commands = (await codeBlocks('docs/deploying.md')).filter(
    ({ text }) => text.startsWith('curl') && text.includes('/keys'),
  );
  const [search = '', indexing = ''] = await Promise.all(commands.map(({ text }) => makeKey(text, prefix)));
  return { search, indexing };
}

async function makeKey(command: string, prefix: string): Promise<string> {
  const { host, apiKey } = inject('meilisearch');
  const env = { ...process.env, MEILI_HOST: host, MEILI_MASTER_KEY: apiKey };
  const { stdout } = await promisify(execFile)('bash', ['-c', command.replace('roster-prod-', prefix)], { env });
  return JSON.parse(stdout).key;
}
