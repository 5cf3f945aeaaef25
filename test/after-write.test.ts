import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createItem, updateItem } from '../src/entities/core/write.ts';
import { Office, Project, Task } from '../src/entities/index.ts';
import { NotFoundError, VersionConflictError } from '../src/errors.ts';
import { decodeGlobalId } from '../src/schema/electrodb/global-id.ts';
import { Writer } from '../src/schema/electrodb/writer.ts';
import { type Company, createCompany } from './support/company.ts';
import { readerOf } from './support/reader.ts';
import { NOW, startRoster, type TestRoster } from './support/roster.ts';

// What an operation reads behind its own writes, and what a write tells of an item that is gone meanwhile.

let roster: TestRoster;
let acme: Company;

beforeAll(async () => {
  roster = await startRoster();
  acme = await createCompany(roster, 'acme');
  return () => roster.stop();
});

beforeEach(() => {
  roster.calls.length = 0;
});

const office = { name: 'Mitte', zip: '1', city: 'Berlin', state: 'BE', country: 'DE', location: { lat: 0, lng: 0 } };
const sent = () => roster.calls.map(({ operation, consistent }) => `${operation}${consistent ? ' (consistent)' : ''}`);

describe('what an operation wrote is not read again:', () => {
  it.each([
    [
      'a change',
      `updateOffice(input: { id: "munich", name: "Altbau" }) { ... on Office {
        employees { edges { node { office { name version } } } } } }`,
      ['UpdateItem', 'Query'],
    ],
    [
      'a change of a key',
      `transferEmployee(input: { id: "ada", team: LEGAL }) { ... on Employee {
        tasks { edges { node { employee { team version } } } } } }`,
      ['GetItem (consistent)', 'UpdateItem', 'Query'],
    ],
    [
      'a change of nothing',
      `updateProject(input: { id: "project" }) { ... on Project {
        tasks { edges { node { project { name } } } } } }`,
      ['GetItem (consistent)', 'Query'],
    ],
    [
      'a creation',
      `createTask(input: { title: "T", project: "project", employee: "bob" }) { ... on Task {
        project { id tasks(first: 1) { edges { cursor } } } } }`,
      ['TransactWriteItems', 'GetItem (consistent)', 'Query'],
    ],
  ])('%s', async (_what, field, expected) => {
    const ids: Readonly<Record<string, string>> = acme.ids;
    const filled = field.replace(/"(\w+)"/g, (text, name: string) => (ids[name] ? `"${ids[name]}"` : text));
    const { errors } = await roster.graphql(acme.as.admin, `mutation { ${filled} }`);
    expect(errors).toBeUndefined();
    // Calls that are under way together end in any order.
    expect(sent().sort()).toEqual(expected.sort());
  });

  it('an item that was created, changed, and deleted', async () => {
    const reader = readerOf(roster);
    const writer = new Writer(roster.services, reader, 'acme');
    const { office: id } = await writer.create(Office, office);
    expect(await reader.load(Office, id)).toMatchObject({ name: 'Mitte', version: 1, location: { lat: 0, lng: 0 } });
    await writer.update(Office, id, { name: 'Moabit' });
    expect(await reader.load(Office, id)).toMatchObject({ name: 'Moabit', version: 2 });
    await writer.update(Office, id, { street: 'Turmstraße 1', zip: '2' }, 2);
    expect(await reader.load(Office, id)).toMatchObject({ street: 'Turmstraße 1', zip: '2', version: 3 });
    await writer.delete(Office, id);
    roster.calls.length = 0;
    expect(await reader.load(Office, id)).toBeUndefined();
    expect(sent()).toEqual([]);
  });
});

it('what was known before a write is read anew, also where that failed: it may have happened all the same', async () => {
  const { id } = decodeGlobalId(acme.ids.garching, 'id');
  for (const [values, version] of [
    [{ name: 'Campus 2' }, undefined],
    [{ name: 'Campus 3' }, 99],
  ] as const) {
    const reader = readerOf(roster);
    const other = decodeGlobalId(acme.ids.austin, 'id').id;
    await reader.load(Office, other);
    const write = new Writer(roster.services, reader, 'acme').update(Office, id, values, version);
    if (version === undefined) await write;
    else await expect(write).rejects.toThrow(VersionConflictError);
    roster.calls.length = 0;
    await reader.load(Office, other);
    expect(sent()).toEqual(['GetItem (consistent)']);
  }
});

it('an item that expires between the read and the write of a change is gone, rather than at another version', async () => {
  const { services } = roster;
  const later = '2026-06-30T09:00:01.000Z';
  const expires = new Date(later).getTime() / 1_000;
  const { project: id } = await createItem(services, Project, 'acme', { name: 'Short', status: 'active', expires });
  const times = [NOW];
  const clock = { ...services.clock, now: () => new Date(times.shift() ?? later) };
  const change = updateItem({ ...services, clock }, Project, { org: 'acme', id }, { status: 'done' });
  await expect(change).rejects.toThrow(NotFoundError);
});

describe('a parent that the index has not got yet', () => {
  it.each([
    ['comes by its key', `{ project(id: "ID") { name tasks { edges { node { title } } } } }`],
    [
      'comes by its key for others as well',
      `{ a: project(id: "ID") { name } project(id: "ID") { name tasks { edges { node { title } } } } }`,
    ],
  ])('%s', async (_what, query) => {
    const { table } = roster.services;
    const common = { org: 'acme', version: 1, createdAt: NOW, updatedAt: NOW };
    const put = Project.put({ ...common, project: 'fresh', name: 'Fresh', status: 'active' });
    const { gsi1pk: _pk, gsi1sk: _sk, ...Item } = put.Put.Item ?? {};
    const task = { ...common, task: 'first', project: 'fresh', title: 'Begin', status: 'open', priority: 'low' };
    await table.batchWrite([{ Put: { Item } }, Task.put(task)]);
    const id = Buffer.from('Project:fresh').toString('base64url');
    const { data, errors } = await roster.graphql(acme.as.admin, query.replaceAll('ID', id));
    expect(errors).toBeUndefined();
    expect(data.project).toEqual({ name: 'Fresh', tasks: { edges: [{ node: { title: 'Begin' } }] } });
    if (data.a) expect(data.a).toEqual({ name: 'Fresh' });
  });
});
