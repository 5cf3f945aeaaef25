import { redriveLetters } from '../../dev/search/dead-letters/redrive.ts';
import { searches } from '../../src/search/all.ts';
import { damagedSearches, heal } from '../../src/search/doctor/heal.ts';
import { apply } from '../../src/search/indexer/apply.ts';
import { ensureIndexes } from '../../src/search/indexer/ensure.ts';
import { changeState } from '../../src/search/indexer/transitions.ts';
import { deadLettersIn } from './dead-letter-queue.ts';
import { differences, unluckyItems } from './index-equality.ts';
import { indexerServices, type Sabotage } from './indexer-process.ts';
import { Stage } from './stage.ts';
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
/** How long rebuilds are troubled at most. */
const TROUBLE_MS = 10 * MINUTE_MS;
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
  { sabotage, keepTrace = false, onTrace }: ScenarioOptions = {},
): Promise<Played> {
  const world = createWorld(seed, { keepTrace, ...(onTrace ? { onTrace } : {}) });
  const stage = new Stage(world, sabotage ?? ((same) => same));
  await makeIndexes(stage);
  stage.storm();
  stage.workload.begin();
  let isOver = false;
  world.spawn(async () => {
    while (!isOver) {
      await world.sleep(5 * MINUTE_MS);
      await maintain(stage);
    }
  });
  world.spawn(async () => {
    await trouble(stage);
    await settle(stage);
    isOver = true;
  });
  await world.run();
  // What came late may have left something behind, for the upkeep to remove.
  for (let calls = 0; calls === 0 || (calls < PATIENCE_MINUTES && !stage.isQuiet); calls++) {
    world.spawn(() => maintain(stage), 2 * MINUTE_MS);
    await world.run();
  }
  const found = differences({ ...stage, isLive: (uid) => stage.isLive(uid), mayLeaveKeys: sabotage !== undefined });
  if (!stage.lambda.isIdle) found.push('the stream is not delivered');
  const counts = new Map<string, number>([...stage.faults.counts, ...stage.mishaps.counts]);
  if (stage.crashes > 0) counts.set('operator.crash', stage.crashes);
  return { world, differences: found, faults: counts };
}

/** Makes the indexes of a table that is empty. */
export async function makeIndexes({ world, indexer }: Stage): Promise<void> {
  const services = indexerServices(indexer, world.process('deployment'));
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

/** What EventBridge calls every minute. */
const maintain = ({ schedule }: Stage): Promise<unknown> => schedule.invoke({ Records: [] }).catch(() => undefined);

/** Everybody writes, and all goes wrong that can. */
async function trouble({ world, random, workload, operators }: Stage): Promise<void> {
  await workload.run();
  // Rebuilds, too, get to their swaps under faults, but for some that go on in peace.
  const until = world.nowMs + (random.chance(0.7) ? TROUBLE_MS : 0);
  while (world.nowMs < until && operators.some(({ isBusy }) => isBusy)) await world.sleep(1_000);
  await world.sleep(random.between(0, 20_000));
}

/** Calms everything, and does what operators are told to do after troubles of that kind. */
async function settle(stage: Stage): Promise<void> {
  const { world, table, deadLetters, mishaps, operators } = stage;
  const [operator] = operators;
  stage.calm();
  // Until whatever was lost has been noticed.
  await world.sleep(2 * MINUTE_MS);
  await quiet(stage);
  if (!deadLetters.isEmpty)
    await operator.untilDone('redrive', async (services) => {
      await redriveLetters(deadLettersIn(deadLetters, table.stream, services.clock), (keys) => apply(services, keys));
      if (!deadLetters.isEmpty) throw new Error('some are left');
    });
  if (mishaps.hasUnnoticed)
    await operator.untilDone('heal', (services) => heal(services, searches, { patienceMs: 500 }));
  const unlucky = unluckyItems({ world, table }).map(({ target }) => target.key);
  if (unlucky.length > 0) await operator.untilDone('retry', (services) => apply(services, unlucky));
  await quiet(stage);
}

async function quiet(stage: Stage): Promise<void> {
  for (let minute = 0; minute < PATIENCE_MINUTES && !stage.isQuiet; minute++) await stage.world.sleep(MINUTE_MS);
}
