import type { ScannableTable } from '../../src/entities/core/table.ts';
import type { Engine } from '../../src/search/engine/engine.ts';
import { EngineClient } from './engine-client.ts';
import { EngineTransport } from './engine-transport.ts';
import { createFaults, type Faults } from './faults.ts';
import type { MeilisearchModel } from './meilisearch-model.ts';
import type { Process } from './process.ts';
import type { Random } from './random.ts';
import { TableClient } from './table-client.ts';
import type { TableModel } from './table-model.ts';
import type { World } from './world.ts';

/** What is connected. */
export interface NetworkOptions {
  readonly engine: MeilisearchModel;
  readonly table: TableModel;
  /** @defaultValue none */
  readonly faults?: Faults;
  /** For one request to the engine to be answered, milliseconds. @defaultValue 10,000 */
  readonly requestTimeoutMs?: number;
}

/** What lies between processes and servers: every request takes its time there and back, and may get lost. */
export class Network {
  readonly #world: World;
  readonly #options: NetworkOptions;
  readonly #faults: Faults;
  readonly #random: Random;

  constructor(world: World, options: NetworkOptions) {
    this.#world = world;
    this.#options = options;
    this.#faults = options.faults ?? createFaults(world, {});
    this.#random = world.random.fork('network');
  }

  /**
   * The engine as a process sees it.
   *
   * @param adminKey what the process is configured with. @defaultValue the master key of now
   */
  engine(process: Process, adminKey = this.#options.engine.keys.masterKey): Engine {
    const { engine: server, requestTimeoutMs: timeoutMs = 10_000 } = this.#options;
    const shared = { world: this.#world, faults: this.#faults, random: this.#random };
    const transport = new EngineTransport({ ...shared, server, timeoutMs });
    return process.wrap<Engine>(new EngineClient(server, transport, adminKey));
  }

  /** The table as a process sees it. */
  table(process: Process): ScannableTable {
    const shared = { world: this.#world, faults: this.#faults, random: this.#random };
    const wrap = (table: ScannableTable) => process.wrap(table);
    return wrap(new TableClient({ ...shared, server: this.#options.table, wrap }));
  }
}

/** The network between servers and whoever uses them. */
export const createNetwork = (world: World, options: NetworkOptions): Network => new Network(world, options);
