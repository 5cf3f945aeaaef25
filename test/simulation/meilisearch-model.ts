import type { Settings } from 'meilisearch';
import type { Document } from '../../src/search/document.ts';
import type { DocumentQuery, IndexInfo, TaskRef } from '../../src/search/engine/engine.ts';
import { EngineRefusal } from '../../src/search/engine/errors.ts';
import { EPOCH_MS } from './epoch.ts';
import { createFaults, type Faults } from './faults.ts';
import type { Indexes } from './meilisearch-batch.ts';
import type { MeilisearchIndex } from './meilisearch-index.ts';
import { MeilisearchKeys } from './meilisearch-keys.ts';
import { MeilisearchScheduler } from './meilisearch-scheduler.ts';
import type { Operation } from './meilisearch-task.ts';
import { MeilisearchTasks, type SavedTasks } from './meilisearch-tasks.ts';
import { Power } from './power.ts';
import { isWellFormed } from './well-formed.ts';
import type { World } from './world.ts';

/** How the server is. */
export interface MeilisearchOptions {
  /** @defaultValue none */
  readonly faults?: Faults;
  /** How far its clock is ahead, milliseconds. @defaultValue 0 */
  readonly skewMs?: number;
  /** Documents that it can't index for reasons that nobody foresaw. @defaultValue none */
  readonly refuses?: (document: Document) => Refusal | undefined;
}

/** What a document that can't be indexed fails: its own task, or all tasks of the automatic batch. */
export type Refusal = 'task' | 'batch';

/** All that a server has stored at some time. */
export interface Snapshot {
  readonly indexes: ReadonlyMap<string, MeilisearchIndex>;
  readonly tasks: SavedTasks;
  readonly keys: ReadonlyMap<string, number>;
}

/**
 * A Meilisearch as far as the indexer knows it: one queue of tasks, automatic batches, keys that expire. Requests are
 * answered at once here, the way to it is `network.ts`'s business; `test/engine-contract.test.ts` holds it against the
 * real one.
 */
export class MeilisearchModel {
  readonly keys: MeilisearchKeys;
  readonly tasks: MeilisearchTasks;
  /** Killing, starting and suspending the server. */
  readonly power: Power;
  /** While true, no task is accepted: a full queue, or a full disk. */
  isFull = false;
  /** May be changed while the world runs. */
  skewMs: number;
  readonly #world: World;
  readonly #scheduler: MeilisearchScheduler;
  readonly #indexes: Indexes = new Map();
  readonly #refuses: (document: Document) => Refusal | undefined;
  #stamps = 0;

  constructor(world: World, options: MeilisearchOptions) {
    const { faults = createFaults(world, {}), skewMs = 0, refuses = () => undefined } = options;
    this.#world = world;
    this.#refuses = refuses;
    this.skewMs = skewMs;
    this.keys = new MeilisearchKeys(() => this.#now());
    this.tasks = new MeilisearchTasks(() => this.#timestamp());
    this.power = new Power({ onStart: () => this.#scheduler.next(), onKill: () => this.#scheduler.abort() });
    const { tasks, power } = this;
    const timestamp = () => this.#timestamp();
    this.#scheduler = new MeilisearchScheduler({ world, faults, tasks, power, indexes: this.#indexes, timestamp });
  }

  addDocuments(index: string, body: string): TaskRef {
    const documents = parsed(body);
    const refusals = new Set(documents.map(this.#refuses));
    const isPoison = refusals.has('batch') || (body.includes('\\ud') && !isWellFormed(documents));
    return this.#enqueue({ kind: 'add', index, documents, isPoison, isRefused: refusals.has('task') });
  }

  deleteDocuments(index: string, ids: readonly string[]): TaskRef {
    return this.#enqueue({ kind: 'delete', index, ids });
  }

  swapIndexes(pairs: readonly (readonly [string, string])[]): TaskRef {
    if (new Set(pairs.flat()).size < 2 * pairs.length)
      throw new EngineRefusal('invalid_swap_duplicate_index_found', 'An index can have one partner, another index.');
    return this.#enqueue({ kind: 'swap', pairs });
  }

  createIndex(index: string): TaskRef {
    return this.#enqueue({ kind: 'create', index });
  }

  updateSettings(index: string, settings: Settings): TaskRef {
    return this.#enqueue({ kind: 'settings', index, settings });
  }

  deleteIndex(index: string): TaskRef {
    return this.#enqueue({ kind: 'deleteIndex', index });
  }

  /** Deletes all documents of an index, which the indexer never asks for. */
  clear(index: string): TaskRef {
    return this.#enqueue({ kind: 'clear', index });
  }

  /** Cancels tasks by hand; a batch with one of them in it is broken off, and its other tasks go back into the queue. */
  cancel(uids: readonly number[]): TaskRef {
    const ref = this.#enqueue({ kind: 'cancel', uids });
    this.#scheduler.breakOff(uids);
    return ref;
  }

  settings(index: string): Settings | undefined {
    return this.#indexes.get(index)?.settings;
  }

  indexes(): IndexInfo[] {
    return [...this.#indexes].map(([uid, { createdAt }]) => ({ uid, createdAt }));
  }

  documents(index: string, query: DocumentQuery): Document[] {
    const contents = this.#indexes.get(index);
    if (!contents) throw new EngineRefusal('index_not_found', `Index \`${index}\` not found.`);
    return contents.fetch(query);
  }

  /** What an index holds, for invariants; undefined when there is none. */
  contents(index: string): ReadonlyMap<string, Document> | undefined {
    return this.#indexes.get(index)?.documents;
  }

  snapshot(): Snapshot {
    const indexes = new Map([...this.#indexes].map(([uid, index]) => [uid, index.copy()]));
    return { indexes, tasks: this.tasks.saved(), keys: this.keys.saved() };
  }

  /** Puts all that is stored back to an earlier state; numbers of tasks are given again from there on. */
  restore({ indexes, tasks, keys }: Snapshot): void {
    this.#world.trace('restore', `to task ${tasks.tasks.length}`);
    this.#scheduler.abort();
    this.#indexes.clear();
    for (const [uid, index] of indexes) this.#indexes.set(uid, index.copy());
    this.tasks.restore(tasks);
    this.keys.restore(keys);
    this.#scheduler.next();
  }

  /** Loses all that is stored. */
  wipe(): void {
    this.restore({ indexes: new Map(), tasks: { tasks: [], batchSizes: [] }, keys: new Map() });
  }

  #enqueue(operation: Operation): TaskRef {
    if (this.isFull) throw new EngineRefusal('no_space_left_on_device', 'Meilisearch cannot receive write operations.');
    const ref = this.tasks.add(operation);
    this.#scheduler.next();
    return ref;
  }

  #now(): Date {
    return new Date(EPOCH_MS + this.#world.nowMs + this.skewMs);
  }

  /** RFC 3339 to the nanosecond, never the same twice. */
  #timestamp(): string {
    const nanoseconds = String(this.#stamps++ % 1_000_000).padStart(6, '0');
    return `${this.#now().toISOString().slice(0, -1)}${nanoseconds}Z`;
  }
}

/** @throws EngineRefusal `malformed_payload` */
function parsed(body: string): Document[] {
  try {
    const value = JSON.parse(body) as Document | Document[];
    return Array.isArray(value) ? value : [value];
  } catch (error) {
    throw new EngineRefusal('malformed_payload', 'The `json` payload provided is malformed.', { cause: error });
  }
}

/** A server with nothing on it. */
export const createMeilisearchModel = (world: World, options: MeilisearchOptions = {}): MeilisearchModel =>
  new MeilisearchModel(world, options);
