import { beforeAll, describe, expect, it } from 'vitest';
import { readExamples } from '../dev/examples.ts';
import { personaOf } from '../dev/personas.ts';
import { seed } from '../dev/seed/index.ts';
import type { Row } from '../src/entities/core/statements.ts';
import { Task } from '../src/entities/index.ts';
import type { Totals } from '../src/plugins/explain/explanation.ts';
import { createIndexer } from '../src/search/indexer/indexer.ts';
import { costsPage, type Measured, type MeasuredBatch } from './support/costs.ts';
import { NOW, startRoster, type TestRoster } from './support/roster.ts';
import { eventOf, failuresOf, recordOf } from './support/stream-events.ts';

const SEED = 42;
const ORG = 'globex';
const WRITTEN = { version: 1, createdAt: NOW, updatedAt: NOW };

/**
 * A measurement rather than a test: all example data are written and indexed for it, which takes a minute. dynoxide counts
 * indexes in transactions half, so only Amazon's own emulator will do.
 */
const isAsked = process.env['ROSTER_COSTS'] === 'on' && process.env['ROSTER_TEST_DYNAMODB'] === 'local';

describe.runIf(isAsked)('what a million requests cost', () => {
  let roster: TestRoster;
  const operations: Measured[] = [];
  const batches: MeasuredBatch[] = [];

  beforeAll(async () => {
    roster = await startRoster({ EXPLAIN: 'everyone' });
    await seed(roster.services, { seed: SEED, isEmpty: async () => true });
    await roster.indexed();
    return () => roster.stop();
  }, 300_000);

  async function measure(name: string, query: string, variables = {}, role: 'ADMIN' | 'EMPLOYEE' = 'ADMIN') {
    const { data, errors, extensions } = await roster.graphql(personaOf(ORG, role, SEED), query, variables, {
      'x-roster-explain': '1',
    });
    expect(errors).toBeUndefined();
    const { roundTrips, readUnits, writeUnits, searchCalls } = extensions.explain.totals as Totals;
    operations.push({ name, roundTrips, readUnits, writeUnits, searchCalls });
    return data;
  }

  it('the access patterns, as GraphiQL shows them', async () => {
    const examples = await readExamples(SEED, ORG);
    for (const { name, query, variables, role } of examples.slice(0, 9))
      await measure(name.replaceAll('-', ' ').replace(' ', ': '), query, variables, role);
    expect(operations.every(({ readUnits }) => readUnits > 0)).toBe(true);
  });

  it('writes', async () => {
    const examples = await readExamples(SEED, ORG);
    const hire = examples.find(({ name }) => name.startsWith('10-'));
    await measure('hire an employee', hire?.query ?? '', hire?.variables);
    const project = examples.find(({ name }) => name.startsWith('4-'))?.variables['project'];
    const CREATE = 'mutation($input: CreateTaskInput!) { createTask(input: $input) { ... on Task { id } } }';
    const { createTask } = await measure('create a task', CREATE, { input: { project, title: 'Write it down' } });
    const COMPLETE = 'mutation($input: CompleteTaskInput!) { completeTask(input: $input) { ... on Task { id } } }';
    await measure('complete a task', COMPLETE, { input: { id: createTask.id } });
    const DELETE = 'mutation($input: DeleteTaskInput!) { deleteTask(input: $input) { __typename } }';
    await measure('delete a task', DELETE, { input: { id: createTask.id } });
    expect(operations.slice(-4).every(({ writeUnits }) => writeUnits > 0)).toBe(true);
  });

  it.each([1, 100])('the indexer, for a batch of %i changes', async (changes) => {
    const indexer = createIndexer(roster.services);
    const row = (i: number): Row =>
      Task.put({ org: ORG, task: `t${i}`, title: 'A task', project: 'p', status: 'open', priority: 'low', ...WRITTEN })
        .Put.Item as Row;
    const rows = Array.from({ length: changes }, (_, i) => row(i));
    await roster.services.table.batchWrite(rows.map((Item) => ({ Put: { Item } })));
    // The first time it sees to the indexes and opens a writer, once a minute and process.
    expect(await indexer(eventOf(...rows.map((each) => recordOf(each))))).toEqual(failuresOf());
    roster.calls.length = 0;
    expect(await indexer(eventOf(...rows.map((each) => recordOf(each))))).toEqual(failuresOf());
    const units = (writes: boolean) =>
      roster.calls
        .filter(({ operation }) => /Put|Update|Delete|Write/.test(operation) === writes)
        .reduce((sum, { capacity }) => sum + capacity, 0);
    batches.push({ changes, readUnits: units(false), writeUnits: units(true) });
  });

  it('docs/costs.md lists them', async () => {
    await expect(costsPage(operations, batches)).toMatchFileSnapshot('../docs/costs.md');
  });
});
