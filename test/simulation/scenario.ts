import { isRecordKey } from '../../src/entities/core/records.ts';
import { searches } from '../../src/search/all.ts';
import { damagedSearches, heal } from '../../src/search/doctor/heal.ts';
import { apply } from '../../src/search/indexer/apply.ts';
import { ensureIndexes } from '../../src/search/indexer/ensure.ts';
import { changeState } from '../../src/search/indexer/transitions.ts';
import { anyRates, createFaults } from './faults.ts';
import { differences, recordsIn, unluckyItems } from './index-equality.ts';
import { type IndexerOptions, indexerServices, indexStreamIn, type Sabotage } from './indexer-process.ts';
import { LambdaEnvironments } from './lambda-environments.ts';
import { createLambdaModel } from './lambda-model.ts';
import { createMeilisearchModel } from './meilisearch-model.ts';
import { Mishaps } from './mishaps.ts';
import { createNetwork } from './network.ts';
import { Operator } from './operator.ts';
import type { Process } from './process.ts';
import { isRecordOf } from './record-keys.ts';
import { refuses } from './roster-items.ts';
import { createTableModel } from './table-model.ts';
import { Workload } from './workload.ts';
import { createWorld, type World } from './world.ts';

/** How to play a seed. */
export interface ScenarioOptions {
  /** @defaultValue nothing is sabotaged */
  readonly sabotage?: Sabotage;
  /** @defaultValue false */
  readonly keepTrace?: boolean;
  /** Told of each line of the trace as it happens, so that a run which never ends can be followed. */
  readonly onTrace?: (line: string) => void;
}

/** What a seed came to. */
export interface Played {
  readonly world: World;
  /** What was not as it must be in the end; empty when all was well. */
  readonly differences: readonly string[];
  /** What went wrong, by kind, on purpose. */
  readonly faults: ReadonlyMap<string, number>;
}

const MINUTE_MS = 60_000;
/** Longer than a dead writer's key lives, with skew and grace. */
const PATIENCE_MINUTES = 60;

/**
 * Writers of a table whose indexes the real code follows, while everything goes wrong that can, and what is different
 * once everything has been calm for a while.
 *
 * @throws SimulationError when the world never comes to rest
 */
export async function play(
  seed: number,
  { sabotage = (same) => same, keepTrace = false, onTrace }: ScenarioOptions = {},
): Promise<Played> {
  const world = createWorld(seed, { keepTrace, ...(onTrace ? { onTrace } : {}) });
  const random = world.random.fork('scenario');
  const faults = createFaults(world, {});
  const maxSkewMs = random.chance(0.3) ? 25_000 : 1_000;
  const meilisearch = createMeilisearchModel(world, { faults, refuses, skewMs: random.between(-maxSkewMs, maxSkewMs) });
  const table = createTableModel(world, { shards: random.integer(1, 2), expiryLagMs: 120_000 });
  const requestTimeoutMs = random.pick([2_000, 10_000, 30_000]);
  const network = createNetwork(world, { engine: meilisearch, table, faults, requestTimeoutMs });
  const owners = new Map<string, Process>();
  const indexer: IndexerOptions = {
    world,
    network,
    taskTimeoutMs: requestTimeoutMs,
    sabotage,
    onKey: (uid, owner) => owners.set(uid, owner),
  };
  await begin(world, indexer);
  faults.storm(anyRates(world, random.chance(0.3) ? 0.25 : 0.06));

  const lambda = createLambdaModel(world, table, {
    faults,
    maxSkewMs,
    batchSize: random.pick([3, 20, 1_000]),
    parallelizationFactor: random.integer(1, 3),
    maximumRetryAttempts: random.chance(0.1) ? 3 : -1,
    filter: (key) => !isRecordKey(key),
    start: (process) => indexStreamIn(indexer, process),
  });
  const schedule = new LambdaEnvironments({
    world,
    faults,
    random: random.fork('schedule'),
    name: 'schedule',
    maxSkewMs,
    start: (process) => indexStreamIn(indexer, process),
  });
  const workload = new Workload(world, table, {
    writes: random.integer(5, 60),
    pauseMs: random.pick([50, 1_000, 6_000]),
    trouble: random.chance(0.5) ? 0 : random.between(0, 0.6),
  });
  const mishaps = new Mishaps({
    world,
    server: meilisearch,
    withinMs: random.pick([5_000, 60_000]),
    rate: random.chance(0.5) ? 0 : 0.2,
    redeploy: () => {
      lambda.environments.redeploy();
      schedule.redeploy();
    },
  });
  let isCalm = false;
  // Whoever writes while the indexes change their places is the most likely to find them wrong.
  table.stream.subscribe((_shard, { key }) => {
    if (isCalm || !(isRecordOf('searchState', key) || isRecordOf('searchRun', key))) return;
    const phase = table.get(key, { consistent: true })?.['phase'];
    if (phase !== 'live') workload.burst(random.pick([200, 2_000, 10_000]));
  });
  let crashes = 0;
  const operatorOptions = {
    ...indexer,
    maxSkewMs,
    mayCrash: () => !isCalm && random.chance(0.5),
    onCrash: () => void crashes++,
  };
  const operators = ['alice', 'bob'].map((name) => new Operator(operatorOptions, name));
  if (random.chance(0.3))
    for (const operator of operators.slice(0, random.integer(1, 2))) operator.rebuildAt(random.between(0, 30_000));

  let isOver = false;
  const minutely = async () => {
    while (!isOver) {
      await world.sleep(MINUTE_MS);
      await schedule.invoke({ Records: [] }).catch(() => undefined);
    }
  };
  const isQuiet = () => {
    const { intents, writers } = recordsIn(table);
    const isLive = (uid: string) => owners.get(uid)?.isUp === true;
    return (
      lambda.isIdle &&
      operators.every(({ isBusy }) => !isBusy) &&
      intents.length === 0 &&
      writers.every(({ searchWriter, fencedAt }) => fencedAt === undefined && isLive(searchWriter)) &&
      table.rows().every(({ expires }) => expires === undefined)
    );
  };
  const quiet = async () => {
    for (let minute = 0; minute < PATIENCE_MINUTES && !isQuiet(); minute++) await world.sleep(MINUTE_MS);
  };
  const [operator] = operators;
  workload.begin();
  world.spawn(minutely);
  const found: string[] = [];
  world.spawn(async () => {
    await workload.run();
    // Time for rebuilds under faults, now and then.
    if (random.chance(0.5)) await world.sleep(random.between(0, 120_000));
    await world.sleep(random.between(0, 20_000));
    world.trace('calm', '');
    faults.calm();
    mishaps.calm();
    isCalm = true;
    // Until whatever was lost has been noticed.
    await world.sleep(2 * MINUTE_MS);
    await quiet();
    const { discarded } = lambda;
    const keys = discarded.flatMap(({ entries }) => entries.map(({ key }) => key));
    if (keys.length > 0)
      await operator?.untilDone('redrive', async (services) => {
        if ((await apply(services, keys)).failed.length > 0) throw new Error('some failed');
      });
    if (mishaps.hasLosses)
      await operator?.untilDone('heal', (services) => heal(services, searches, { patienceMs: 500 }));
    const unlucky = unluckyItems({ world, table }).map(({ target }) => target.key);
    if (unlucky.length > 0) await operator?.untilDone('retry', (services) => apply(services, unlucky));
    await quiet();
    isOver = true;
  });
  await world.run();
  // What came late may have left an index behind, for the upkeep to remove.
  world.spawn(() => schedule.invoke({ Records: [] }).catch(() => undefined), 2 * MINUTE_MS);
  await world.run();
  const isLive = (uid: string) => owners.get(uid)?.isUp === true;
  found.push(...differences({ world, table, meilisearch, isLive }));
  if (!lambda.isIdle) found.push('the stream is not delivered');
  const counts = new Map<string, number>([...faults.counts, ...mishaps.counts]);
  if (crashes > 0) counts.set('operator.crash', crashes);
  return { world, differences: found, faults: counts };
}

/** Makes the indexes of a table that is empty. */
async function begin(world: World, options: IndexerOptions): Promise<void> {
  const services = indexerServices(options, world.process('deployment'));
  const made = async () => {
    await ensureIndexes(services);
    for (const search of await damagedSearches(services))
      await changeState(services, search, (current) => ({ ...current, damage: undefined }));
  };
  for (let isMade = false; !isMade; )
    isMade = await world.complete(
      made().then(
        () => true,
        () => false,
      ),
    );
}
