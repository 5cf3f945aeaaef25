import type { Context, ScheduledEvent } from 'aws-lambda';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { doctor, maintain } from '../handler.ts';
import { realClock } from '../src/runtime.ts';
import { searches } from '../src/search/all.ts';
import { officeSearch } from '../src/search/index.ts';
import { searchStates } from '../src/search/indexer/state.ts';
import { changeState } from '../src/search/indexer/transitions.ts';
import { checkUp } from '../src/search/maintenance/check-up.ts';
import { alone } from '../src/search/maintenance/lease.ts';
import { prepare } from '../src/search/rebuild/fill.ts';
import { Run } from '../src/search/rebuild/run.ts';
import { createCompany } from './support/company.ts';
import { expectIndexEqualsTable, searchEngine, uidOf } from './support/index-equality.ts';
import { operation, type ProxiedRoster, startProxiedRoster } from './support/proxied-roster.ts';

let roster: ProxiedRoster;
let ms: number;

beforeAll(async () => {
  roster = await startProxiedRoster();
  await createCompany(roster, 'acme');
  await roster.indexed();
  return () => roster.stop();
});

beforeEach(() => {
  ms = 0;
});

const context = { awsRequestId: 'test', getRemainingTimeInMillis: () => 900_000 } as Context;
const names = searches.map(({ entity }) => entity.name);
const damageOf = async (entity: string) => (await searchStates.get(roster.services.table, entity))?.damage;
const liveOffices = () => searchEngine(roster).index(uidOf(roster, officeSearch.open));
/** By a clock that the tests move. */
const services = () => ({ ...roster.services, clock: { ...realClock(), monotonicMs: () => ms } });
const check = (stopAtMs: number) => checkUp(services(), { owner: 'test', maxRcu: 1_000, stopAtMs });
/** Each of the four segments of a scan takes this long. */
const scansTake = (eachMs: number) =>
  roster.dynamodb.inject(operation('Scan'), async (_request, forward) => {
    ms += eachMs;
    return forward();
  });

it('the function compares all entities, notes what differs, and maintenance repairs it', async () => {
  const [first] = (await liveOffices().getDocuments<{ id: string }>()).results;
  await liveOffices()
    .deleteDocument(first?.id ?? '')
    .waitTask();
  const checked = await doctor({} as ScheduledEvent, context);
  expect(checked).toEqual({ compared: names, drifting: ['office'], left: [] });
  expect(await damageOf('office')).toMatch(/^a comparison with the table found a difference in 1 documents, 20/);
  expect(await maintain({} as ScheduledEvent, context)).toMatchObject({ healed: { healthy: ['office'], damaged: [] } });
  await expectIndexEqualsTable(roster);
  expect(await doctor({} as ScheduledEvent, context)).toMatchObject({ drifting: [], left: [] });
});

it('settings that somebody has changed differ, those of an earlier declaration do not', async () => {
  const { declaration } = (await searchStates.get(roster.services.table, 'office')) ?? {};
  await liveOffices().updateSortableAttributes([]).waitTask();
  await changeState(services(), officeSearch, (current) => ({ ...current, declaration: 'old' }));
  expect(await check(1)).toMatchObject({ drifting: [] });
  await changeState(services(), officeSearch, (current) => ({ ...current, declaration }));
  expect(await check(1)).toMatchObject({ drifting: ['office'] });
  expect(await maintain({} as ScheduledEvent, context)).toMatchObject({ healed: { healthy: ['office'] } });
});

it('begins with what it had no time for the last time', async () => {
  await check(1);
  const heal = scansTake(100);
  const compared: unknown[] = [];
  for (let call = 1; call <= names.length; call++) {
    ms = 0;
    const checked = await check(500);
    expect(checked?.left).toHaveLength(names.length - 1);
    compared.push(...(checked?.compared ?? []));
  }
  expect(compared).toEqual(names);
  heal();
});

it('one that takes longer than a whole call holds up no other', async () => {
  await check(1);
  const heal = scansTake(100);
  expect(await check(150)).toEqual({ compared: [], drifting: [], left: names });
  heal();
  ms = 0;
  const [first, ...others] = names;
  expect((await check(1))?.compared).toEqual([...others, first]);
});

it('two do not compare at the same time', async () => {
  expect(await alone(services(), 'check-up', 'another', 60_000, () => check(1))).toBeUndefined();
});

it('the indexes of a rebuild are not compared: it has not filled them yet', async () => {
  const values = { entities: ['office'], owner: 'test', segments: [null], rows: 0, attempts: 1, clean: 0 };
  const run = await Run.begin(services(), '0123456789abcdefghjkmnpqrs', values);
  await changeState(services(), officeSearch, (current) => ({ ...current, phase: 'preparing', run: run.id }));
  await prepare(services(), run);
  expect(await searchStates.get(roster.services.table, 'office')).toMatchObject({ phase: 'building' });
  expect(await check(1)).toMatchObject({ compared: expect.arrayContaining(names), drifting: [], left: [] });
  await run.release();
});
