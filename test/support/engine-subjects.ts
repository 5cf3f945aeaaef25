import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { type Clock, realClock } from '../../src/runtime.ts';
import type { Engine, TaskRef } from '../../src/search/engine/engine.ts';
import { createEngine } from '../../src/search/engine/meilisearch.ts';
import { driven } from '../simulation/driven.ts';
import { createMeilisearchModel } from '../simulation/meilisearch-model.ts';
import { createNetwork } from '../simulation/network.ts';
import { createTableModel } from '../simulation/table-model.ts';
import { createWorld } from '../simulation/world.ts';

/** An engine that a contract is tried on: the real one or the model. */
export interface EngineSubject {
  readonly engine: Engine;
  /** By which time passes for the engine. */
  readonly clock: Clock;
  /** Cancels a task by hand. */
  cancel(uid: number): Promise<TaskRef>;
}

/** The engine of the tests' Meilisearch, with indexes of its own. */
function realSubject(): EngineSubject {
  const { host, apiKey } = inject('meilisearch');
  return {
    engine: createEngine({ host, apiKey, indexPrefix: `contract-${randomUUID()}-`, requestTimeoutMs: 10_000 }),
    clock: realClock(),
    async cancel(uid) {
      const headers = { authorization: `Bearer ${apiKey}` };
      const answer = await fetch(`${host}/tasks/cancel?uids=${uid}`, { method: 'POST', headers });
      const { taskUid, enqueuedAt } = (await answer.json()) as { taskUid: number; enqueuedAt: string };
      return { uid: taskUid, enqueuedAt };
    },
  };
}

/** The engine of a world without faults. */
function modelSubject(): EngineSubject {
  const world = createWorld(1);
  const meilisearch = createMeilisearchModel(world);
  const network = createNetwork(world, { engine: meilisearch, table: createTableModel(world) });
  const process = world.process('contract');
  return {
    engine: driven(world, network.engine(process)),
    clock: driven(world, process.clock),
    cancel: async (uid) => meilisearch.cancel([uid]),
  };
}

/** Both, each by its name. */
export const engineSubjects: readonly [name: string, open: () => EngineSubject][] = [
  ['Meilisearch', realSubject],
  ['the model', modelSubject],
];
