import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeGlobalId } from '../src/schema/electrodb/global-id.ts';
import { Folder, Note, notebookSchema, type RunOptions, runNotebook, Safe } from './fixtures/notebook.ts';
import { type Company, createCompany } from './support/company.ts';
import { startRoster, type TestRoster } from './support/roster.ts';
import { tripsText } from './support/round-trips.ts';

// Nothing is read ahead that the viewer may not see, nor left out that it takes to tell.

const schema = notebookSchema();
const at = '2026-01-01T00:00:00.000Z';
const common = { org: 'acme', version: 1, createdAt: at, updatedAt: at };
const [folder, note, safe] = [encodeGlobalId('Folder', 'f'), encodeGlobalId('Note', 'a'), encodeGlobalId('Safe', 's')];
let roster: TestRoster;
let acme: Company;

beforeAll(async () => {
  roster = await startRoster({ WORK_BUDGET_ROWS: '30' });
  acme = await createCompany(roster, 'acme');
  await roster.services.table.batchWrite([
    Folder.put({ ...common, folder: 'f', name: 'Folder', about: 'notes' }),
    Safe.put({ ...common, safe: 's', name: 'Safe', keeper: 'boss' }),
    ...['a', 'b'].map((id) => Note.put({ ...common, note: id, folder: 'f', safe: 's', title: id, body: `body ${id}` })),
  ]);
  return () => roster.stop();
});

beforeEach(() => {
  roster.calls.length = 0;
  roster.trips.length = 0;
});

/** What an operation answers, and what it sent. */
async function run(source: string, options: RunOptions = {}) {
  const { data, errors = [] } = await runNotebook(roster, schema, source, options);
  return { data, errors: errors.map(({ message }) => message), trips: tripsText(roster.trips) };
}

describe('a list that the viewer may not read', () => {
  it('is refused without a Query, and costs nothing of the work budget', async () => {
    const query = (more = '') => `query($id: ID!) { office(id: $id) { name
      ${more} employees { totalCount edges { cursor } } } offices(first: 3) { edges { node { name } } } }`;
    const { errors, data } = await roster.graphql(acme.as.client, query(), { id: acme.ids.munich });
    expect(errors?.map(({ extensions }) => extensions['code'])).toEqual(['FORBIDDEN']);
    expect(data).toMatchObject({ office: { name: 'Altstadt', employees: null } });
    expect(roster.calls.map(({ pattern, operation }) => pattern ?? operation).sort()).toEqual([
      'GetItem',
      'office.locations',
    ]);
    // Else the budget would tell how many there are of each team.
    const probes = Array.from({ length: 40 }, (_, i) => `a${i}: employees(team: LEGAL, first: ${i}) { totalCount }`);
    const probed = await roster.graphql(acme.as.client, query(probes.join(' ')), { id: acme.ids.munich });
    expect(probed.data.offices.edges).toHaveLength(3);
    expect(new Set(probed.errors?.map(({ extensions }) => extensions['code']))).toEqual(new Set(['FORBIDDEN']));
  });

  it('is read ahead by who may', async () => {
    const query = `{ folder(id: "${folder}") { guarded { edges { cursor } } } }`;
    expect(await run(query)).toMatchObject({
      errors: ['Not authorized to resolve Folder.guarded'],
      trips: ['GetItem'],
    });
    roster.trips.length = 0;
    expect(await run(query, { may: ['secrets'] })).toMatchObject({ errors: [], trips: ['Query gsi1 22'] });
  });

  it('is not read ahead where nobody says who may', async () => {
    const options = { may: ['secrets'], mayRead: 'default' } as const;
    const list = (name: string) => `{ folder(id: "${folder}") { ${name} { edges { cursor } } } }`;
    expect(await run(list('guarded'), options)).toMatchObject({ errors: [], trips: ['GetItem', 'Query gsi1 21'] });
    roster.trips.length = 0;
    expect(await run(list('notes'), options)).toMatchObject({ errors: [], trips: ['Query gsi1 22'] });
  });

  it('is not read ahead where that depends on an object that is not there yet', async () => {
    const personal = `{ folder(id: "${folder}") { personal { edges { cursor } } } }`;
    expect(await run(personal)).toMatchObject({ errors: [], trips: ['GetItem', 'Query gsi1 21'] });
    roster.trips.length = 0;
    const contents = `{ safe(id: "${safe}") { contents { edges { cursor } } } }`;
    expect(await run(contents)).toMatchObject({
      trips: ['GetItem'],
      errors: [expect.stringContaining('Not authorized')],
    });
    roster.trips.length = 0;
    expect(await run(contents, { may: ['boss'] })).toMatchObject({ errors: [], trips: ['GetItem', 'Query gsi3 21'] });
  });
});

describe('the id of an object that is guaranteed to exist', () => {
  it('costs no read', async () => {
    const { trips, data } = await run(`{ note(id: "${note}") { folder { id } } }`);
    expect([trips, data]).toEqual([['GetItem'], { note: { folder: { id: folder } } }]);
  });

  it('is not told to who may not see the object', async () => {
    const { errors, data } = await run(`{ note(id: "${note}") { safe { id } } }`);
    expect([errors, data]).toEqual([['Not authorized to read fields for Safe'], { note: { safe: null } }]);
    const told = await run(`{ note(id: "${note}") { safe { id } } }`, { may: ['boss'] });
    expect(told.data).toEqual({ note: { safe: { id: safe } } });
  });
});

describe('wide attributes are there for', () => {
  it.each([
    ['a type whose options take the object', `safe(id: "${safe}") { name }`],
    ['a field whose options take the object', `note(id: "${note}") { title }`],
    ['a resolver written by hand', `note(id: "${note}") { shout }`],
    ['a node of an edge', `folder(id: "${folder}") { notes { edges { node { shout title } } } }`],
    ['a node', `folder(id: "${folder}") { notes { nodes { body } } }`],
    ['a node whose field takes the object', `folder(id: "${folder}") { notes { nodes { title } edges { cursor } } }`],
  ])('%s', async (_what, field) => {
    expect(await run(`{ ${field} }`, { may: ['boss'] })).toMatchObject({ errors: [] });
    for (const { attributes } of roster.calls)
      if (attributes) expect(attributes).toContain(field.includes('safe') ? 'keeper' : 'body');
  });

  it('and for nothing else', async () => {
    await run(`{ folder(id: "${folder}") { name notes { nodes { id } edges { node { id } cursor } } } }`);
    expect(roster.calls.length).toBeGreaterThan(0);
    for (const { attributes } of roster.calls)
      for (const wide of ['body', 'about']) expect(attributes).not.toContain(wide);
  });
});

it('nodes of a connection are read along with their parent, as edges are', async () => {
  const { data, trips } = await run(`{ folder(id: "${folder}") { name notes(first: 1) { nodes { body } } } }`);
  expect(data).toEqual({ folder: { name: 'Folder', notes: { nodes: [{ body: 'body a' }] } } });
  expect(trips).toEqual(['Query gsi1 3']);
});
