import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { Row } from '../src/entities/core/statements.ts';
import { Employee, Project, Task } from '../src/entities/index.ts';
import { Marker } from '../src/entities/system/marker.ts';
import { realClock } from '../src/runtime.ts';
import { createIndexer } from '../src/search/indexer/indexer.ts';
import { expectIndexEqualsTable } from './support/index-equality.ts';
import { type ProxiedRoster, startProxiedRoster } from './support/proxied-roster.ts';
import { NOW } from './support/roster.ts';
import { eventOf, failuresOf, type RecordParts, recordOf, showing } from './support/stream-events.ts';

let roster: ProxiedRoster;
let indexStream: ReturnType<typeof createIndexer>;

beforeAll(async () => {
  roster = await startProxiedRoster();
  // Upkeep comes once a minute, before whatever is delivered then: here it comes once.
  indexStream = createIndexer({ ...roster.services, clock: { ...realClock(), monotonicMs: () => 0 } });
  // It sees to its indexes at the first event, and opens its first writer.
  await indexStream(eventOf(recordOf(Task.key('acme', 'nobody'))));
  return () => roster.stop();
});

beforeEach(async () => {
  await roster.services.table.batchWrite([{ Delete: { Key: Marker.key('-', 'quarantine') } }]);
});

const common = { org: 'acme', version: 1, createdAt: NOW, updatedAt: NOW };
const task = (task: string): Row =>
  Task.put({ ...common, task, title: `Task ${task}`, project: 'p', status: 'open', priority: 'low' }).Put.Item as Row;
const project = (project: string, description: string): Row =>
  Project.put({ ...common, project, name: project, status: 'active', description }).Put.Item as Row;
const employee = (employee: string): Row =>
  Employee.put({
    ...common,
    employee,
    firstName: 'Ada',
    lastName: employee,
    email: `${employee}@acme.example`,
    title: 'Engineer',
    team: 'engineering',
    office: 'hq',
    hiredOn: '2020-01-01',
  }).Put.Item as Row;

const many = <T>(count: number, make: (name: string) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(`i${i}`));

/** Delivers one event about these rows. @returns what was sent to the table and the search engine, waiting left out */
async function deliver(
  rows: readonly Row[],
  shown = (_row: Row): RecordParts => ({}),
): Promise<Record<string, number>> {
  roster.dynamodb.requests.length = 0;
  roster.meilisearch.requests.length = 0;
  expect(await indexStream(eventOf(...rows.map((row) => recordOf(row, shown(row)))))).toEqual(failuresOf());
  const sent = [
    ...roster.dynamodb.requests.map(({ operation }) => operation?.split('.')[1] ?? ''),
    ...roster.meilisearch.requests
      .filter(({ path }) => !path.startsWith('/tasks/'))
      .map(
        ({ method, path }) => `${method} ${path.replace(roster.env['SEARCH_INDEX_PREFIX'] ?? '', '').split('?')[0]}`,
      ),
  ];
  return Object.fromEntries(
    Object.entries(Object.groupBy(sent, (name) => name)).map(([name, all = []]) => [name, all.length]),
  );
}

const write = (rows: readonly Row[]) => roster.services.table.batchWrite(rows.map((Item) => ({ Put: { Item } })));
const remove = (rows: readonly Row[]) =>
  roster.services.table.batchWrite(rows.map(({ pk, sk }) => ({ Delete: { Key: { pk, sk } } })));

it('a thousand records make one write for each index, and two reads for each hundred items', async () => {
  const rows = [...many(700, task), ...many(300, employee)];
  await write(rows);
  expect(await deliver(rows)).toEqual({
    GetItem: 1,
    // The states of the indexes come along.
    BatchGetItem: 22,
    // What is about to be sent, and that it has been.
    BatchWriteItem: 2,
    // What the indexes have to do.
    'GET /tasks': 3,
    'POST /indexes/task/documents': 1,
    'POST /indexes/employee/documents': 1,
    'POST /indexes/employee_restricted/documents': 1,
  });
  await expectIndexEqualsTable(roster);
  await remove(rows.slice(350));
  expect(await deliver(rows)).toEqual({
    GetItem: 1,
    // The states of the indexes come along.
    BatchGetItem: 22,
    // What is about to be sent, and that it has been.
    BatchWriteItem: 2,
    'GET /tasks': 3,
    'POST /indexes/task/documents': 1,
    'POST /indexes/task/documents/delete-batch': 1,
    'POST /indexes/employee/documents/delete-batch': 1,
    'POST /indexes/employee_restricted/documents/delete-batch': 1,
  });
  await expectIndexEqualsTable(roster);
});

it('records of the last seconds spare the first of the two', async () => {
  const rows = [...many(700, task), ...many(300, employee)];
  await write(rows);
  // The states of the indexes are read before, and once more with the items.
  expect(await deliver(rows, showing)).toMatchObject({ GetItem: 1, BatchGetItem: 12, BatchWriteItem: 2 });
  await expectIndexEqualsTable(roster);
});

it('one record makes three reads, one write, and a note of it that comes and goes', async () => {
  await write([task('single')]);
  expect(await deliver([task('single')])).toEqual({
    GetItem: 1,
    BatchGetItem: 2,
    BatchWriteItem: 2,
    'GET /tasks': 1,
    'POST /indexes/task/documents': 1,
  });
});

it('once something was in quarantine, another read for each hundred items looks for it', async () => {
  const bad = { ...employee('bad'), team: 'x'.repeat(500) };
  await write([bad]);
  expect(await deliver([bad])).toMatchObject({ GetItem: 1, BatchGetItem: 2, PutItem: 1, BatchWriteItem: 3 });
  expect(await deliver(many(200, task))).toMatchObject({ GetItem: 1, BatchGetItem: 8 });
  await remove([bad]);
  expect(await deliver([bad])).toMatchObject({ GetItem: 1, BatchGetItem: 3, BatchWriteItem: 3 });
});

it('documents of more than 5 MB are sent in several requests', async () => {
  const rows = many(100, (name) => project(name, `${name} ${'ü'.repeat(60_000)}`));
  await write(rows);
  expect(await deliver(rows)).toMatchObject({ 'POST /indexes/project/documents': 3 });
  const sizes = roster.meilisearch.requests.map(({ body }) => Buffer.byteLength(body));
  expect(Math.max(...sizes)).toBeLessThanOrEqual(5_000_000);
  await expectIndexEqualsTable(roster);
});
