import { readJson, writeJson } from './json-file.ts';
import type { Paths } from './paths.ts';
import { DataLockedError } from './servers/errors.ts';
import { lock } from './servers/lock.ts';

/** Who uses a data folder. */
export interface Holder {
  readonly pid: number;
  /** Of the HTTP server; commands that come and go have none. */
  readonly port?: number;
  /** Where the servers on these data are, once they are up. */
  readonly servers?: {
    readonly dynamodb: string;
    readonly meilisearch: { readonly host: string; readonly apiKey: string };
  };
}

/**
 * Takes a data folder for this process alone, until `started` is disposed of.
 *
 * @returns false when another process has it
 */
export async function takeData(paths: Paths, holder: Holder, started: AsyncDisposableStack): Promise<boolean> {
  try {
    const held = lock(paths.lock);
    started.defer(() => held.release());
    await tellHolder(paths, holder);
    return true;
  } catch (error) {
    if (!(error instanceof DataLockedError)) throw error;
    return false;
  }
}

/** Tells other commands who has the data and where the servers are. The file holds a secret, and only its owner reads it. */
export const tellHolder = ({ holder: file }: Paths, holder: Holder): Promise<void> => writeJson(file, holder);

/** Who has the data, or had them last. */
export const readHolder = ({ holder: file }: Paths): Promise<Holder | undefined> => readJson<Holder>(file);
