import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { readStackFile } from '../../dev/stack-file.ts';
import { everyEntity } from '../../src/entities/system/all.ts';
import { type Layout, layoutOf } from './layout.ts';

/** What is deployed, as far as anybody has noted it. */
export const SNAPSHOT = 'stack/keys.json';

/** The layout that `serverless.yml` and the entities declare. */
export async function declaredLayout(): Promise<Layout> {
  const stack = await readStackFile();
  return layoutOf(stack.tableName, stack.table('any'), stack.timeToLive, everyEntity);
}

/** A snapshot as text. */
export const textOf = (layout: Layout): string => `${JSON.stringify(layout, null, 2)}\n`;

// Nobody but textOf writes snapshots.
const parse = (text: string) => JSON.parse(text) as Layout;

/** @returns undefined when there is none */
export async function readSnapshot(file: string): Promise<Layout | undefined> {
  try {
    return parse(await readFile(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export const writeSnapshot = (file: string, layout: Layout): Promise<void> => writeFile(file, textOf(layout));

/**
 * The snapshot of a commit.
 *
 * @returns undefined when the commit is from before there were any
 * @throws Error when there is no such commit
 */
export async function snapshotAt(commit: string): Promise<Layout | undefined> {
  const git = promisify(execFile);
  await git('git', ['rev-parse', '--verify', '--quiet', '--end-of-options', `${commit}^{commit}`]).catch((cause) => {
    throw new Error(`there is no commit ${commit}; give one that is deployed`, { cause });
  });
  const { stdout: listed } = await git('git', ['ls-tree', '--name-only', commit, SNAPSHOT]);
  if (listed === '') return undefined;
  return parse((await git('git', ['show', `${commit}:${SNAPSHOT}`])).stdout);
}
