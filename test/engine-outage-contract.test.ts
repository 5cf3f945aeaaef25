import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Engine, TaskRef, TaskState, WriteKey } from '../src/search/engine/engine.ts';
import { EngineRefusal, EngineUnavailable } from '../src/search/engine/errors.ts';
import { type OutageSubject, outageSubjects } from './support/outage-subjects.ts';

const BALLAST = JSON.stringify(Array.from({ length: 20_000 }, (_, i) => ({ id: `ballast-${i}`, org: 'o', n: i })));

describe.each(outageSubjects)('%s', (_name, open) => {
  let subject: OutageSubject;
  let engine: Engine;
  let key: WriteKey;

  beforeAll(async () => {
    subject = await open();
    engine = subject.engine();
    await done(await engine.createIndex('a'));
  });
  beforeEach(async () => {
    engine = subject.engine();
    key = await newKey();
  });
  afterAll(() => subject.stop());

  const newKey = (lifeMs = 3_600_000) =>
    engine.createWriteKey(randomUUID(), new Date(subject.clock.now().getTime() + lifeMs));
  const add = (id: string, under = key) => engine.addDocuments(under, 'a', JSON.stringify([{ id, org: 'o' }]));
  const isThere = async (id: string) => (await engine.documents('a', { ids: [id] })).length === 1;
  const failureOf = async (answer: Promise<unknown>): Promise<unknown> =>
    answer.then(
      () => 'an answer',
      (error: unknown) => error,
    );

  async function done({ uid }: TaskRef): Promise<TaskState> {
    for (;;) {
      const task = await engine.task(uid);
      if (task && task.status !== 'enqueued' && task.status !== 'processing') return task;
      await subject.clock.sleep(5);
    }
  }

  it('killed, it refuses connections, and has lost nothing that it accepted when it is back', async () => {
    const refs = [await engine.addDocuments(key, 'a', BALLAST), await add('survivor'), await engine.createIndex('b')];
    await subject.kill();
    const failure = await failureOf(add('too-late'));
    expect(failure).toBeInstanceOf(EngineUnavailable);
    expect(failure).toMatchObject({ mayHaveArrived: false });
    await subject.start();
    for (const ref of refs) expect(await done(ref)).toMatchObject({ ...ref, status: 'succeeded' });
    expect(await isThere('survivor')).toBe(true);
    expect(await isThere('too-late')).toBe(false);
  });

  it('suspended, it lets clients give up and then takes what they sent', async () => {
    await subject.suspend();
    const failure = await failureOf(add('late'));
    expect(failure).toBeInstanceOf(EngineUnavailable);
    expect(failure).toMatchObject({ mayHaveArrived: true });
    subject.resume();
    while (!(await isThere('late'))) await subject.clock.sleep(20);
  });

  it('suspended until the key has expired, it takes nothing', async () => {
    const own = await newKey(1_500);
    await subject.suspend();
    expect(await failureOf(add('expired', own))).toBeInstanceOf(EngineUnavailable);
    await subject.clock.sleep(1_500);
    subject.resume();
    // What is sent now is behind it.
    expect(await failureOf(add('expired', own))).toBeInstanceOf(EngineRefusal);
    await done(await add('after'));
    expect(await isThere('expired')).toBe(false);
  });

  it('restored, it gives numbers again at other times, and knows keys that were deleted', async () => {
    const own = await newKey();
    await done(await add('before', own));
    await subject.kill();
    await subject.save();
    await subject.start();
    const lost = await add('lost', own);
    await done(lost);
    await engine.deleteKey(own.uid);
    await subject.kill();
    await subject.restore();
    await subject.start();
    expect([await isThere('before'), await isThere('lost')]).toEqual([true, false]);
    expect(await engine.task(lost.uid)).toBeUndefined();
    const again = await add('again', own);
    expect(again.uid).toBe(lost.uid);
    expect(again.enqueuedAt > lost.enqueuedAt).toBe(true);
  });

  it('with another master key, it knows neither the old one nor the secrets of the keys that it has', async () => {
    const before = engine;
    await subject.kill();
    subject.rotate();
    await subject.start();
    engine = subject.engine();
    expect(await failureOf(before.indexes())).toMatchObject({ reason: 'invalid_api_key' });
    expect(await failureOf(add('stranger'))).toMatchObject({ reason: 'invalid_api_key' });
    await engine.deleteKey(key.uid);
    const renewed = await newKey();
    await done(await add('renewed', renewed));
    expect(await isThere('renewed')).toBe(true);
  });
});
