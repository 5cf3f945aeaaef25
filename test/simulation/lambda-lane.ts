import type { DynamoDBBatchResponse } from 'aws-lambda';
import { EPOCH_MS } from './epoch.ts';
import type { Faults } from './faults.ts';
import type { LambdaEnvironments } from './lambda-environments.ts';
import type { Random } from './random.ts';
import type { StreamEntry } from './table-stream.ts';
import type { World } from './world.ts';

/** What a lane needs. */
export interface LaneOptions {
  readonly world: World;
  readonly faults: Faults;
  readonly random: Random;
  readonly environments: LambdaEnvironments;
  readonly onDiscarded: (entries: readonly StreamEntry[]) => void;
  readonly batchSize?: number;
  readonly maximumRetryAttempts?: number;
  readonly maximumRecordAgeInSeconds?: number;
  readonly bisectBatchOnFunctionError?: boolean;
}

/** How many records from the start of a batch were accepted, and whether it failed as a whole. */
interface Outcome {
  readonly accepted: number;
  readonly isWhole: boolean;
}

/** Records that a rewind can go back by. */
const MEMORY = 200;
const MAX_DELAY_MS = 60_000;

/**
 * Records that are delivered one batch after the other: a shard, or its part by partition key. From the lowest failed
 * sequence number on, a batch is delivered again, ever later; one that fails as a whole is halved.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 */
export class LambdaLane {
  readonly #options: LaneOptions;
  #pending: StreamEntry[] = [];
  #settled: StreamEntry[] = [];
  #isBusy = false;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  get isIdle(): boolean {
    return this.#pending.length === 0 && !this.#isBusy;
  }

  add(entry: StreamEntry): void {
    this.#pending.push(entry);
    if (this.#isBusy) return;
    this.#isBusy = true;
    const { world, random } = this.#options;
    world.spawn(() => this.#run(), random.between(10, 1_000));
  }

  async #run(): Promise<void> {
    const { faults, random, batchSize = 100 } = this.#options;
    while (this.#pending.length > 0) {
      // A poller takes what is there when it comes by.
      const batch = this.#pending.splice(0, random.chance(0.5) ? batchSize : random.integer(1, batchSize));
      await this.#deliver(batch);
      this.#settled = [...this.#settled, ...batch].slice(-MEMORY);
      // Where it had got to was not noted in time, and another poller begins before it.
      if (!faults.occurs('lambda.rewind')) continue;
      const again = this.#settled.splice(random.integer(0, this.#settled.length - 1));
      this.#pending.unshift(...again);
    }
    this.#isBusy = false;
  }

  async #deliver(batch: readonly StreamEntry[]): Promise<void> {
    const { world, bisectBatchOnFunctionError = true } = this.#options;
    let pending = batch;
    for (let failures = 0; ; ) {
      const { accepted, isWhole } = await this.#invoke(pending);
      pending = pending.slice(accepted);
      if (pending.length === 0) return;
      failures = accepted > 0 ? 1 : failures + 1;
      const halve = isWhole && bisectBatchOnFunctionError && pending.length > 1;
      pending = this.#discardHopeless(pending, halve ? 0 : failures);
      if (pending.length === 0) return;
      await world.sleep(Math.min(MAX_DELAY_MS, 100 * 2 ** failures));
      if (!halve) continue;
      const middle = Math.ceil(pending.length / 2);
      await this.#deliver(pending.slice(0, middle));
      pending = pending.slice(middle);
      failures = 0;
    }
  }

  /** Gives up all records after too many failures, else those that are too old. @returns what is left */
  #discardHopeless(pending: readonly StreamEntry[], failures: number): readonly StreamEntry[] {
    const { world, maximumRetryAttempts = -1, maximumRecordAgeInSeconds = -1, onDiscarded } = this.#options;
    const isOver = maximumRetryAttempts !== -1 && failures > maximumRetryAttempts;
    const oldest = (EPOCH_MS + world.nowMs) / 1_000 - maximumRecordAgeInSeconds;
    const isYoung = ({ record }: StreamEntry) =>
      maximumRecordAgeInSeconds === -1 || (record.dynamodb?.ApproximateCreationDateTime ?? 0) >= oldest;
    const firstYoung = pending.findIndex(isYoung);
    const hopeless = isOver || firstYoung === -1 ? pending : pending.slice(0, firstYoung);
    if (hopeless.length > 0) {
      world.trace('discarded', `${hopeless.length} records`);
      onDiscarded(hopeless);
    }
    return pending.slice(hopeless.length);
  }

  async #invoke(batch: readonly StreamEntry[]): Promise<Outcome> {
    const { world, faults, random, environments } = this.#options;
    const invocation = environments.invoke({ Records: batch.map(({ record }) => record) });
    const outcome = invocation.then(
      (response) => outcomeOf(batch, response),
      (): Outcome => ({ accepted: 0, isWhole: true }),
    );
    world.trace('deliver', `${batch[0]?.record.eventID} and ${batch.length - 1} more`);
    if (!faults.occurs('lambda.overlap')) return outcome;
    // Thought dead: what it answers is not heard any more, and it goes on beside the next invocation.
    await Promise.race([outcome, world.sleep(random.between(1, 1_000))]);
    return { accepted: 0, isWhole: false };
  }
}

function outcomeOf(batch: readonly StreamEntry[], response: DynamoDBBatchResponse | null | undefined): Outcome {
  const failures = response?.batchItemFailures ?? [];
  if (failures.length === 0) return { accepted: batch.length, isWhole: false };
  const places = new Map(batch.map(({ record }, i) => [record.dynamodb?.SequenceNumber, i]));
  const failed = failures.map(({ itemIdentifier }) => places.get(itemIdentifier));
  const known = failed.filter((place) => place !== undefined);
  return known.length < failed.length
    ? { accepted: 0, isWhole: true }
    : { accepted: Math.min(...known), isWhole: false };
}
