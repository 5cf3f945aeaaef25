import { appendFile, readFile, rename, rm, writeFile } from 'node:fs/promises';
import type { TableKey } from '../../../src/entities/core/statements.ts';
import type { DeadLetter, DeadLetters } from './dead-letters.ts';

/** A stream record as the local stack writes it, a line each. */
interface Line extends DeadLetter {
  readonly text: string;
}

/**
 * The records that the local stack's poller gave up, as lines of JSON.
 *
 * The file is moved aside first, since the poller may append to it meanwhile; what another call has left there when it
 * was killed is taken up too.
 */
export function fileDeadLetters(file: string): DeadLetters {
  const aside = `${file}.redrive`;
  let left: Line[] | undefined;
  return {
    place: file,
    async receive() {
      if (left) return [];
      const before = await read(aside);
      const isThere = (await read(file)) !== undefined;
      if (isThere) await rename(file, `${aside}.new`);
      const lines = [before, await read(`${aside}.new`)].flatMap((text) => text?.split('\n').filter(Boolean) ?? []);
      await writeFile(aside, lines.map((line) => `${line}\n`).join(''));
      await rm(`${aside}.new`, { force: true });
      left = lines.map(lineOf);
      return left;
    },
    async remove(letters) {
      left = (left ?? []).filter((line) => !letters.includes(line));
      await writeFile(aside, left.map(({ text }) => `${text}\n`).join(''));
    },
    async close() {
      if (!left) return;
      if (left.length > 0) await appendFile(file, left.map(({ text }) => `${text}\n`).join(''));
      await rm(aside, { force: true });
    },
  };
}

async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function lineOf(text: string): Line {
  const parsed = recordIn(text);
  const key = parsed?.dynamodb?.Keys;
  const keys: TableKey[] = key?.pk?.S && key.sk?.S ? [{ pk: key.pk.S, sk: key.sk.S }] : [];
  return {
    text,
    label: `record ${parsed?.dynamodb?.SequenceNumber ?? text.slice(0, 40)}`,
    keys: async () => ({ keys, isWhole: keys.length > 0 }),
  };
}

interface Recorded {
  readonly dynamodb?: {
    readonly SequenceNumber?: string;
    readonly Keys?: { readonly pk?: { readonly S?: string }; readonly sk?: { readonly S?: string } };
  };
}

function recordIn(text: string): Recorded | undefined {
  try {
    return JSON.parse(text) as Recorded;
  } catch {
    // Half a line, of a process that was killed while it wrote; it is shown and stays.
    return undefined;
  }
}
