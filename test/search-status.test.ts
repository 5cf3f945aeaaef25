import { randomUUID } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { status } from '../dev/search/commands/status.ts';
import { statusText } from '../dev/search/commands/status-text.ts';
import { searches } from '../src/search/all.ts';
import { comparisonPut, comparisons } from '../src/search/doctor/comparisons.ts';
import { readHealth } from '../src/search/health.ts';
import { officeSearch, projectSearch, taskSearch } from '../src/search/index.ts';
import { batchRecords, LAST_BATCH } from '../src/search/indexer/batch-report.ts';
import { intents } from '../src/search/indexer/intent.ts';
import { searchStates } from '../src/search/indexer/state.ts';
import { sweep } from '../src/search/indexer/sweep.ts';
import { changeState, markDamaged } from '../src/search/indexer/transitions.ts';
import { writerRecords } from '../src/search/indexer/writers.ts';
import { unavailable } from './support/fault-proxy.ts';
import { searchEngine, uidOf } from './support/index-equality.ts';
import { type ProxiedRoster, startProxiedRoster } from './support/proxied-roster.ts';
import { NOW } from './support/roster.ts';

let roster: ProxiedRoster;

beforeAll(async () => {
  roster = await startProxiedRoster();
  return () => roster.stop();
});

beforeEach(async () => {
  roster.clock.set(NOW);
  const left = await writerRecords.list(roster.services.table, 'writers', new Date(NOW));
  const ids = left.map(({ searchWriter }) => searchWriter);
  await roster.services.table.batchWrite(ids.flatMap((id) => [writerRecords.delete(id), intents.delete(id)]));
});

/** What the command prints. */
async function printed(json = false): Promise<string> {
  const lines: string[] = [];
  const deadLetters = async () => {
    throw new Error('status does not look at these');
  };
  const code = await status(
    { json },
    {
      target: { name: 'the test', services: roster.services, deadLetters },
      print: (line) => void lines.push(line),
      note: () => undefined,
      screen: new PassThrough(),
      signal: new AbortController().signal,
    },
  );
  expect(code).toBe(0);
  return lines.join('\n');
}

const report = async () => JSON.parse(await printed(true));

const ask = async () => {
  const { data } = await roster.graphql(
    { org: 'acme', role: 'ADMIN' },
    `{ searchHealth {
      suspects
      entities { type phase damage isOutdated quarantined indexes { name documents } comparison { startedAt drift } }
    } }`,
  );
  return data.searchHealth;
};

const at = (ms: number) => new Date(Date.parse(NOW) + ms);

/** Records a writer. */
async function writer(
  since: Date,
  { expiresOn = at(600_000), fencedAt = undefined as Date | undefined, items = '' } = {},
) {
  const id = randomUUID();
  const values = { expiresOn: expiresOn.toISOString(), ...(fencedAt && { fencedAt: fencedAt.toISOString() }) };
  await roster.services.table.batchWrite([
    writerRecords.put(id, values, since),
    ...(items ? [intents.put(id, { items }, since)] : []),
  ]);
  return id;
}

it('tells the same as the field searchHealth, also of what was never built', async () => {
  const { services } = roster;
  await markDamaged(services, taskSearch, 'lost while nobody looked');
  await changeState(services, officeSearch, (current) => ({ ...current, declaration: 'of-yesterday' }));
  await services.table.batchWrite([searchStates.delete(projectSearch.entity.name)]);
  await searchEngine(roster).deleteIndex(uidOf(roster, taskSearch.open)).waitTask();
  await writer(at(0), { fencedAt: at(0) });
  await services.table.batchWrite([comparisonPut(officeSearch, at(-1_000), 7, at(0))]);
  // The gauges make a record before there was a comparison.
  await comparisons.replace(services.table, taskSearch.entity.name, {}, at(0));
  const { entities, engine, writers } = await report();
  const health = await ask();
  const told = searches.map(({ entity }, i) => {
    const { phase, damage = null, isOutdated, quarantined, indexes, comparison = null } = entities[i];
    expect(entities[i].entity).toBe(entity.name);
    return {
      type: entity.name.toUpperCase(),
      phase: phase.toUpperCase(),
      damage,
      isOutdated,
      quarantined,
      indexes: indexes.map(({ name, documents = null }: { name: string; documents?: number | null }) => ({
        name,
        documents,
      })),
      comparison,
    };
  });
  expect(health).toEqual({ suspects: writers.suspects, entities: told });
  expect(engine.pendingTasks).toEqual(expect.any(Number));
  expect(told.map(({ comparison }) => comparison)).toEqual([
    null,
    { startedAt: at(-1_000).toISOString(), drift: 7 },
    null,
    null,
  ]);
  expect(told.map(({ isOutdated }) => isOutdated)).toEqual([false, true, true, false]);
  expect(engine.missing).toEqual(['task']);
  expect(await printed()).toMatch(
    new RegExp(
      [
        'employee +live +0 +not yet +as declared',
        `office +live +0 +7 to repair, ${at(-1_000).toISOString()} +built by another declaration: reindex`,
        'project +live +0 +not yet +nothing is known of it yet',
        'task +live +0 +not yet +damaged: .*lost while nobody looked.*',
        '',
      ].join('\\n *'),
    ),
  );
});

describe('writers', () => {
  it('are none', async () => {
    expect(await printed()).toContain('\nWriters: none\n');
  });

  it('are suspect as soon as sweeping finds that they have ended, and not before', async () => {
    await writer(at(0), { expiresOn: at(0) });
    for (const [ms, suspects] of [
      [59_999, 0],
      [60_000, 1],
    ] as const) {
      roster.clock.set(at(ms).toISOString());
      expect((await report()).writers.suspects).toBe(suspects);
      expect((await ask()).suspects).toBe(suspects);
      expect(await sweep(roster.services, 60_000)).toMatchObject({ ended: 0, suspects });
    }
  });

  it('are told one by one when there are few', async () => {
    const idle = await writer(at(-2_000));
    const busy = await writer(at(-1_000), { items: 'office acme none' });
    const fenced = await writer(at(-500), { fencedAt: at(-500) });
    const dead = await writer(at(-700_000), { expiresOn: at(-100_000) });
    expect((await printed()).split('\n').filter((line) => /^Writers|^ {2}\S+: /.test(line))).toEqual([
      `Writers: 4, the oldest since ${at(-700_000).toISOString()}: 1 at work, 1 idle, 2 suspect`,
      `  ${dead}: suspect, its key ended at ${at(-100_000).toISOString()}; what it was about to send will be indexed once more`,
      `  ${fenced}: suspect, its key was withdrawn at ${at(-500).toISOString()}; what it was about to send will be indexed once more`,
      `  ${idle}: idle, its key ends at ${at(600_000).toISOString()}`,
      `  ${busy}: at work, its key ends at ${at(600_000).toISOString()}`,
    ]);
  });

  it('are summed up when there are many, by a look at ten intents and at none of their items', async () => {
    for (let n = 0; n < 12; n++) await writer(at(-n), { items: n % 2 === 0 ? 'office acme none' : '' });
    for (let n = 0; n < 8; n++) await writer(at(-100 - n), { fencedAt: at(-100 - n), items: 'office acme none' });
    roster.calls.length = 0;
    const text = await printed();
    const ofIntents = roster.calls.filter(({ target }) => /intent/i.test(target));
    expect(ofIntents.map(({ operation, keys, attributes }) => [operation, keys?.length, attributes])).toEqual([
      ['BatchGetItem', 10, ['pk', 'sk']],
    ]);
    expect(text).toMatch(/Writers: 20, the oldest since \S+: 5 at work, 5 idle, 2 at work or idle, 8 suspect\n/);
    expect(text.match(/^ {2}\S+: (suspect|idle|at work),/gm)).toHaveLength(10);
    expect(text).toContain('\n  and 10 more\n');
  });
});

it('tells of the last batch', async () => {
  expect(await printed()).toContain('\nLast batch: none\n');
  const counts = { lagSeconds: 3, records: 12, applied: 10, quarantined: 0, failed: 2 };
  await roster.services.table.batchWrite([batchRecords.put(LAST_BATCH, { ...counts, endedAt: NOW }, at(0))]);
  expect(await printed()).toContain(
    `\nLast batch: 12 records, 2 to be tried again, done at ${NOW}, 3 s after the oldest write\n`,
  );
});

it('says where counting what is in quarantine has stopped', async () => {
  const [entity] = (await readHealth(roster.services)).entities;
  if (!entity) throw new Error('there are some');
  const text = statusText('the test', { ...(await report()), entities: [{ ...entity, quarantined: 1_000 }] });
  expect(text.join('\n')).toMatch(/employee +live +1000 or more +not yet +as declared/);
});

it('tells all the rest when the engine does not list its indexes', async () => {
  roster.meilisearch.inject(({ path }) => path.startsWith('/indexes?'), unavailable);
  expect(await printed()).toMatch(
    /employee +live[\s\S]*\nIndexes that belong to nothing could not be looked for: .*did not answer: unavailable$/,
  );
});
