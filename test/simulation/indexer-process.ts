import type { DynamoDBStreamEvent } from 'aws-lambda';
import type { ScannableTable } from '../../src/entities/core/table.ts';
import type { Clock, Logger } from '../../src/runtime.ts';
import type { HealServices } from '../../src/search/doctor/heal.ts';
import type { Engine } from '../../src/search/engine/engine.ts';
import type { Seen } from '../../src/search/indexer/reading.ts';
import { applyStream } from '../../src/search/indexer/stream.ts';
import { seenIn } from '../../src/search/indexer/stream-record.ts';
import { createUpkeep } from '../../src/search/indexer/upkeep.ts';
import { Writers } from '../../src/search/indexer/writers.ts';
import { type Maintained, maintain } from '../../src/search/maintenance/maintain.ts';
import type { RebuildServices } from '../../src/search/rebuild/fill.ts';
import type { StreamFunction } from './lambda-model.ts';
import type { Network } from './network.ts';
import type { Process } from './process.ts';
import type { World } from './world.ts';

/** What an indexer has of the outside. */
export interface Outside {
  readonly table: ScannableTable;
  readonly engine: Engine;
  readonly clock: Clock;
}

/** Puts something else in the place of the outside, to see whether the simulation notices. */
export type Sabotage = (outside: Outside) => Outside & {
  /** Told what records show before they are applied. */
  readonly onSeen?: (seen: Seen) => void;
};

/** How long `maintain` begins repairs. */
const REPAIRING_MS = 660_000;

/** Where indexers run. */
export interface IndexerOptions {
  readonly world: World;
  readonly network: Network;
  /** For one task to be processed, milliseconds. */
  readonly taskTimeoutMs: number;
  readonly sabotage: Sabotage;
  /** Told of every key that a process was given. */
  readonly onKey: (uid: string, owner: Process) => void;
}

/** The services of the real code, one set a process, as `handler.ts` has them. */
export function indexerServices(
  options: IndexerOptions,
  process: Process,
): RebuildServices & HealServices & ReturnType<Sabotage> {
  const { world, network, taskTimeoutMs, sabotage, onKey } = options;
  const direct = network.engine(process);
  const engine = new Proxy(direct, {
    get: (target, name) =>
      name === 'createWriteKey'
        ? async (uid: string, expiresAt: Date) => {
            const key = await direct.createWriteKey(uid, expiresAt);
            onKey(uid, process);
            return key;
          }
        : Reflect.get(target, name),
  });
  const outside = sabotage({ table: network.table(process), engine, clock: process.clock });
  const log = traceLogger(world, process.name);
  const metrics = { put: () => undefined };
  const { ids } = process;
  return { ...outside, log, metrics, ids, taskTimeoutMs, writers: new Writers({ ...outside, ids, log }) };
}

/**
 * The function `maintain` of `handler.ts`, loaded by an environment.
 *
 * @param onDone told what each call came to
 */
export function maintainIn(
  options: IndexerOptions,
  process: Process,
  onDone: (maintained: Maintained) => void,
): StreamFunction {
  const services = indexerServices(options, process);
  return async () => {
    onDone(await maintain(services, process.name, { stopAtMs: services.clock.monotonicMs() + REPAIRING_MS }));
    return undefined;
  };
}

/** The function `indexStream` of `handler.ts`, loaded by an environment. */
export function indexStreamIn(options: IndexerOptions, process: Process): StreamFunction {
  const services = indexerServices(options, process);
  const upkeep = createUpkeep(services);
  return async (event: DynamoDBStreamEvent) => {
    await upkeep();
    services.onSeen?.(seenIn(event.Records, services.clock.now()));
    return applyStream(services, event);
  };
}

/** Writes what an operator would read into the trace. */
function traceLogger(world: World, name: string): Logger {
  const log = (facts: unknown, message?: string) => {
    if (!world.keepsTrace) return;
    const { err, ...others } =
      typeof facts === 'object' && facts !== null ? { err: undefined, ...facts } : { err: facts };
    world.trace(
      `${name} says`,
      `${message ?? ''} ${err instanceof Error ? err.message : (err ?? '')} ${JSON.stringify(others)}`,
    );
  };
  return { debug: () => undefined, info: log, warn: log, error: log };
}
