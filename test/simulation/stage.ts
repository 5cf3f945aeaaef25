import { isRecordKey } from '../../src/entities/core/records.ts';
import type { Row } from '../../src/entities/core/statements.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import { AMONG_WRITERS, AROUND_SWAPS, anyRates, BELATED, createFaults, type Faults } from './faults.ts';
import { recordsIn } from './index-equality.ts';
import { type IndexerOptions, indexStreamIn, maintainIn, type Sabotage } from './indexer-process.ts';
import { LambdaEnvironments } from './lambda-environments.ts';
import { createLambdaModel, type LambdaModel } from './lambda-model.ts';
import { createMeilisearchModel, type MeilisearchModel } from './meilisearch-model.ts';
import { Mishaps } from './mishaps.ts';
import { createNetwork } from './network.ts';
import { Operator } from './operator.ts';
import type { Process } from './process.ts';
import type { Random } from './random.ts';
import { isRecordOf } from './record-keys.ts';
import { refuses } from './roster-items.ts';
import { createTableModel, type TableModel } from './table-model.ts';
import { Workload } from './workload.ts';
import type { World } from './world.ts';

/** How long after its time an item is there at most, milliseconds. */
const EXPIRY_LAG_MS = 120_000;

/** What a seed looks at. */
type Subject = 'everything' | 'swaps' | 'writers' | 'requests';

/** Servers, functions and people of one seed, and all that goes wrong between them. */
export class Stage {
  readonly world: World;
  readonly random: Random;
  readonly faults: Faults;
  readonly meilisearch: MeilisearchModel;
  readonly table: TableModel;
  readonly indexer: IndexerOptions;
  readonly lambda: LambdaModel;
  readonly deadLetters: DeadLetterQueue;
  /** The function that EventBridge calls. */
  readonly schedule: LambdaEnvironments;
  readonly workload: Workload;
  readonly mishaps: Mishaps;
  /** Two, so that they can get into each other's way. */
  /** Two that rebuild indexes, and one that compares them with the table. */
  readonly operators: readonly [Operator, Operator, Operator];
  /** How often an operator's process has crashed. */
  crashes = 0;
  /** What the last call of `maintain` could not try again. */
  retriesFailed = 0;
  /** Some seeds look at one thing alone: after many other troubles, little is left of what went wrong there. */
  readonly #subject: Subject;
  readonly #owners = new Map<string, Process>();
  #isCalm = false;

  constructor(world: World, sabotage: Sabotage) {
    this.world = world;
    const random = world.random.fork('scenario');
    this.random = random;
    this.#subject = random.chance(0.8) ? 'everything' : random.pick(['swaps', 'swaps', 'writers', 'requests']);
    const isOfAll = this.#subject === 'everything';
    const faults = createFaults(world, {});
    this.faults = faults;
    const maxSkewMs = random.chance(0.3) ? 25_000 : 1_000;
    const skewMs = random.between(-maxSkewMs, maxSkewMs);
    this.meilisearch = createMeilisearchModel(world, { faults, refuses, skewMs });
    this.table = createTableModel(world, { shards: random.integer(1, 2), expiryLagMs: EXPIRY_LAG_MS });
    const requestTimeoutMs = random.pick([2_000, 10_000, 30_000]);
    this.indexer = {
      world,
      network: createNetwork(world, { engine: this.meilisearch, table: this.table, faults, requestTimeoutMs }),
      taskTimeoutMs: requestTimeoutMs,
      sabotage,
      onKey: (uid, owner) => this.#owners.set(uid, owner),
    };
    this.deadLetters = new DeadLetterQueue(world);
    this.lambda = createLambdaModel(world, this.table, {
      faults,
      maxSkewMs,
      batchSize: random.pick([3, 20, 1_000]),
      parallelizationFactor: random.integer(1, 3),
      maximumRetryAttempts: random.chance(0.1) ? 3 : -1,
      filter: (key) => !isRecordKey(key),
      onDiscarded: (discarded) => this.deadLetters.send(discarded),
      start: (process) => indexStreamIn(this.indexer, process),
    });
    this.schedule = new LambdaEnvironments({
      world,
      faults,
      random: random.fork('schedule'),
      name: 'schedule',
      maxSkewMs,
      timeoutMs: 900_000,
      start: (process) =>
        maintainIn(this.indexer, process, ({ retried }) => (this.retriesFailed = retried?.failed ?? 0)),
    });
    this.workload = new Workload(world, this.table, {
      items: { swaps: 15, writers: 4, requests: 4, everything: random.integer(3, 15) }[this.#subject],
      writes: this.#subject === 'requests' ? 100 : random.integer(5, 60),
      pauseMs: this.#subject === 'requests' ? 6_000 : random.pick([50, 1_000, 6_000]),
      trouble: random.chance(0.5) ? 0 : random.between(0, 0.6),
    });
    this.mishaps = new Mishaps({
      world,
      server: this.meilisearch,
      withinMs: random.pick([5_000, 60_000]),
      rate: isOfAll && random.chance(0.5) ? 0.2 : 0,
      redeploy: () => {
        this.lambda.environments.redeploy();
        this.schedule.redeploy();
      },
    });
    const operatorOptions = {
      ...this.indexer,
      maxSkewMs,
      mayCrash: () => !this.#isCalm && isOfAll && random.chance(0.5),
      onCrash: () => void this.crashes++,
    };
    const operator = (name: string) => new Operator(operatorOptions, name);
    this.operators = [operator('alice'), operator('bob'), operator('doctor')];
    this.#watchStates();
  }

  /**
   * Lets things go wrong from now on; some of the seeds have rebuilds, by one operator or two at a time, and some a
   * comparison bit by bit.
   */
  storm(): void {
    const { random, world } = this;
    const any = anyRates(world, random.chance(0.3) ? 0.25 : 0.06);
    const rates = { swaps: AROUND_SWAPS, writers: AMONG_WRITERS, requests: BELATED, everything: any };
    this.faults.storm(rates[this.#subject]);
    this.mishaps.begin();
    if (random.chance(0.3)) this.operators[2].checkUpAt(random.between(0, 60_000));
    if (random.chance({ swaps: 0, writers: 1, requests: 1, everything: 0.85 }[this.#subject])) return;
    const count = this.#subject === 'swaps' ? 1 : random.integer(1, 2);
    for (const operator of this.operators.slice(0, count)) operator.rebuildAt(random.between(0, 30_000));
  }

  /** Lets nothing more go wrong. */
  calm(): void {
    this.world.trace('calm', '');
    this.faults.calm();
    this.mishaps.calm();
    this.#isCalm = true;
  }

  /** Whether the writer of this key belongs to a process that still runs. */
  isLive(uid: string): boolean {
    return this.#owners.get(uid)?.isUp === true;
  }

  /** Whether nothing is under way or waited for, but by operators. */
  get isQuiet(): boolean {
    const { lambda, operators, retriesFailed, table } = this;
    const isIdle = lambda.isIdle && operators.every(({ isBusy }) => !isBusy) && retriesFailed === 0;
    if (!isIdle || table.rows().some(({ expires }) => expires !== undefined)) return false;
    const { intents, writers, states } = recordsIn(table);
    return (
      states.every(({ phase, damage }) => phase === 'live' && damage === undefined) &&
      intents.length === 0 &&
      writers.every(({ searchWriter, fencedAt }) => fencedAt === undefined && this.isLive(searchWriter))
    );
  }

  /** Whoever writes while the indexes change their places is the most likely to find them wrong. */
  #watchStates(): void {
    const { table, faults, operators, workload, random } = this;
    // Whoever always writes mends what was wrong.
    const eagerness = this.#subject === 'swaps' ? 1 : random.pick([0.1, 0.3, 1]);
    table.stream.subscribe((_shard, { key }) => {
      if (this.#isCalm || !(isRecordOf('searchState', key) || isRecordOf('searchRun', key))) return;
      const row = table.get(key, { consistent: true });
      if (this.#subject === 'swaps' && !isBeforeSwap(row)) return;
      if (faults.occurs('operator.stalled')) for (const operator of operators) operator.standStill();
      if (row?.['phase'] !== 'live' && random.chance(eagerness)) workload.burst(random.pick([200, 2_000, 10_000]));
    });
  }
}

/** Whether a rebuild knows what it will put in place, and has not begun to. */
const isBeforeSwap = (run: Row | undefined): boolean =>
  run?.['createdOn'] !== undefined && run['swapKey'] === undefined && run['soakUntil'] === undefined;
