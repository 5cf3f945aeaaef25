import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { UnavailableError } from '../../errors.ts';
import type { Clock } from '../../runtime.ts';
import { outageIn } from './outage.ts';
import type { Observer, TableCall } from './table.ts';

/** What a table needs. */
export interface TableOptions {
  readonly client: Pick<DynamoDBDocumentClient, 'send'>;
  readonly name: string;
  readonly clock: Clock;
  readonly observer?: Observer<TableCall>;
}

/** How often a request is sent before its outcome counts. */
export const ATTEMPTS = 8;

/** Sends requests to DynamoDB, telling the observer of each. */
export class Sender {
  readonly options: TableOptions;

  constructor(options: TableOptions) {
    this.options = options;
  }

  /** What every request for one table begins with. */
  get base() {
    return { TableName: this.options.name, ReturnConsumedCapacity: 'TOTAL' } as const;
  }

  /**
   * Sends a request, telling the observer of it and of its outcome.
   *
   * @throws UnavailableError when the table is away or overloaded, and what `send` throws otherwise
   */
  async told<Answer>(
    call: Omit<TableCall, 'items' | 'capacity'>,
    send: () => Promise<Answer>,
    outcome: (answer: Answer) => Pick<TableCall, 'items' | 'capacity' | 'scanned'>,
  ): Promise<Answer> {
    const tell = this.options.observer?.();
    try {
      const answer = await send();
      tell?.({ ...call, ...outcome(answer) });
      return answer;
    } catch (error) {
      tell?.({ ...call, items: 0, capacity: 0, error: error instanceof Error ? error.name : String(error) });
      throw outageIn(error) ?? error;
    }
  }

  /** Sends again what DynamoDB left unprocessed, ever later, until nothing is left. @throws UnavailableError */
  async untilProcessed<T>(all: readonly T[], send: (pending: readonly T[]) => Promise<readonly T[]>): Promise<void> {
    let pending = all;
    for (let attempt = 1; ; attempt++) {
      pending = await send(pending);
      if (pending.length === 0) return;
      if (attempt === ATTEMPTS)
        throw new UnavailableError(`DynamoDB left ${pending.length} items unprocessed ${ATTEMPTS} times`);
      await this.options.clock.backOff(attempt);
    }
  }
}

/** Tells both of two observers; the first may be missing. */
export const both = (outer: Observer<TableCall> | undefined, inner: Observer<TableCall>): Observer<TableCall> =>
  outer
    ? () => {
        const [tellOuter, tellInner] = [outer(), inner()];
        return (call) => {
          tellOuter(call);
          tellInner(call);
        };
      }
    : inner;

/** Capacity units in all. */
export const units = (...consumed: readonly ({ readonly CapacityUnits?: number | undefined } | undefined)[]): number =>
  consumed.reduce((sum, part) => sum + (part?.CapacityUnits ?? 0), 0);

/** Runs of at most `size` items. */
export const chunk = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));

/** Runs of items that weigh `most` at most together; an item that weighs more is a run by itself. */
export function chunkByWeight<T>(items: readonly T[], most: number, weigh: (item: T) => number): T[][] {
  const runs: T[][] = [];
  let total = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const weight = weigh(item);
    if (total + weight > most) {
      runs.push([]);
      total = 0;
    }
    runs.at(-1)?.push(item);
    total += weight;
  }
  return runs;
}
