import type { Table } from '../../entities/core/table.ts';
import type { Logger } from '../../runtime.ts';
import type { EntitySearch, SearchIndex } from '../define.ts';
import { runBeside } from './state.ts';
import { succeeded, type TaskServices } from './tasks.ts';
import { changeState, markDamaged } from './transitions.ts';

/** The side effects of making indexes. */
export interface IndexServices extends TaskServices {
  readonly table: Table;
  readonly log: Logger;
}

/** Makes an index with the settings of its declaration, or gives them to one that is there already. */
export async function makeIndex(services: TaskServices, { settings }: SearchIndex, name: string): Promise<void> {
  const { engine } = services;
  // Somebody else may be making it at the same time.
  await succeeded(services, name, await engine.createIndex(name), 'index_already_exists');
  await succeeded(services, name, await engine.updateSettings(name, settings));
}

/**
 * Deals with an index that is gone although it should be there: a live one is made anew, empty, and noted as damaged; a
 * rebuild whose index it was is given up.
 */
export async function recoverIndex(services: IndexServices, search: EntitySearch, name: string): Promise<void> {
  const live = search.indexes.find((index) => index.name === name);
  if (live) {
    services.log.error({ index: name }, 'a search index was gone; it is made anew, empty, and must be repaired');
    // Noted first, so that nobody takes the new index for a whole one.
    await markDamaged(services, search, `the index "${name}" was gone and has been made anew, empty`);
    await makeIndex(services, live, name);
    return;
  }
  services.log.error({ index: name }, 'an index that was being built is gone; its rebuild is given up');
  await changeState(services, search, (current) =>
    runBeside(current) === undefined || !name.endsWith(`-${current.run}`)
      ? undefined
      : { ...current, phase: 'live', run: undefined, epoch: current.epoch + 2 },
  );
}
