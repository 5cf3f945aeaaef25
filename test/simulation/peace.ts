import { indexerServices } from './indexer-process.ts';
import { makeIndexes } from './scenario.ts';
import { Stage } from './stage.ts';
import { createWorld } from './world.ts';

/** The simulated servers, with all indexes, where nothing goes wrong but what a test lets go wrong. */
export async function peace() {
  const world = createWorld(3);
  const stage = new Stage(world, (outside) => outside);
  stage.calm();
  await makeIndexes(stage);
  const process = (name: string) => {
    const own = world.process(name);
    return { process: own, services: indexerServices(stage.indexer, own) };
  };
  return { world, stage, process };
}

const at = '2026-06-30T09:00:00.000Z';
/** What every item has. */
export const MANAGED = { version: 1, createdAt: at, updatedAt: at };
