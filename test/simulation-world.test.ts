import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { EngineRefusal, EngineUnavailable } from '../src/search/engine/errors.ts';
import { createFaults, FAULTS, type FaultRates } from './simulation/faults.ts';
import { createMeilisearchModel } from './simulation/meilisearch-model.ts';
import { createNetwork } from './simulation/network.ts';
import { createTableModel } from './simulation/table-model.ts';
import { createWorld, SimulationError } from './simulation/world.ts';

const never = () => new Promise<never>(() => undefined);

describe('a world', () => {
  it('lets things happen in the order of time, and at one time in the order of scheduling', async () => {
    const world = createWorld(1);
    const happened: string[] = [];
    for (const [name, at] of [
      ['c', 30],
      ['a', 10],
      ['b', 20],
      ['a2', 10],
      ['d', 40],
    ] as const) {
      world.schedule(at, () => happened.push(name));
    }
    const cancelled = world.schedule(25, () => happened.push('cancelled'));
    world.cancel(cancelled);
    await world.run();
    expect(happened).toEqual(['a', 'a2', 'b', 'c', 'd']);
    expect(world.nowMs).toBe(40);
  });

  it('keeps that order among very many', async () => {
    const world = createWorld(2);
    const times: number[] = [];
    for (let i = 0; i < 2_000; i++) world.schedule(world.random.integer(0, 300), () => times.push(world.nowMs));
    await world.run();
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it('goes on only when all reactions to an event have come to rest, however long their chain', async () => {
    const world = createWorld(1);
    let links = 0;
    world.spawn(async () => {
      for (; links < 10_000; links++) await undefined;
    });
    world.schedule(0, () => undefined);
    let seen = 0;
    world.schedule(0.001, () => {
      seen = links;
    });
    await world.run();
    expect(seen).toBe(10_000);
  });

  it('is quiet although something lies ahead that nobody waits for', async () => {
    const world = createWorld(1);
    let happened = false;
    world.schedule(
      1_000,
      () => {
        happened = true;
      },
      true,
    );
    world.schedule(10, () => undefined);
    await world.run();
    expect([world.nowMs, happened]).toEqual([10, false]);
    await world.advance(2_000);
    expect([world.nowMs, happened]).toEqual([2_010, true]);
  });

  it('fails, naming its seed, when it does not end', async () => {
    const world = createWorld(77, { stepLimit: 100 });
    const again = () => void world.schedule(1, again);
    again();
    await expect(world.run()).rejects.toThrow(new SimulationError(77, 'no end after 100 events'));
  });

  it('fails when what is awaited never comes', async () => {
    await expect(createWorld(3).complete(never())).rejects.toThrow('seed 3');
  });

  it('fails by what a part of the scenario throws', async () => {
    const world = createWorld(1);
    world.spawn(async () => {
      await world.sleep(5);
      throw new Error('as expected');
    });
    await expect(world.run()).rejects.toThrow('as expected');
  });

  it('fails when nobody looks at a rejected promise', async () => {
    const world = createWorld(9);
    world.schedule(1, () => void Promise.reject(new Error('lost')));
    await expect(world.run()).rejects.toThrow('seed 9: a rejected promise was lost');
  });
});

describe('a process', () => {
  it('has a clock of its own', async () => {
    const world = createWorld(1);
    const [right, ahead] = [world.process('right'), world.process('ahead', { skewMs: 5_000 })];
    await world.advance(1_500);
    expect(right.clock.now().toISOString()).toBe('2026-06-30T09:00:01.500Z');
    expect(ahead.clock.now().toISOString()).toBe('2026-06-30T09:00:06.500Z');
    expect(right.clock.monotonicMs()).toBe(1_500);
  });

  it('makes ids that differ from those of others and sort by time', async () => {
    const world = createWorld(1);
    const [a, b] = [world.process('a'), world.process('b')];
    const ids = [a.ids.next(), a.ids.next(), b.ids.next()];
    await world.advance(10);
    ids.push(a.ids.next());
    expect(new Set(ids).size).toBe(4);
    expect(ids.at(-1)).toBe(ids.toSorted().at(-1));
    for (const id of ids) expect(id).toMatch(/^[0-9a-v]{26}$/);
  });

  it('stops where it is when it crashes, and what it has sent still takes effect', async () => {
    const world = createWorld(1);
    const table = createTableModel(world);
    const network = createNetwork(world, { table, engine: createMeilisearchModel(world) });
    const process = world.process('p');
    const service = network.table(process);
    const steps: string[] = [];
    world.spawn(async () => {
      steps.push('sent');
      const answer = service.write([{ Put: { Item: { pk: 'a', sk: 'a' } } }]);
      process.crash();
      await answer;
      steps.push('answered');
    });
    await world.run();
    expect(steps).toEqual(['sent']);
    expect(table.rows()).toHaveLength(1);
    void service.write([{ Put: { Item: { pk: 'b', sk: 'b' } } }]);
    await world.run();
    expect(table.rows()).toHaveLength(1);
  });
});

describe('a crash at a call', () => {
  it.each([
    [true, 2],
    [false, 1],
  ])('sends that call: %s', async (isSent, written) => {
    const world = createWorld(1);
    const table = createTableModel(world);
    const network = createNetwork(world, { table, engine: createMeilisearchModel(world) });
    const process = world.process('p');
    const service = network.table(process);
    let crashes = 0;
    // The third call: a write, a sleep, a write.
    process.crashAt({ calls: 3, isSent, onCrash: () => crashes++ });
    world.spawn(async () => {
      for (let i = 0; ; i++) {
        await service.write([{ Put: { Item: { pk: `k${i}`, sk: 's' } } }]);
        await process.clock.sleep(1);
      }
    });
    await world.run();
    expect(crashes).toBe(1);
    expect(process.isUp).toBe(false);
    expect(table.rows()).toHaveLength(written);
  });
});

describe('the network', () => {
  /** An engine behind a network with these faults, asked once by a process. */
  function engineBehind(rates: FaultRates) {
    const world = createWorld(5);
    const meilisearch = createMeilisearchModel(world);
    const faults = createFaults(world, rates);
    const table = createTableModel(world);
    const network = createNetwork(world, { engine: meilisearch, table, faults, requestTimeoutMs: 1_000 });
    const engine = network.engine(world.process('p'));
    const failureOf = (promise: Promise<unknown>) =>
      world.complete(
        promise.then(
          () => undefined,
          (error: unknown) => error,
        ),
      );
    return { world, meilisearch, engine, faults, failureOf, network, table };
  }

  it.each([
    ['engine.refused', false, false],
    ['engine.lostRequest', true, false],
    ['engine.lostAnswer', true, true],
    ['engine.late', true, true],
    ['engine.busy', true, false],
  ] as const)('%s: the client knows what the real one would', async (fault, mayHaveArrived, takesEffect) => {
    const { world, meilisearch, engine, faults, failureOf } = engineBehind({ [fault]: 1 });
    const error = await failureOf(engine.createIndex('a'));
    expect(error).toBeInstanceOf(EngineUnavailable);
    expect(error).toMatchObject({ mayHaveArrived });
    await world.run();
    expect(meilisearch.indexes()).toHaveLength(takesEffect ? 1 : 0);
    expect(faults.counts.get(fault)).toBe(1);
  });

  it('lets nothing go wrong once it is calm', async () => {
    const { world, engine, faults } = engineBehind(Object.fromEntries(FAULTS.map((fault) => [fault, 1])));
    faults.calm();
    await world.complete(engine.createIndex('a'));
    expect(faults.total).toBe(0);
  });

  it('a slow body is accepted under a key that has expired meanwhile, a late request is not', async () => {
    for (const [fault, tasks] of [
      ['engine.slowBody', 1],
      ['engine.late', 0],
    ] as const) {
      const { world, meilisearch, engine, failureOf } = engineBehind({ [fault]: 1 });
      const key = meilisearch.keys.create(randomUUID(), new Date(Date.UTC(2026, 5, 30, 9) + 2_000));
      world.schedule(2_000, () => meilisearch.keys.delete(key.uid));
      await failureOf(engine.addDocuments(key, 'a', '[]'));
      await world.run();
      expect(meilisearch.tasks.newest() ? 1 : 0, fault).toBe(tasks);
    }
  });

  it('requests wait for a suspended server, beyond the patience of the client', async () => {
    const { world, meilisearch, engine, failureOf } = engineBehind({});
    meilisearch.power.stop();
    expect(await failureOf(engine.createIndex('a'))).toMatchObject({ mayHaveArrived: true });
    meilisearch.power.resume();
    await world.run();
    expect(meilisearch.indexes()).toHaveLength(1);
  });

  it('a killed server refuses connections, and has lost nothing when it is back', async () => {
    const { world, meilisearch, engine, failureOf } = engineBehind({});
    await world.complete(engine.createIndex('a'));
    meilisearch.power.kill();
    expect(await failureOf(engine.createIndex('b'))).toMatchObject({ mayHaveArrived: false });
    expect(meilisearch.tasks.queue).toHaveLength(1);
    meilisearch.power.start();
    await world.run();
    expect(meilisearch.indexes()).toHaveLength(1);
  });

  it('a full server refuses', async () => {
    const { meilisearch, engine, failureOf } = engineBehind({});
    meilisearch.isFull = true;
    const error = await failureOf(engine.createIndex('a'));
    expect(error).toBeInstanceOf(EngineRefusal);
    expect(error).toMatchObject({ reason: 'no_space_left_on_device' });
  });

  it('a restored server gives numbers again and knows keys again', async () => {
    const { world, meilisearch, engine } = engineBehind({});
    const key = meilisearch.keys.create(randomUUID(), new Date(Date.UTC(2026, 5, 30, 10)));
    await world.complete(engine.createIndex('a'));
    await world.run();
    const snapshot = meilisearch.snapshot();
    const lost = await world.complete(engine.addDocuments(key, 'a', '[{"id":"x","org":"o"}]'));
    await world.run();
    expect(meilisearch.contents('a')?.size).toBe(1);
    meilisearch.keys.delete(key.uid);
    meilisearch.restore(snapshot);
    expect(meilisearch.contents('a')?.size).toBe(0);
    const again = await world.complete(engine.addDocuments(key, 'a', '[]'));
    expect(again.uid).toBe(lost.uid);
    expect(again.enqueuedAt).not.toBe(lost.enqueuedAt);
  });

  it('another master key makes strangers of all who were known', async () => {
    const { world, meilisearch, engine, failureOf, network } = engineBehind({});
    const key = await world.complete(engine.createWriteKey(randomUUID(), new Date(Date.UTC(2026, 5, 30, 10))));
    meilisearch.keys.rotate();
    expect(await failureOf(engine.indexes())).toMatchObject({ reason: 'invalid_api_key' });
    expect(await failureOf(engine.addDocuments(key, 'a', '[]'))).toMatchObject({ reason: 'invalid_api_key' });
    expect(await world.complete(network.engine(world.process('configured anew')).indexes())).toEqual([]);
  });

  it('a write that is sent again meets itself', async () => {
    const { world, table, network } = engineBehind({ 'table.resent': 1 });
    const isNew = { Item: { pk: 'a', sk: 'a' }, ConditionExpression: 'attribute_not_exists(pk)' };
    const write = network.table(world.process('q')).write([{ Put: isNew }]);
    await expect(world.complete(write)).rejects.toThrow('did not hold');
    expect(table.rows()).toHaveLength(1);
  });
});

describe('the table model', () => {
  it('has no record of a put that changes nothing, and deletes what has expired', async () => {
    const world = createWorld(1);
    const table = createTableModel(world, { expiryLagMs: 60_000 });
    const events: unknown[] = [];
    table.stream.subscribe((_shard, { record }) => events.push([record.eventName, record.userIdentity?.type]));
    const expires = Date.UTC(2026, 5, 30, 9, 1) / 1_000;
    const put = { Put: { Item: { pk: 'a', sk: 'a', expires } } };
    table.writeAlways(put);
    table.writeAlways(put);
    await world.run();
    expect(table.rows()).toHaveLength(1);
    await world.advance(120_000);
    expect(table.rows()).toHaveLength(0);
    expect(events).toEqual([
      ['INSERT', undefined],
      ['REMOVE', 'Service'],
    ]);
  });
});
