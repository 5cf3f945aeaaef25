import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UsageError } from './arguments.ts';

/**
 * The contents of a JSON file, undefined when there is none.
 *
 * @throws UsageError when the file is there and can't be read, saying what to do
 */
export async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    // The file is written by the functions below alone, with the same type.
    return JSON.parse(await readFile(file, 'utf8')) as T;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw new UsageError(`${file} can't be read: ${(error as Error).message}; delete it, and it is made anew`, {
      cause: error,
    });
  }
}

/** Replaces a JSON file as a whole, so that a kill never leaves half of it. Only the owner may read it. */
export async function writeJson(file: string, value: unknown): Promise<void> {
  await rename(await writePart(file, value), file);
}

/** Makes a JSON file unless there is one. @returns what it says in the end: another process may have been faster */
export async function makeJson<T>(file: string, value: T): Promise<T> {
  const part = await writePart(file, value);
  try {
    await link(part, file);
    return value;
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    return (await readJson<T>(file)) ?? value;
  } finally {
    await rm(part);
  }
}

async function writePart(file: string, value: unknown): Promise<string> {
  const part = `${file}.${process.pid}`;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(part, JSON.stringify(value), { mode: 0o600 });
  return part;
}

const hasCode = (error: unknown, code: string): boolean => (error as NodeJS.ErrnoException).code === code;
