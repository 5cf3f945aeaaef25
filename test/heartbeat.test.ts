import type { ScheduledEvent } from 'aws-lambda';
import { beforeAll, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { createItem } from '../src/entities/core/write.ts';
import { Office } from '../src/entities/index.ts';
import { Marker } from '../src/entities/system/marker.ts';
import { officeSearch } from '../src/search/index.ts';
import { createIndexer } from '../src/search/indexer/indexer.ts';
import { unavailable } from './support/fault-proxy.ts';
import { expectIndexEqualsTable } from './support/index-equality.ts';
import { contextOf } from './support/lambda/context.ts';
import { recordLog } from './support/log.ts';
import { operation, type ProxiedRoster, startProxiedRoster } from './support/proxied-roster.ts';
import { eventOf, failuresOf, recordOf, showing } from './support/stream-events.ts';

let roster: ProxiedRoster;
let office: string;
let handlers: typeof import('../handler.ts');
/** What the functions have measured. */
let measured: Readonly<Record<string, unknown>>[];

beforeAll(async () => {
  roster = await startProxiedRoster({ METRICS: 'emf', STAGE: 'test' });
  const place = { zip: '1', city: 'Graz', state: 'Steiermark', country: 'AT', location: { lat: 47, lng: 15 } };
  ({ office } = await createItem(roster.services, Office, 'acme', { ...place, name: 'HQ' }));
  handlers = await import('../handler.ts');
  return () => roster.stop();
});

beforeEach(() => {
  measured = [];
  const print = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    const line = String(text);
    if (line.startsWith('{"_aws"')) measured.push(JSON.parse(line));
    return true;
  });
  onTestFinished(() => print.mockRestore());
});

const BEAT = Marker.key('-', 'heartbeat');
const SEEN = Marker.key('-', 'heartbeat-seen');
// The rest of it is not looked at.
const context = contextOf();
const stateAt = async (key: typeof BEAT) => (await roster.services.table.get(key, { consistent: true }))?.['state'];

/** One call of `maintain`, and how long it takes the stream to be silent. */
async function silence() {
  await handlers.maintain({} as ScheduledEvent, context);
  return measured.flatMap(({ StreamSilence = [] }) => StreamSilence).at(-1);
}

/** Lets the real stream go to the function, from its beginning until now, and no further. */
async function deliver() {
  const poller = roster.poller(handlers.indexStream);
  poller.start();
  await poller.caughtUp();
  await poller.stop();
}

it('a stream that is delivered is not silent, one that is not is so for as long as that lasts', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const start = Date.now();
  const after = (minutes: number) => vi.setSystemTime(start + minutes * 60_000);
  expect(await silence()).toBe(0);
  after(5);
  // None was ever seen: it counts from the first one.
  expect(await silence()).toBe(300);
  await deliver();
  expect(await stateAt(SEEN)).toBe(await stateAt(BEAT));
  // However late the next call is.
  after(65);
  expect(await silence()).toBe(0);
  after(70);
  expect(await silence()).toBe(3_900);
  after(85);
  expect(await silence()).toBe(4_800);
  await deliver();
  after(90);
  expect(await silence()).toBe(0);
});

it('a beat sends nothing to the search engine, writes one record, and is no batch', async () => {
  await silence();
  const record = recordOf(BEAT, showing(await roster.services.table.get(BEAT)));
  roster.dynamodb.requests.length = 0;
  roster.meilisearch.requests.length = 0;
  measured = [];
  expect(await handlers.indexStream(eventOf(record))).toEqual(failuresOf());
  expect(roster.meilisearch.requests).toEqual([]);
  expect(roster.dynamodb.requests.map(({ operation: name }) => name)).toEqual(['DynamoDB_20120810.BatchWriteItem']);
  expect(measured).toEqual([]);
  expect(await stateAt(SEEN)).toBe(await stateAt(BEAT));
});

it('changes in one batch with a beat are applied, or come again, as they would without it', async () => {
  await silence();
  const record = recordOf(BEAT, showing(await roster.services.table.get(BEAT)));
  const change = recordOf(Office.key('acme', office));
  const heal = roster.meilisearch.inject(roster.writesTo(officeSearch.open), unavailable);
  onTestFinished(heal);
  const event = eventOf(record, change);
  expect(await handlers.indexStream(event)).toEqual(failuresOf(change));
  expect(await stateAt(SEEN)).toBe(await stateAt(BEAT));
  heal();
  measured = [];
  expect(await handlers.indexStream(event)).toEqual(failuresOf());
  expect(measured.filter(({ Batches }) => Batches === 1)).toMatchObject([{ Records: 1, Applied: 1, Retried: 0 }]);
  await expectIndexEqualsTable(roster);
});

it('a beat that can not be noted, or shows nothing, holds no batch back', async () => {
  const log = recordLog();
  const run = createIndexer({ ...roster.services, log });
  const seen = await stateAt(SEEN);
  const isNote = operation('BatchWriteItem');
  onTestFinished(
    roster.dynamodb.inject((request) => isNote(request) && request.body.includes('heartbeat-seen'), unavailable),
  );
  const shown = recordOf(BEAT, showing(await roster.services.table.get(BEAT)));
  expect(await run(eventOf(shown))).toEqual(failuresOf());
  expect(log.entries).toMatchObject([
    { level: 'warn', msg: 'a heartbeat of the stream was not noted; the next one will be' },
  ]);
  expect(await run(eventOf(recordOf(BEAT), recordOf(BEAT, showing())))).toEqual(failuresOf());
  expect(log.entries).toHaveLength(1);
  expect(await stateAt(SEEN)).toBe(seen);
});
