import { Records } from '../../entities/core/records.ts';
import type { Table } from '../../entities/core/table.ts';
import { SearchWriter } from '../../entities/system/search-writer.ts';
import type { Clock, Ids, Logger } from '../../runtime.ts';
import type { Engine, TaskRef, WriteKey } from '../engine/engine.ts';
import { EngineRefusal, EngineUnavailable } from '../engine/errors.ts';
import { intents, intentText } from './intent.ts';
import type { Target } from './plan.ts';

/** The side effects of writing under keys that end. */
export interface WriterServices {
  readonly table: Table;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
}

/** All writers, by the uid of their key. */
export const writerRecords = new Records(SearchWriter);

/** How long a key is good for. A writer takes a new one at half this time, so that it never runs out under a batch. */
export const KEY_LIFETIME_MS = 600_000;

/** A key that was made for a writer. */
export interface OpenedKey {
  readonly key: WriteKey;
  /** When it ends by itself. */
  readonly expiresOn: string;
}

/** Whoever sends documents: one batch at a time, under a key of its own. */
export class Writer {
  readonly key: WriteKey;
  /** When the key ends by itself. */
  readonly expiresOn: string;
  readonly bornMs: number;
  /** `suspect` when a request may still arrive, `refused` when the key is not good any more. */
  #state: 'good' | 'refused' | 'suspect' = 'good';
  #isSettled = true;
  #requests = 0;
  #answered = 0;

  constructor({ key, expiresOn }: OpenedKey, bornMs: number) {
    this.key = key;
    this.expiresOn = expiresOn;
    this.bornMs = bornMs;
  }

  get state() {
    return this.#state;
  }

  /** False from a request on until its batch has been verified. */
  get isSettled() {
    return this.#isSettled;
  }

  /** How many requests were sent so far. */
  get requests() {
    return this.#requests;
  }

  /** True while a request has no answer: it may be accepted at any moment. */
  get isWaiting() {
    return this.#answered < this.#requests;
  }

  /** The indexes were found to equal the table for all items of the batch, or somebody else sees to those. */
  settle(): void {
    this.#isSettled = true;
  }

  /** Sends a request under this writer's key, and remembers when nobody can tell whether it arrived. */
  async send(request: (key: WriteKey) => Promise<TaskRef>): Promise<TaskRef> {
    this.#isSettled = false;
    this.#requests++;
    try {
      return await request(this.key);
    } catch (error) {
      if (error instanceof EngineUnavailable && error.mayHaveArrived) this.#state = 'suspect';
      else if (error instanceof EngineRefusal && error.reason === 'invalid_api_key' && this.#state === 'good')
        this.#state = 'refused';
      throw error;
    } finally {
      this.#answered++;
    }
  }
}

/**
 * The writers of one process, each for one batch at a time.
 *
 * A request that was given up may arrive at any later time; only the server can end that, by not accepting its key any
 * more. So what a writer is about to send is recorded before, and the record goes when the batch has been verified. A
 * writer with a request of unknown outcome loses its key, and its record stays for `sweep`; so does one whose batch could
 * not be verified, for whoever gave it may be taken for dead, and then nobody hears that it failed.
 */
export class Writers {
  readonly #services: WriterServices;
  readonly #idle: Writer[] = [];

  constructor(services: WriterServices) {
    this.#services = services;
  }

  /**
   * Gives work a writer for these items, to be told by it when they are verified.
   *
   * @throws what the table or the search engine throws while the writer is made ready, or what the work throws
   */
  async use<T>(targets: readonly Target[], work: (writer: Writer) => Promise<T>): Promise<T> {
    const { table, clock } = this.#services;
    const writer = (await this.#take()) ?? (await this.#open());
    await table.batchWrite([intents.put(writer.key.uid, { items: intentText(targets) }, clock.now())]);
    try {
      return await work(writer);
    } finally {
      await this.#settle(writer);
    }
  }

  async #take(): Promise<Writer | undefined> {
    const writer = this.#idle.pop();
    if (!writer || this.#services.clock.monotonicMs() - writer.bornMs < KEY_LIFETIME_MS / 2) return writer;
    await this.#orLeaveToSweep(() => retire(this.#services, writer.key.uid));
    return this.#take();
  }

  async #open(): Promise<Writer> {
    const { clock, ids } = this.#services;
    const bornMs = clock.monotonicMs();
    return new Writer(await openKey(this.#services, ids.uuid()), bornMs);
  }

  /** The outcome of the batch is known to the caller: what fails here is done by `sweep`. */
  #settle(writer: Writer): Promise<void> {
    const { table, engine, clock } = this.#services;
    return this.#orLeaveToSweep(async () => {
      if (writer.state === 'suspect' || !writer.isSettled)
        await fence({ table, engine, clock }, writer.key.uid, writer.expiresOn);
      else if (writer.state === 'refused') await retire({ table, engine }, writer.key.uid);
      else {
        await table.batchWrite([intents.delete(writer.key.uid)]);
        this.#idle.push(writer);
      }
    });
  }

  async #orLeaveToSweep(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#services.log.warn({ err: error }, 'a writer of the search indexes could not be ended; sweeping will do it');
    }
  }
}

/**
 * Makes a key for a writer, who is recorded before: whatever becomes of the answer or of this process, `sweep` deletes the
 * key once it has ended, and after that it can't be made any more.
 *
 * @throws what the table or the search engine throws
 */
export async function openKey(
  { table, engine, clock }: Pick<WriterServices, 'table' | 'engine' | 'clock'>,
  uid: string,
): Promise<OpenedKey> {
  const now = clock.now();
  const expiresAt = new Date(now.getTime() + KEY_LIFETIME_MS);
  const expiresOn = expiresAt.toISOString();
  await table.batchWrite([writerRecords.put(uid, { expiresOn }, now)]);
  try {
    return { key: await engine.createWriteKey(uid, expiresAt), expiresOn };
  } catch (error) {
    const mayBeMade = error instanceof EngineUnavailable && error.mayHaveArrived;
    if (!mayBeMade) await forget(table, uid);
    throw error;
  }
}

/** Ends a writer of whom nothing is under way. */
export async function retire({ table, engine }: Pick<WriterServices, 'table' | 'engine'>, uid: string): Promise<void> {
  await engine.deleteKey(uid);
  await forget(table, uid);
}

/**
 * Withdraws a writer's key, and records when: what is under way now may still arrive for a while.
 *
 * @param expiresOn when the key ends by itself: should the server be restored from a snapshot, it has the key again
 */
export async function fence(
  { table, engine, clock }: Pick<WriterServices, 'table' | 'engine' | 'clock'>,
  uid: string,
  expiresOn: string,
): Promise<void> {
  await engine.deleteKey(uid);
  const now = clock.now();
  await table.batchWrite([writerRecords.put(uid, { expiresOn, fencedAt: now.toISOString() }, now)]);
}

/** Removes all that is recorded of writers: first what would not be found without the rest. */
export const forget = (table: Table, ...uids: readonly string[]): Promise<void> =>
  table.batchWrite([...uids.map((uid) => intents.delete(uid)), ...uids.map((uid) => writerRecords.delete(uid))]);
