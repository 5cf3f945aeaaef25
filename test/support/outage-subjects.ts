import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MeilisearchServer, startMeilisearch } from '../../dev/servers/meilisearch.ts';
import { realLogger } from '../../src/logger.ts';
import { type Clock, realClock } from '../../src/runtime.ts';
import type { Engine } from '../../src/search/engine/engine.ts';
import { createEngine } from '../../src/search/engine/meilisearch.ts';
import { isStopped, until } from '../fixtures/processes.ts';
import { driven } from '../simulation/driven.ts';
import { createMeilisearchModel, type Snapshot } from '../simulation/meilisearch-model.ts';
import { createNetwork } from '../simulation/network.ts';
import { createTableModel } from '../simulation/table-model.ts';
import { createWorld } from '../simulation/world.ts';

/** An engine whose server a contract may treat badly: a real one of its own, or the model. */
export interface OutageSubject {
  readonly clock: Clock;
  /** A client with the master key of now, which waits for a second. */
  engine(): Engine;
  /** With -9. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** By SIGSTOP. @returns once none of its threads runs any more */
  suspend(): Promise<void>;
  /** By SIGCONT. */
  resume(): void;
  /** Copies all data of a server that is not running. */
  save(): Promise<void>;
  /** Puts the copy in the place of the data of a server that is not running. */
  restore(): Promise<void>;
  /** The next start is with another master key. */
  rotate(): void;
  stop(): Promise<void>;
}

const PATIENCE_MS = 1_000;

async function realSubject(): Promise<OutageSubject> {
  const dir = await mkdtemp(join(tmpdir(), 'roster-outage-'));
  const [dataDir, copy] = [join(dir, 'data'), join(dir, 'copy')];
  let keys = 0;
  let port: number | undefined;
  const launch = (): Promise<MeilisearchServer> =>
    startMeilisearch({
      dataDir,
      cacheDir: join(dir, 'bin'),
      logFile: join(dir, 'log'),
      masterKey: `a-master-key-number-${keys}`,
      restart: false,
      log: realLogger({ level: 'silent' }),
      ...(port === undefined ? {} : { port }),
    });
  let server = await launch();
  port = Number(new URL(server.host).port);
  return {
    clock: realClock(),
    engine: () =>
      createEngine({
        host: server.host,
        apiKey: `a-master-key-number-${keys}`,
        indexPrefix: 'outage-',
        requestTimeoutMs: PATIENCE_MS,
      }),
    async kill() {
      process.kill(server.process.pid, 'SIGKILL');
      await server.process.stop();
    },
    async start() {
      server = await launch();
    },
    async suspend() {
      const { pid } = server.process;
      process.kill(pid, 'SIGSTOP');
      // On busy processors its threads go on for up to 50 ms, and may take a request meanwhile.
      await until(() => isStopped(pid));
    },
    resume: () => void process.kill(server.process.pid, 'SIGCONT'),
    save: () => cp(join(dataDir, 'db'), copy, { recursive: true }),
    async restore() {
      await rm(join(dataDir, 'db'), { recursive: true });
      await cp(copy, join(dataDir, 'db'), { recursive: true });
    },
    rotate: () => void keys++,
    async stop() {
      await server.process.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function modelSubject(): Promise<OutageSubject> {
  const world = createWorld(1);
  const model = createMeilisearchModel(world);
  const network = createNetwork(world, {
    engine: model,
    table: createTableModel(world),
    requestTimeoutMs: PATIENCE_MS,
  });
  const process = world.process('contract');
  let copy: Snapshot | undefined;
  return {
    clock: driven(world, process.clock),
    engine: () => driven(world, network.engine(process)),
    kill: async () => model.power.kill(),
    start: async () => model.power.start(),
    suspend: async () => model.power.stop(),
    resume: () => model.power.resume(),
    save: async () => {
      copy = model.snapshot();
    },
    restore: async () => {
      if (copy) model.restore(copy);
    },
    rotate: () => model.keys.rotate(),
    stop: async () => undefined,
  };
}

/** Both, each by its name. */
export const outageSubjects: readonly [name: string, open: () => Promise<OutageSubject>][] = [
  ['Meilisearch', realSubject],
  ['the model', modelSubject],
];
