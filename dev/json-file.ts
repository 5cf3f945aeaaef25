import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * The contents of a JSON file, undefined when there is none.
 *
 * @throws when the file is there and can't be read, saying what to do
 */
export async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    // The file is written by writeJson alone, with the same type.
    return JSON.parse(await readFile(file, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`${file} can't be read; delete it, and it is made anew`, { cause: error });
  }
}

/** Replaces a JSON file as a whole, so that a kill never leaves half of it. Only the owner may read it. */
export async function writeJson(file: string, value: unknown): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, JSON.stringify(value), { mode: 0o600 });
  await rename(`${file}.new`, file);
}
