import { beforeAll, expect, it } from 'vitest';
import { Office } from '../src/entities/index.ts';
import { realClock } from '../src/runtime.ts';
import { apply } from '../src/search/indexer/apply.ts';
import { quarantineEntries, quarantineId } from '../src/search/indexer/quarantine.ts';
import { maintain } from '../src/search/maintenance/maintain.ts';
import { listQuarantine, retry, retryDue } from '../src/search/maintenance/retry.ts';
import { expectIndexEqualsTable } from './support/index-equality.ts';
import { NOW, startRoster, type TestRoster } from './support/roster.ts';

let roster: TestRoster;
const org = 'acme';

// No poller: a change that it delivers would be an attempt as well.
beforeAll(async () => {
  roster = await startRoster();
  return () => roster.stop();
});

const place = { zip: '1', city: 'Graz', state: 'Steiermark', country: 'AT', location: { lat: 47, lng: 15 } };
const offGlobe = { lat: 91, lng: 0 };
/** Writes an office past all validation. */
const write = (id: string, location: object) => {
  const { Put } = Office.put({ ...place, org, office: id, name: id, version: 1, createdAt: NOW, updatedAt: NOW });
  return roster.services.table.batchWrite([{ Put: { ...Put, Item: { ...Put.Item, location } } }]);
};
const MINUTE_MS = 60_000;

it('what is in quarantine is tried again after 5 minutes, 20 more and 80 more, and then never by itself', async () => {
  await write('never', offGlobe);
  expect((await apply(roster.services, [Office.key(org, 'never')])).quarantined).toHaveLength(1);
  const attemptsAt = async (minutes: number) => {
    roster.clock.set(new Date(Date.parse(NOW) + minutes * MINUTE_MS).toISOString());
    const { quarantined } = await retryDue(roster.services);
    const entry = await quarantineEntries.get(roster.services.table, quarantineId('office', org, 'never'));
    return [quarantined.map(({ id }) => id), entry?.attempts];
  };
  expect(await attemptsAt(4.9)).toEqual([[], 1]);
  expect(await attemptsAt(5)).toEqual([['never'], 2]);
  expect(await attemptsAt(24.9)).toEqual([[], 2]);
  expect(await attemptsAt(25)).toEqual([['never'], 3]);
  expect(await attemptsAt(104.9)).toEqual([[], 3]);
  expect(await attemptsAt(105)).toEqual([['never'], 4]);
  expect(await attemptsAt(500_000)).toEqual([[], 4]);
  // An operator may, as often as they like.
  await write('never', place.location);
  const entries = await listQuarantine(roster.services);
  expect(await retry(roster.services, entries)).toEqual({ left: 1, quarantined: [], failed: 0 });
  expect(await listQuarantine(roster.services)).toEqual([]);
});

it('maintenance lets go of what can be indexed by then, and of what is not searchable any more', async () => {
  const clock = realClock();
  const now = Date.now();
  const enter = async (id: string, minutesAgo: number) => {
    await write(id, offGlobe);
    const then = { ...clock, now: () => new Date(now - minutesAgo * MINUTE_MS) };
    expect((await apply({ ...roster.services, clock: then }, [Office.key(org, id)])).quarantined).toHaveLength(1);
  };
  await enter('sound', 6);
  await enter('bad', 6);
  await enter('young', 1);
  const spaceship = { itemEntity: 'spaceship', itemOrg: org, itemId: 'gone', reason: 'unknown', attempts: 1 };
  await roster.services.table.batchWrite([
    quarantineEntries.put('spaceship_gone', spaceship, new Date(now - 6 * MINUTE_MS)),
  ]);
  await write('sound', place.location);
  const { retried } = await maintain({ ...roster.services, clock }, 'test');
  expect(retried).toMatchObject({ left: 2, quarantined: [{ id: 'bad' }], failed: 0 });
  const left = (await listQuarantine(roster.services)).map(({ itemId, attempts }) => [itemId, attempts]);
  expect(Object.fromEntries(left)).toEqual({ bad: 2, young: 1 });
  await expectIndexEqualsTable(roster);
});
