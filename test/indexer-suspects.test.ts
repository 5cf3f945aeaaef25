import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { SearchIntent } from '../src/entities/system/search-intent.ts';
import { SearchWriter } from '../src/entities/system/search-writer.ts';
import { type Clock, realClock } from '../src/runtime.ts';
import { officeSearch } from '../src/search/index.ts';
import { type ApplyServices, apply } from '../src/search/indexer/apply.ts';
import { intents } from '../src/search/indexer/intent.ts';
import { seenAs } from '../src/search/indexer/reading.ts';
import { applyStream } from '../src/search/indexer/stream.ts';
import { sweep } from '../src/search/indexer/sweep.ts';
import { forget, writerRecords } from '../src/search/indexer/writers.ts';
import { finish } from '../src/search/rebuild/place.ts';
import { rebuild } from '../src/search/rebuild/rebuild.ts';
import { Run } from '../src/search/rebuild/run.ts';
import { firstOnly, refuse, unavailable } from './support/fault-proxy.ts';
import { expectIndexEqualsTable, scanTable } from './support/index-equality.ts';
import { officesOf } from './support/offices.ts';
import { operation, type ProxiedRoster, startProxiedRoster } from './support/proxied-roster.ts';
import { eventOf, failuresOf, recordOf } from './support/stream-events.ts';

let roster: ProxiedRoster;
const org = 'acme';
const index = officeSearch.open;

// No poller: what arrives in the indexes is what the tests deliver, and nobody delivers it again.
beforeAll(async () => {
  roster = await startProxiedRoster();
  return () => roster.stop();
});

const { create, rename, keyOf, indexed } = officesOf(() => roster, org);
const applied = { applied: 1, quarantined: [], failed: [] };
const services = () => ({ ...roster.services, clock: realClock() });
/** Gives up at once where it can not learn what became of a task. */
const impatient = () => ({ ...services(), taskTimeoutMs: 100 });
const hideTasks = () => roster.meilisearch.inject(({ path }) => path.startsWith('/tasks/'), unavailable);

/** Time goes on by it, and it is that much later. */
const clockAfter = (ms: number, since = Date.now()): Clock => ({ ...realClock(), now: () => new Date(since + ms) });
const sweepAfter = (ms: number, since?: number) => sweep({ ...roster.services, clock: clockAfter(ms, since) }, 60_000);

/** The keys of all intents and of all writers' records. */
const records = async () =>
  (await scanTable(roster))
    .filter((row) => SearchIntent.identify(row) ?? SearchWriter.identify(row))
    .map(({ pk }) => pk)
    .sort();

/** As a process leaves it that had sent an item, and whose key was withdrawn then. */
const leaveSuspect = (writer: string, id: string, fencedAt: Date, expiresAt = fencedAt) =>
  roster.services.table.batchWrite([
    intents.put(writer, { items: `office ${org} ${id}` }, fencedAt),
    writerRecords.put(writer, { expiresOn: expiresAt.toISOString(), fencedAt: fencedAt.toISOString() }, fencedAt),
  ]);

/** Writers whose keys were withdrawn, but for those that are forgotten. */
const fencedWriters = async () =>
  (await scanTable(roster)).flatMap((row) => writerRecords.parse(row) ?? []).filter(({ fencedAt }) => fencedAt);

// As when their keys have ended by themselves.
afterEach(async () =>
  forget(roster.services.table, ...(await fencedWriters()).map(({ searchWriter }) => searchWriter)),
);

describe('a batch that could not be verified is a suspect, for nobody may hear that it failed', () => {
  it.each<[string, () => ApplyServices, () => () => void]>([
    ['what became of its tasks is not told', impatient, hideTasks],
    [
      'its items can not be read again',
      services,
      () => roster.dynamodb.inject(operation('BatchGetItem'), refuse('ValidationException')),
    ],
  ])('%s', async (_case, own, breakOff) => {
    const id = await create('before');
    const record = recordOf(keyOf(id));
    const results: unknown[] = [];
    let heal: (() => void) | undefined;
    // What it has read is old when it is accepted, and whoever wrote what is new is done by then.
    roster.meilisearch.inject(
      roster.writesTo(index),
      firstOnly(async (_request, forward) => {
        await rename(id, 'after');
        results.push(await apply(roster.services, [keyOf(id)]));
        const answer = await forward();
        heal = breakOff();
        return answer;
      }),
    );
    results.push(await applyStream(own(), eventOf(record)));
    heal?.();
    expect(results).toEqual([applied, failuresOf(record)]);
    await vi.waitUntil(async () => (await indexed(id)) === 'before', { timeout: 20_000 });
    expect(await sweepAfter(121_000)).toMatchObject({ ended: 0, suspects: 0 });
    expect(await indexed(id)).toBe('after');
    await expectIndexEqualsTable(roster);
  });
});

it('a suspect that can not be verified leaves one more with every attempt, and all are applied together', async () => {
  const id = await create('swept');
  expect(await apply(roster.services, [keyOf(id)])).toEqual(applied);
  await leaveSuspect('dead', id, new Date(Date.now() - 600_000));
  const heal = hideTasks();
  // Another process may have ended the first one when these are done.
  for (let attempt = 1; attempt <= 3; attempt++)
    expect(await sweep(impatient(), 60_000)).toMatchObject({ ended: 0, suspects: attempt });
  heal();
  expect(await sweepAfter(121_000)).toMatchObject({ ended: 1, suspects: 0 });
  // Until their keys end by themselves.
  expect((await fencedWriters()).map(({ appliedAt }) => typeof appliedAt)).toEqual(Array(3).fill('string'));
});

describe('what is seen to elsewhere leaves no suspects of its own when it can not be verified', () => {
  it('the filling of a rebuild', async () => {
    const id = await create('filled');
    expect(await apply(roster.services, [keyOf(id)])).toEqual(applied);
    const stopAtMs = services().clock.monotonicMs();
    const { run } = await rebuild(services(), [officeSearch], { owner: 'test', soakMs: 0, stopAtMs });
    const seen = seenAs(await roster.services.table.batchGet([keyOf(id)], { consistent: true }));
    const before = await records();
    const heal = hideTasks();
    for (let attempt = 1; attempt <= 3; attempt++) {
      const filled = await apply(impatient(), [keyOf(id)], { run, seen, verifyLater: async () => undefined });
      expect(filled).toEqual({ applied: 0, quarantined: [], failed: [keyOf(id)] });
    }
    heal();
    expect(await records()).toEqual(before);
    const joined = await Run.join(services(), run, 'test');
    if (joined) await finish(services(), joined);
    await expectIndexEqualsTable(roster);
  });
});

it('a suspect is checked two minutes after its key was withdrawn: one to arrive, and one for clocks that differ', async () => {
  const id = await create('sent by somebody who died');
  const fencedAt = new Date();
  await leaveSuspect('waiting', id, fencedAt);
  expect(await sweepAfter(90_000, fencedAt.getTime())).toMatchObject({ ended: 0, suspects: 1 });
  expect(await indexed(id)).toBeUndefined();
  expect(await intents.get(roster.services.table, 'waiting')).toBeDefined();
  expect(await sweepAfter(121_000, fencedAt.getTime())).toMatchObject({ ended: 1, suspects: 0 });
  expect(await indexed(id)).toBe('sent by somebody who died');
  expect(await intents.get(roster.services.table, 'waiting')).toBeUndefined();
  expect(await writerRecords.get(roster.services.table, 'waiting')).toBeUndefined();
  await expectIndexEqualsTable(roster);
});

it('a suspect is checked again when its key has ended by itself, which a restored server may have had again', async () => {
  const id = await create('before');
  const fencedAt = Date.now();
  const MINUTE_MS = 60_000;
  await leaveSuspect('waiting', id, new Date(fencedAt), new Date(fencedAt + 8 * MINUTE_MS));
  const sweptAfter = async (minutes: number) => {
    const { ended, suspects } = await sweepAfter(minutes * MINUTE_MS, fencedAt);
    return [ended, suspects, await indexed(id)];
  };
  expect(await sweptAfter(1.9)).toEqual([0, 1, undefined]);
  expect(await sweptAfter(2)).toEqual([0, 0, 'before']);
  // What arrives late shows what was there then; nothing of it is seen to until the key has ended.
  await rename(id, 'after');
  expect(await sweptAfter(2.1)).toEqual([0, 0, 'before']);
  expect(await sweptAfter(9.9)).toEqual([0, 0, 'before']);
  expect(await sweptAfter(10)).toEqual([1, 0, 'after']);
  expect(await fencedWriters()).toEqual([]);
  await expectIndexEqualsTable(roster);
});
