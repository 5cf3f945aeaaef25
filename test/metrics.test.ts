import { readdir, readFile } from 'node:fs/promises';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { indexStream } from '../handler.ts';
import { createItem } from '../src/entities/core/write.ts';
import { Office, Task } from '../src/entities/index.ts';
import { emfMetrics, loggedMetrics, METRICS, type Measurements, type Metrics } from '../src/metrics.ts';
import { realClock } from '../src/runtime.ts';
import { examine } from '../src/search/doctor/examine.ts';
import { documentId } from '../src/search/document.ts';
import { officeSearch, taskSearch } from '../src/search/index.ts';
import { batchRecords, LAST_BATCH } from '../src/search/indexer/batch-report.ts';
import { createIndexer } from '../src/search/indexer/indexer.ts';
import { rebuild } from '../src/search/rebuild/rebuild.ts';
import { runs } from '../src/search/rebuild/run-record.ts';
import { unavailable } from './support/fault-proxy.ts';
import { searchEngine, uidOf } from './support/index-equality.ts';
import { recordLog } from './support/log.ts';
import { operation, type ProxiedRoster, startProxiedRoster } from './support/proxied-roster.ts';
import { NOW } from './support/roster.ts';
import { eventOf, failuresOf, recordOf } from './support/stream-events.ts';

let roster: ProxiedRoster;
let measured: Measurements[];
const org = 'acme';
const metrics: Metrics = { put: (values) => void measured.push(values) };

beforeAll(async () => {
  roster = await startProxiedRoster({ METRICS: 'emf', STAGE: 'test' });
  return () => roster.stop();
});

beforeEach(() => {
  measured = [];
  roster.clock.set(NOW);
});

const place = { zip: '1', city: 'Graz', state: 'Steiermark', country: 'AT', location: { lat: 47, lng: 15 } };
const office = async (name: string) => (await createItem(roster.services, Office, org, { ...place, name })).office;
const indexer = () => createIndexer({ ...roster.services, metrics });
const batches = () => measured.filter(({ Batches }) => Batches !== undefined);
const lastBatch = () => batchRecords.get(roster.services.table, LAST_BATCH);
const at = (seconds: number) => ({ dynamodb: { ApproximateCreationDateTime: Date.parse(NOW) / 1_000 + seconds } });

describe('a batch is measured', () => {
  it('by what became of it, and by how long its oldest write has waited', async () => {
    const id = await office('measured');
    roster.clock.set('2026-06-30T09:00:07.500Z');
    const records = [
      recordOf(Office.key(org, id), at(3)),
      recordOf(Office.key(org, id), at(2)),
      recordOf(Task.key(org, '1'), at(7)),
    ];
    expect(await indexer()(eventOf(...records))).toEqual(failuresOf());
    expect(batches()).toEqual([{ Batches: 1, Records: 3, Applied: 2, Quarantined: 0, Retried: 0, Lag: 5.5 }]);
  });

  it('also when some of it can not be indexed', async () => {
    const id = await office('odd');
    const key = Office.key(org, id);
    const row = await roster.services.table.get(key);
    await roster.services.table.batchWrite([{ Put: { Item: { ...row, ...key, location: { lat: 91, lng: 0 } } } }]);
    await indexer()(eventOf(recordOf(key), recordOf(Task.key(org, '1'))));
    expect(batches()).toMatchObject([{ Records: 2, Applied: 1, Quarantined: 1, Retried: 0 }]);
  });

  it('also when an index does not take it: its lag goes on growing', async () => {
    const id = await office('refused');
    const records = [recordOf(Task.key(org, '1')), recordOf(Office.key(org, id)), recordOf(Office.key(org, id))];
    onTestFinished(roster.meilisearch.inject(roster.writesTo(officeSearch.open), unavailable));
    const run = indexer();
    await run(eventOf(...records));
    roster.clock.set('2026-06-30T09:01:00Z');
    await run(eventOf(...records));
    expect(batches()).toMatchObject([
      { Records: 3, Applied: 1, Retried: 2, Lag: 0 },
      { Records: 3, Applied: 1, Retried: 2, Lag: 60 },
    ]);
  });

  it('also when the table is away', async () => {
    onTestFinished(roster.dynamodb.inject(operation('BatchGetItem'), unavailable));
    const record = recordOf(Task.key(org, '1'));
    expect(await indexer()(eventOf(record))).toEqual(failuresOf(record));
    expect(batches()).toMatchObject([{ Records: 1, Applied: 0, Quarantined: 0, Retried: 1 }]);
  });

  it('and an empty one has no lag', async () => {
    await indexer()(eventOf());
    expect(batches()).toEqual([{ Batches: 1, Records: 0, Applied: 0, Quarantined: 0, Retried: 0 }]);
  });

  it('never as negative lag, whoever has the slower clock', async () => {
    await indexer()(eventOf(recordOf(Task.key(org, '1'), at(30))));
    expect(batches()).toMatchObject([{ Lag: 0 }]);
  });
});

it('the first batch of a process is recorded, and then one a minute', async () => {
  let passedMs = 0;
  const clock = { ...roster.clock, monotonicMs: () => roster.clock.monotonicMs() + passedMs };
  const run = createIndexer({ ...roster.services, clock, metrics });
  const deliver = async (records: number) => {
    await run(eventOf(...Array.from({ length: records }, () => recordOf(Task.key(org, '1')))));
    return (await lastBatch())?.records;
  };
  expect(await deliver(1)).toBe(1);
  expect(await deliver(2)).toBe(1);
  passedMs = 61_000;
  roster.clock.set('2026-06-30T09:01:01.400Z');
  expect(await deliver(3)).toBe(3);
  expect(await lastBatch()).toMatchObject({
    endedAt: '2026-06-30T09:01:01.400Z',
    lagSeconds: 61,
    records: 3,
    applied: 1,
    quarantined: 0,
    failed: 0,
  });
});

it('a batch that can not be recorded is applied all the same', async () => {
  const log = recordLog();
  const isReport = operation('BatchWriteItem');
  onTestFinished(
    roster.dynamodb.inject((request) => isReport(request) && request.body.includes('$searchBatch'), unavailable),
  );
  const run = createIndexer({ ...roster.services, log, metrics });
  expect(await run(eventOf(recordOf(Task.key(org, '1'))))).toEqual(failuresOf());
  expect(log.entries).toContainEqual(
    expect.objectContaining({ level: 'warn', msg: 'a batch was not reported; the next one will be' }),
  );
});

it('the upkeep counts the writers whose requests may still arrive', async () => {
  const suspects = async () => {
    await indexer()(eventOf());
    return measured.flatMap(({ Suspects = [] }) => Suspects).at(-1);
  };
  const before = (await suspects()) ?? 0;
  const id = await office('unanswered');
  const heal = roster.meilisearch.inject(roster.writesTo(officeSearch.open), unavailable);
  await indexer()(eventOf(recordOf(Office.key(org, id))));
  heal();
  expect(await suspects()).toBe(before + 1);
});

it('the doctor measures the drift of each entity by itself', async () => {
  const drifts: unknown[] = [];
  const put: Metrics['put'] = (values, entity) => void drifts.push([values, entity]);
  await examine({ ...roster.services, metrics: { put }, clock: realClock() }, [officeSearch, taskSearch], {
    patienceMs: 0,
  });
  expect(drifts).toEqual([
    [{ Drift: expect.any(Number) }, 'office'],
    [{ Drift: 0 }, 'task'],
  ]);
});

it('the doctor measures the drift of live indexes, and a rebuild how far it is', async () => {
  const services = { ...roster.services, metrics, clock: realClock() };
  const id = await office('drifting');
  await indexer()(eventOf(recordOf(Office.key(org, id))));
  await searchEngine(roster).index(uidOf(roster, officeSearch.open)).deleteDocument(documentId(org, id)).waitTask();
  measured = [];
  const [examined] = await examine(services, [officeSearch], { patienceMs: 0 });
  expect(measured).toEqual([{ Drift: examined?.drift.size }]);
  expect(examined?.drift.get(documentId(org, id))).toBe('missing');
  measured = [];
  const { run } = await rebuild(services, [officeSearch], { owner: 'test', soakMs: 0, patienceMs: 200 });
  const rows = measured.map(({ RebuiltRows }) => RebuiltRows);
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.at(-1)).toBe((await runs.get(roster.services.table, run))?.rows);
});

describe('the embedded metric format', () => {
  const lines: string[] = [];
  const emf = () => emfMetrics({ service: 'roster', stage: 'prod' }, roster.clock, (line) => void lines.push(line));

  it('is as CloudWatch specifies it', () => {
    emf().put({ Applied: 3, Lag: 0.5 });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        _aws: {
          Timestamp: Date.parse(NOW),
          CloudWatchMetrics: [
            {
              Namespace: 'Roster',
              Dimensions: [['service', 'stage']],
              Metrics: [
                { Name: 'Applied', Unit: 'Count' },
                { Name: 'Lag', Unit: 'Seconds' },
              ],
            },
          ],
        },
        service: 'roster',
        stage: 'prod',
        Applied: 3,
        Lag: 0.5,
      },
    ]);
    expect(lines[0]).not.toContain('\n');
  });

  it('counts what is of one entity for the deployment, and by the entity', () => {
    emf().put({ Drift: 2 }, 'office');
    const { _aws, ...values } = JSON.parse(lines.at(-1) ?? '');
    expect(_aws.CloudWatchMetrics[0].Dimensions).toEqual([
      ['service', 'stage'],
      ['service', 'stage', 'entity'],
    ]);
    expect(values).toEqual({ service: 'roster', stage: 'prod', entity: 'office', Drift: 2 });
  });

  it('has one line for each batch of the exported handler, and nothing before it', async () => {
    const written: string[] = [];
    const print = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    onTestFinished(() => print.mockRestore());
    await indexStream(eventOf(recordOf(Task.key(org, '1'))));
    await indexStream(eventOf(recordOf(Task.key(org, '1'))));
    print.mockRestore();
    const own = written.filter((text) => text.startsWith('{"_aws"')).map((text) => JSON.parse(text));
    expect(own.filter(({ Batches }) => Batches === 1)).toHaveLength(2);
    expect(own.at(-1)).toMatchObject({ service: 'roster', stage: 'test', Applied: 1, Retried: 0 });
  });
});

it('in development, the log says it in words', () => {
  const log = recordLog();
  loggedMetrics(log).put({ Batches: 1, Applied: 3, Lag: 1 });
  expect(log.entries).toMatchObject([
    {
      level: 'debug',
      Applied: 3,
      msg: '1 stream batches, 3 items applied, 1 s between the oldest write and the end of its batch',
    },
  ]);
});

it('every metric has a unit of CloudWatch', () => {
  expect(new Set(Object.values(METRICS).map(({ unit }) => unit))).toEqual(new Set(['Count', 'Seconds']));
});

it('every metric is told somewhere', async () => {
  const files = (await readdir('src', { recursive: true })).filter(
    (name) => name.endsWith('.ts') && name !== 'metrics.ts',
  );
  const code = (await Promise.all(files.map((name) => readFile(`src/${name}`, 'utf8')))).join('\n');
  for (const name of Object.keys(METRICS)) expect(code).toContain(`${name}: `);
});
