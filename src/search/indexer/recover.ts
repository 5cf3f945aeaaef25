import type { Table } from '../../entities/core/table.ts';
import type { Logger } from '../../runtime.ts';
import { searches } from '../all.ts';
import type { EntitySearch, SearchIndex } from '../define.ts';
import { succeeded, type TaskServices } from './tasks.ts';
import { changeStates, markDamaged, type StateValues } from './transitions.ts';

/** Phases in which a rebuild can be given up: no swap is under way. */
const GIVEN_UP: readonly StateValues['phase'][] = ['preparing', 'building', 'soaking'];

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
  // Of all its entities at once, and for the next rebuild to remove what is left of it.
  await changeStates(services, searches, (states) => {
    const { run } = states.get(search) ?? {};
    const isGivenUp = ({ phase, run: own }: StateValues) => own === run && GIVEN_UP.includes(phase);
    if (run === undefined || !name.endsWith(`-${run}`)) return new Map();
    return new Map(
      [...states].flatMap(([each, state]) =>
        isGivenUp(state) ? [[each, { ...state, phase: 'removing', epoch: state.epoch + 2 }]] : [],
      ),
    );
  });
}
