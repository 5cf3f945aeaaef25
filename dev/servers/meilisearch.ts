import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Meilisearch } from 'meilisearch';
import type { Logger } from '../../src/runtime.ts';
import { findBinary, MEILISEARCH } from './binaries.ts';
import { DataIncompatibleError, ServerExitedError } from './errors.ts';
import { type ChoosePort, freePort, onPort } from './port.ts';
import { type ServerProcess, supervise } from './process.ts';

const NAME = 'Meilisearch';
const PROBE_TIMEOUT_MS = 1_000;

/** The ways in which Meilisearch 1.21 says that it can't open a database. */
const INCOMPATIBLE = /^Error: (.*(?:database version|version of the database|downgrade is not supported).*)$/im;

/** A running Meilisearch. */
export interface MeilisearchServer {
  /** Its address, such as `http://127.0.0.1:21234`. */
  readonly host: string;
  readonly masterKey: string;
  readonly process: ServerProcess;
}

/** Where Meilisearch listens, logs and keeps its data. */
export interface MeilisearchOptions {
  /** Holds everything it writes: the database, dumps, snapshots. Made if need be. */
  readonly dataDir: string;
  /** @defaultValue one that is free, from 20,000 to 31,999 */
  readonly port?: number;
  /**
   * Picks a port when none is asked for.
   *
   * @defaultValue `freePort`
   */
  readonly choosePort?: ChoosePort;
  /** At least 16 bytes; fewer get a warning into the log. */
  readonly masterKey: string;
  /** Receives what the server prints, a line per request included. */
  readonly logFile: string;
  /** Where a runnable copy of the program may be put, see `findBinary`. */
  readonly cacheDir: string;
  /** Whether to start it again, on the same port, when it ends unexpectedly. */
  readonly restart: boolean;
  readonly log: Logger;
}

/**
 * Starts Meilisearch. A database of an older version is upgraded (from 1.12 on).
 *
 * @throws ProgramMissingError when there is no Meilisearch
 * @throws PortTakenError when the port asked for is taken
 * @throws DataLockedError when another process uses the data: Meilisearch itself would start and damage them
 * @throws DataIncompatibleError when the installed version can't use the data
 */
export async function startMeilisearch(options: MeilisearchOptions): Promise<MeilisearchServer> {
  const command = await findBinary(MEILISEARCH, { cacheDir: options.cacheDir });
  const dataDir = resolve(options.dataDir);
  await mkdir(dataDir, { recursive: true });
  try {
    return await onPort(options.port, options.choosePort ?? freePort, (port) =>
      startOn(port, command, dataDir, options),
    );
  } catch (error) {
    const problem = error instanceof ServerExitedError ? INCOMPATIBLE.exec(error.output)?.[1] : undefined;
    throw problem === undefined ? error : new DataIncompatibleError(NAME, dataDir, problem, { cause: error });
  }
}

async function startOn(port: number, command: string, dataDir: string, options: MeilisearchOptions) {
  const address = `127.0.0.1:${port}`;
  const host = `http://${address}`;
  const client = new Meilisearch({
    host,
    apiKey: options.masterKey,
    timeout: PROBE_TIMEOUT_MS,
    // A compressed answer comes 44 ms later.
    requestInit: { headers: { 'accept-encoding': 'identity' } },
  });
  const process = await supervise({
    name: NAME,
    command,
    args: ['--db-path', join(dataDir, 'db'), '--http-addr', address],
    env: environment(dataDir, options.masterKey),
    // It reads ./config.toml and may write relative to where it runs.
    cwd: dataDir,
    lockFile: join(dataDir, 'roster.lock'),
    logFile: options.logFile,
    ready: async (_signal, output) => {
      // Printed once the port is its own: another server there may well accept the same key.
      const bound = (await output()).includes(`starting service: "actix-web-service-${address}"`);
      return bound && (await isUpgraded(client, dataDir));
    },
    restart: options.restart,
    log: options.log,
  });
  return { host, masterKey: options.masterKey, process };
}

/** Whether no upgrade of the data is under way. Also tells that the master key is accepted: other keys reject. */
async function isUpgraded(client: Meilisearch, dataDir: string): Promise<boolean> {
  const [upgrade] = (await client.tasks.getTasks({ types: ['upgradeDatabase'], limit: 1 })).results;
  if (upgrade?.status === 'failed') {
    throw new DataIncompatibleError(NAME, dataDir, upgrade.error?.message ?? 'the upgrade failed');
  }
  return upgrade === undefined || upgrade.status === 'succeeded';
}

/** Options go by environment: `ps` doesn't show it, and a version that doesn't know one of them ignores it. */
function environment(dataDir: string, masterKey: string): NodeJS.ProcessEnv {
  // The developer's own MEILI_ variables are about another server.
  const foreign = Object.entries(process.env).filter(([name]) => !name.startsWith('MEILI_'));
  return {
    ...Object.fromEntries(foreign),
    MEILI_MASTER_KEY: masterKey,
    MEILI_NO_ANALYTICS: 'true',
    MEILI_DUMP_DIR: join(dataDir, 'dumps'),
    MEILI_SNAPSHOT_DIR: join(dataDir, 'snapshots'),
    // By default two thirds of the machine's memory, and 125 instead of 15 ms for a small task.
    MEILI_MAX_INDEXING_MEMORY: '512MiB',
    // The readiness line is of this level.
    MEILI_LOG_LEVEL: 'INFO',
    // The same option before and since it was stabilized.
    MEILI_EXPERIMENTAL_DUMPLESS_UPGRADE: 'true',
    MEILI_UPGRADE_DB: 'true',
    NO_COLOR: '1',
    // A stack of its own would push the reason out of the last lines.
    RUST_BACKTRACE: '0',
  };
}
