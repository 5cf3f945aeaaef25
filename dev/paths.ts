import { join } from 'node:path';

/** Where the local stack keeps what outlives it, below one folder. */
export interface Paths {
  readonly root: string;
  readonly tables: string;
  readonly search: string;
  readonly logs: string;
  readonly cache: string;
  readonly lock: string;
  /** Which process holds the lock. */
  readonly holder: string;
  readonly identity: string;
  readonly secrets: string;
  readonly checkpoint: string;
  readonly deadLetters: string;
  readonly seed: string;
}

/** The layout of a data folder. */
export const pathsIn = (root: string): Paths => ({
  root,
  tables: join(root, 'dynamodb', 'tables.sqlite'),
  search: join(root, 'meilisearch'),
  logs: join(root, 'logs'),
  cache: join(root, 'bin'),
  lock: join(root, 'dev.lock'),
  holder: join(root, 'dev.json'),
  identity: join(root, 'identity.json'),
  secrets: join(root, 'secrets.json'),
  checkpoint: join(root, 'stream.json'),
  deadLetters: join(root, 'dead-letters.jsonl'),
  seed: join(root, 'seed.json'),
});

/** The data folder of `npm run dev` and `npm run token`. */
export const DATA_FOLDER = '.data';
