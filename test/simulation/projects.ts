import type { ScannableTable } from '../../src/entities/core/table.ts';
import type { Engine } from '../../src/search/engine/engine.ts';
import { projectSearch } from '../../src/search/index.ts';
import { searchStates } from '../../src/search/indexer/state.ts';
import { maintain } from '../../src/search/maintenance/maintain.ts';
import type { RebuildServices } from '../../src/search/rebuild/fill.ts';
import { Run } from '../../src/search/rebuild/run.ts';
import { MANAGED, peace } from './peace.ts';

/** The entity that is rebuilt, and how. */
export const OWN = [projectSearch];
export const OPTIONS = { owner: 'command', soakMs: 3_600_000, patienceMs: 500 };

/** A table to hold projects, and their index, where nothing goes wrong but what a test lets go wrong. */
export async function projects() {
  const { world, stage, process } = await peace();
  const { table, meilisearch, lambda } = stage;
  const write = async (name: string, count = 2) => {
    for (let n = 1; n <= count; n++)
      table.writeAlways({
        Put: projectSearch.entity.put({ ...MANAGED, org: 'acme', project: `p${n}`, name, status: 'active' }).Put,
      });
    await world.run({ until: () => lambda.isIdle });
  };
  const names = () => [...(meilisearch.contents('project')?.values() ?? [])].map(({ name }) => name);
  const { services } = process('maintain');
  const maintained = async (minutes: number) => {
    for (let minute = 0; minute < minutes; minute += 5) {
      await world.complete(maintain(services, 'maintain'));
      await world.advance(300_000);
    }
  };
  const state = () => world.complete(searchStates.get(services.table, 'project'));
  /** The rebuild that is under way, as the command joins it. */
  const joined = async (id: string) => {
    const run = await world.complete(Run.join(services, id, 'command'));
    if (!run) throw new Error('there is no run');
    return run;
  };
  return { world, stage, process, write, names, maintained, state, joined };
}

/** The same services, but for some calls to the table. */
export const onTable = (services: RebuildServices, changed: Partial<ScannableTable>): RebuildServices => ({
  ...services,
  table: new Proxy(services.table, {
    get: (table, name) => {
      const member: unknown = Reflect.get(changed, name) ?? Reflect.get(table, name);
      return typeof member === 'function' ? member.bind(table) : member;
    },
  }),
});

/** The same services, but for some calls to the engine. */
export const onEngine = (services: RebuildServices, changed: Partial<Engine>): RebuildServices => ({
  ...services,
  engine: new Proxy(services.engine, {
    get: (engine, name) => Reflect.get(changed, name) ?? Reflect.get(engine, name),
  }),
});
