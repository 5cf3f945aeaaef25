import type { ScheduledEvent } from 'aws-lambda';
import { beforeAll, expect, it } from 'vitest';
import { realClock } from '../src/runtime.ts';
import { searches } from '../src/search/all.ts';
import { officeSearch, taskSearch } from '../src/search/index.ts';
import { searchStates } from '../src/search/indexer/state.ts';
import { changeState, markDamaged } from '../src/search/indexer/transitions.ts';
import type { ReindexRequest } from '../src/search/maintenance/reindex.ts';
import { prepare } from '../src/search/rebuild/fill.ts';
import { rebuild } from '../src/search/rebuild/rebuild.ts';
import { Run } from '../src/search/rebuild/run.ts';
import { runs } from '../src/search/rebuild/run-record.ts';
import { createCompany } from './support/company.ts';
import { refuse } from './support/fault-proxy.ts';
import { expectIndexEqualsTable, searchEngine, uidOf } from './support/index-equality.ts';
import { type LambdaApi, startLambdaApi } from './support/lambda/api.ts';
import { contextOf } from './support/lambda/context.ts';
import { operation, type ProxiedRoster, startProxiedRoster } from './support/proxied-roster.ts';

let roster: ProxiedRoster;
let handlers: typeof import('../handler.ts');

/** Which names Lambda knows no function of. */
const unknown = new Set<string>();
let lambda: LambdaApi;

beforeAll(async () => {
  lambda = await startLambdaApi(({ path }) =>
    [...unknown].some((name) => path?.includes(name))
      ? {
          status: 404,
          headers: { 'x-amzn-errortype': 'ResourceNotFoundException' },
          body: '{"Message":"no such function"}',
        }
      : { status: 202 },
  );
  roster = await startProxiedRoster({ REINDEX_FUNCTION: 'roster-test-reindex' });
  await createCompany(roster, 'acme');
  await roster.indexed();
  handlers = await import('../handler.ts');
  return async () => {
    lambda.stop();
    await roster.stop();
  };
});

const ARN = 'arn:aws:lambda:eu-central-1:123456789012:function:roster-test-reindex';
let requests = 0;
/** A call with so many milliseconds left. */
const nextContext = (leftMs?: number) => {
  requests++;
  return contextOf(leftMs, { request: `request-${requests}`, arn: ARN });
};
const maintain = (leftMs?: number) => handlers.maintain({} as ScheduledEvent, nextContext(leftMs));
const reindex = (request: ReindexRequest, leftMs?: number) => handlers.reindex(request, nextContext(leftMs));
const services = () => ({ ...roster.services, clock: realClock() });
const phaseOf = async (entity: string) => (await searchStates.get(roster.services.table, entity))?.phase;
const names = async () => (await services().engine.indexes()).map(({ uid }) => uid).sort();
const liveNames = searches.flatMap(({ indexes }) => indexes.map(({ name }) => name)).sort();

it('repairs what is damaged although other steps fail, then fails itself, naming those, and then has nothing to do', async () => {
  await searchEngine(roster).deleteIndex(uidOf(roster, officeSearch.open)).waitTask();
  const body = Buffer.from('{"message":"not this one","code":"invalid_api_key"}');
  const heal = [
    roster.meilisearch.inject(
      ({ path }) => path === '/tasks?limit=1',
      async () => ({ status: 403, body }),
    ),
    roster.dynamodb.inject(
      (request) => operation('Query')(request) && request.body.includes('searchRun'),
      refuse('AccessDeniedException', { message: 'not authorized' }),
    ),
  ];
  await expect(maintain()).rejects.toMatchObject({
    code: 'MAINTENANCE_FAILED',
    message:
      'not everything could be done, and the next call tries it again: ' +
      'watching the search engine (not this one); collecting what rebuilds have left (not authorized)',
    cause: { errors: [{ reason: 'invalid_api_key' }, { name: 'AccessDeniedException' }] },
  });
  await expectIndexEqualsTable(roster);
  for (const each of heal) each();
  expect(await maintain()).toEqual({
    outdated: [],
    runs: { finished: [], resumed: [], stalled: [] },
    collected: { indexes: [], runs: [] },
    retried: { left: 0, quarantined: [], failed: 0 },
    healed: { healthy: [], damaged: [] },
  });
});

it('begins no repair that it may have no time to end', async () => {
  await markDamaged(services(), taskSearch, 'by a test');
  expect(await maintain(239_000)).not.toHaveProperty('healed');
  expect(await maintain(300_000)).toMatchObject({ healed: { healthy: ['task'], damaged: [] } });
});

it('rebuilds nothing when no declaration has changed, and what is not searchable is refused', async () => {
  expect(await reindex({})).toEqual({ outcome: 'current' });
  await expect(reindex({ entities: ['spaceship'] })).rejects.toThrow('"spaceship" is not searchable');
});

it('calls itself until the rebuild is in place, and maintenance ends it once it has soaked', async () => {
  await changeState(services(), taskSearch, (current) => ({ ...current, declaration: 'old' }));
  const request = { soakMinutes: 0 };
  expect(await reindex(request, 0)).toMatchObject({ outcome: 'unfinished' });
  expect(lambda.calls.splice(0)).toEqual([
    { path: `/2015-03-31/functions/${encodeURIComponent(ARN)}/invocations`, type: 'Event', event: request },
  ]);
  expect(await phaseOf('task')).toBe('building');
  expect(await reindex(request)).toMatchObject({ outcome: 'soaking' });
  expect(lambda.calls).toEqual([]);
  expect(await maintain()).toMatchObject({ runs: { finished: [expect.any(String)] } });
  expect([await phaseOf('task'), await names()]).toEqual(['live', liveNames]);
  await expectIndexEqualsTable(roster);
});

it('leaves a rebuild that another process works on, and keeps one that soaks', async () => {
  const run = await Run.begin(services(), '0123456789abcdefghjkmnpqrs', {
    entities: ['task'],
    owner: 'somebody',
    segments: [null],
    rows: 0,
    attempts: 1,
    clean: 0,
  });
  await changeState(services(), taskSearch, (current) => ({ ...current, phase: 'preparing', run: run.id }));
  expect(await reindex({ entities: ['task'] })).toEqual({ outcome: 'busy' });
  expect(await maintain()).toMatchObject({ runs: { finished: [], resumed: [] } });
  await run.release();
  const soaking = await rebuild(services(), [taskSearch], { owner: 'test', soakMs: 60_000, patienceMs: 0 });
  expect(await maintain()).toMatchObject({ runs: { finished: [], resumed: [] }, collected: { indexes: [], runs: [] } });
  expect([soaking.status, await phaseOf('task')]).toEqual(['soaking', 'soaking']);
});

it('brings on what died in the middle of a swap', async () => {
  await changeState(services(), taskSearch, (current) => ({
    ...current,
    phase: 'restoring',
    epoch: current.epoch + 1,
  }));
  expect(await maintain()).toMatchObject({ runs: { resumed: [expect.any(String)] } });
  expect([await phaseOf('task'), await names()]).toEqual(['live', liveNames]);
  await expectIndexEqualsTable(roster);
});

it('has functions go on that died while they filled indexes, but not what an operator broke off', async () => {
  const values = { entities: ['task'], segments: [null], rows: 0, attempts: 1, clean: 0 };
  const run = await Run.begin(services(), '0123456789abcdefghjkmnpqrt', { ...values, owner: 'lambda-dead' });
  await changeState(services(), taskSearch, (current) => ({ ...current, phase: 'preparing', run: run.id }));
  await prepare(services(), run);
  await run.release();
  unknown.add('roster-test-reindex');
  await expect(maintain()).rejects.toThrow('having rebuilds go on (no such function)');
  unknown.clear();
  await maintain();
  expect(lambda.calls.splice(0)).toMatchObject([
    { path: expect.stringContaining('roster-test-reindex'), event: { entities: ['task'] } },
  ]);
  const joined = await Run.join(services(), run.id, 'cli-me-1-00000000');
  await joined?.release();
  await maintain();
  expect([lambda.calls, await phaseOf('task')]).toEqual([[], 'building']);
});

it('deletes what nobody refers to, and nothing else', async () => {
  await changeState(services(), taskSearch, ({ epoch, declaration }) => ({
    epoch: epoch + 2,
    declaration,
    phase: 'live',
  }));
  await searchEngine(roster).createIndex(`${roster.env['SEARCH_INDEX_PREFIX']}task-of-mine`).waitTask();
  const { collected } = await maintain();
  // The index is gone too, whether the upkeep or the collection came upon it first.
  expect(collected?.runs).toEqual(['0123456789abcdefghjkmnpqrt']);
  expect(await names()).toEqual([...liveNames, 'task-of-mine'].sort());
  expect(await runs.list(roster.services.table, 'runs', new Date())).toEqual([]);
});
