import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DataLockedError } from './errors.ts';

const SQLITE_BUSY = 5;

/** Data held by this process alone until {@link Lock.release}, or until it ends in whatever way. */
export interface Lock {
  /** Gives the data free. Idempotent. */
  release(): void;
}

/**
 * Takes the lock that guards a server's data. SQLite's file locks serve here because the kernel drops them when their
 * process dies: nothing stale can be left, and they work on Linux and macOS alike.
 *
 * @param path the lock file, made if need be and never deleted
 * @throws DataLockedError when another process, or another server of this one, holds it
 */
export function lock(path: string): Lock {
  mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path);
  try {
    // No journal file that a killed process would leave behind: nothing is ever written.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) {
      throw new DataLockedError(path, { cause: error });
    }
    throw error;
  }
  return {
    release: () => {
      if (database.isOpen) database.close();
    },
  };
}
