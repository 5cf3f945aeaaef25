import { beforeAll, describe, expect, it } from 'vitest';
import { indexStream } from '../handler.ts';
import { createItem, updateItem } from '../src/entities/core/write.ts';
import { Office } from '../src/entities/index.ts';
import { realClock } from '../src/runtime.ts';
import { searches } from '../src/search/all.ts';
import { officeSearch } from '../src/search/index.ts';
import { searchStates } from '../src/search/indexer/state.ts';
import { finish, rollBack } from '../src/search/rebuild/place.ts';
import { rebuild } from '../src/search/rebuild/rebuild.ts';
import { Run } from '../src/search/rebuild/run.ts';
import { createCompany } from './support/company.ts';
import { documentsIn, expectIndexEqualsTable, searchEngine } from './support/index-equality.ts';
import { startRoster, type TestRoster } from './support/roster.ts';

let roster: TestRoster;
const org = 'acme';

beforeAll(async () => {
  roster = await startRoster();
  await createCompany(roster, org);
  await roster.indexed();
  return () => roster.stop();
});

const services = () => ({ ...roster.services, clock: realClock() });
const options = { owner: 'test', soakMs: 60_000, patienceMs: 500 };
const place = { zip: '1', city: 'Graz', state: 'Steiermark', country: 'AT', location: { lat: 47, lng: 15 } };
const names = async () =>
  (await services().engine.indexes()).map(({ uid }) => uid).filter((uid) => uid.startsWith('office'));
const state = () => searchStates.get(roster.services.table, 'office');

it('builds indexes beside the live ones, which are in their place when they equal the table', async () => {
  await searchEngine(roster).index(`${roster.env['SEARCH_INDEX_PREFIX']}office`).deleteAllDocuments().waitTask();
  const { run, status } = await rebuild(services(), searches, options);
  expect(status).toBe('soaking');
  await expectIndexEqualsTable(roster);
  expect(await names()).toEqual(['office', `office-${run}`]);
  expect(await state()).toMatchObject({ phase: 'soaking', run, epoch: 4 });
  // What is written while it soaks goes into both.
  const { office } = await createItem(roster.services, Office, org, { ...place, name: 'both' });
  await roster.indexed();
  const beside = { ...officeSearch.open, name: `office-${run}` };
  expect((await documentsIn(roster, beside))[`${org}_${office}`]).toMatchObject({ name: 'both' });
  const joined = await Run.join(services(), run, 'test');
  await finish(services(), joined as Run);
  expect(await names()).toEqual(['office']);
  expect(await state()).toMatchObject({ phase: 'live', epoch: 6 });
  await expectIndexEqualsTable(roster);
});
