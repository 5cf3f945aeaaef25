import { randomBytes } from 'node:crypto';
import { makeJson, readJson } from './json-file.ts';

/** Secrets that are made once, so that search keys and cursors outlive a restart. */
export interface Secrets {
  readonly meilisearchKey: string;
  readonly cursorSecret: string;
}

/** The secrets of a file, which is made when it is missing. */
export const openSecrets = async (file: string): Promise<Secrets> =>
  (await readJson<Secrets>(file)) ??
  makeJson(file, {
    meilisearchKey: randomBytes(24).toString('base64url'),
    cursorSecret: randomBytes(32).toString('base64url'),
  });
