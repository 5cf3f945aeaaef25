import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { defineEntity } from '../src/entities/core/define.ts';
import { keySafe } from '../src/entities/core/formats.ts';
import { idAttribute, managedAttributes } from '../src/entities/core/managed.ts';
import { type AnyEntity, Model } from '../src/entities/core/model.ts';
import { projection } from '../src/entities/core/query-input.ts';
import { Employee, Office } from '../src/entities/index.ts';
import { decodeGlobalId } from '../src/schema/electrodb/global-id.ts';
import type { ListRequest } from '../src/schema/electrodb/list.ts';
import { projectionOf } from '../src/schema/electrodb/projection.ts';
import { Folder, Note } from './fixtures/notebook.ts';
import { createCompany } from './support/company.ts';
import { readerOf } from './support/reader.ts';
import { startRoster, type TestRoster } from './support/roster.ts';
import { tripsText } from './support/round-trips.ts';

/** Sorts behind the notes of its folder. */
const Tag = defineEntity({
  name: 'tag',
  description: 'What a folder is about.',
  attributes: {
    folder: { type: 'string', required: true, format: keySafe, description: 'The folder.' },
    label: { type: 'string', required: true, description: 'What it says.' },
  },
  indexes: { shelf: { index: 'gsi1', collection: 'shelf', pk: ['folder'], sk: ['tag'] } },
});

let roster: TestRoster;
let office: string;
const at = '2026-01-01T00:00:00.000Z';
const common = { org: 'acme', version: 1, createdAt: at, updatedAt: at };
const body = 'all of it '.repeat(100);
const whole = (note: string) => ({ ...common, note, folder: 'f', title: note, body });

beforeAll(async () => {
  roster = await startRoster();
  office = decodeGlobalId((await createCompany(roster, 'acme')).ids.munich, 'id').id;
  await roster.services.table.batchWrite([
    Folder.put({ ...common, folder: 'f', name: 'Folder', about: 'notes' }),
    ...['a', 'b', 'c', 'd'].map((note) => Note.put(whole(note))),
    Note.put({ ...whole('old'), expires: 1 }),
  ]);
  return () => roster.stop();
});

beforeEach(() => {
  roster.calls.length = 0;
  roster.trips.length = 0;
});

const narrow = { wide: false };
const newReader = () => readerOf(roster, { also: [Folder, Note] });
const notes = (more: Partial<ListRequest> = {}): ListRequest => ({
  ...{ entity: Note as AnyEntity, index: 'shelf', composites: { folder: 'f' }, args: { first: 2 }, field: 'test' },
  ...more,
});
const nodesOf = async (reader: ReturnType<typeof readerOf>, request: ListRequest) =>
  (await (await reader.connection(request)).edges).map(({ node }) => node);
const inPart = (note: string) => {
  const { body: _body, org: _hidden, ...part } = whole(note);
  return part;
};
const inWhole = (note: string) => ({ ...inPart(note), body });

describe('an item', () => {
  it('without its wide attributes has all others, and is read anew when it is needed whole', async () => {
    const reader = newReader();
    expect(await reader.load(Note, 'a', narrow)).toEqual(inPart('a'));
    expect(roster.calls[0]?.attributes).toEqual(
      expect.arrayContaining(['pk', 'sk', 'gsi1pk', 'gsi1sk', 'gsi2pk', 'gsi2sk', 'expires', '__edb_e__', '__edb_v__']),
    );
    expect(await reader.load(Note, 'a', narrow)).toEqual(inPart('a'));
    expect(roster.calls).toHaveLength(1);
    expect(await reader.load(Note, 'a')).toEqual(inWhole('a'));
    expect(roster.calls).toHaveLength(2);
    expect(roster.calls[1]).not.toHaveProperty('attributes');
  });

  it('that is there whole is as good as one without', async () => {
    const reader = newReader();
    expect(await reader.load(Note, 'a')).toEqual(inWhole('a'));
    expect(await reader.load(Note, 'a', narrow)).toMatchObject(inPart('a'));
    expect(roster.calls).toHaveLength(1);
  });

  it('that is asked for both ways in one moment is read once, whole', async () => {
    const reader = newReader();
    const [part, all] = await Promise.all([reader.load(Note, 'a', narrow), reader.load(Note, 'a')]);
    expect([part, all]).toMatchObject([inPart('a'), inWhole('a')]);
    expect(tripsText(roster.trips)).toEqual(['GetItem']);
  });

  it('that has expired is seen to have', async () => {
    expect(await newReader().load(Note, 'old', narrow)).toBeUndefined();
  });

  it('of an entity without wide attributes is always read whole', async () => {
    const reader = newReader();
    const [all, part] = [await reader.load(Office, office), await newReader().load(Office, office, narrow)];
    expect(part).toEqual(all);
    for (const call of roster.calls) expect(call).not.toHaveProperty('attributes');
  });
});

describe('a BatchGet', () => {
  it('reads whole what anybody needs whole', async () => {
    const reader = newReader();
    const [a, b] = await Promise.all([reader.load(Note, 'a', narrow), reader.load(Note, 'b')]);
    expect([a, b]).toMatchObject([inPart('a'), inWhole('b')]);
    expect(tripsText(roster.trips)).toEqual(['BatchGetItem']);
    // What came along is not taken for more than was asked for, nor for less.
    expect(await reader.load(Note, 'a')).toEqual(inWhole('a'));
    expect(await reader.load(Note, 'b', narrow)).toMatchObject(inPart('b'));
  });

  it('of several entities leaves out what none of them needs', async () => {
    const expected = await newReader().load(Office, office);
    roster.calls.length = 0;
    const reader = newReader();
    const [note, folder, place] = await Promise.all([
      reader.load(Note, 'a', narrow),
      reader.load(Folder, 'f', narrow),
      reader.load(Office, office),
    ]);
    expect(note).toEqual(inPart('a'));
    expect(folder).not.toHaveProperty('about');
    expect(place).toEqual(expected);
    const [call] = roster.calls;
    expect(call?.operation).toBe('BatchGetItem');
    expect(call?.attributes).toEqual(expect.arrayContaining(['title', 'name', 'city', 'location', 'gsi3sk']));
    expect(call?.attributes).not.toContain('body');
  });

  it('without anything to leave out has no projection', async () => {
    const reader = newReader();
    await Promise.all([reader.load(Office, office, narrow), reader.load(Employee, 'nobody'), reader.load(Note, 'a')]);
    expect(roster.calls).toMatchObject([{ operation: 'BatchGetItem' }]);
    expect(roster.calls[0]).not.toHaveProperty('attributes');
  });
});

describe('a page', () => {
  it('without wide attributes goes on where it ends, and its items are known in part', async () => {
    const reader = newReader();
    const connection = await reader.connection(notes(narrow));
    expect((await connection.edges).map(({ node }) => node)).toEqual([inPart('a'), inPart('b')]);
    const { endCursor } = await connection.pageInfo;
    const next = { ...narrow, args: { first: 2, after: endCursor } };
    expect(await nodesOf(reader, notes(next))).toEqual([inPart('c'), inPart('d')]);
    roster.calls.length = 0;
    expect(await reader.load(Note, 'b', narrow)).toEqual(inPart('b'));
    expect(roster.calls).toEqual([]);
    expect(await reader.load(Note, 'b')).toEqual(inWhole('b'));
    expect(roster.calls).toHaveLength(1);
  });

  it('is read anew when it is needed whole, and not the other way round', async () => {
    const reader = newReader();
    expect(await nodesOf(reader, notes(narrow))).toEqual([inPart('a'), inPart('b')]);
    expect(await nodesOf(reader, notes())).toEqual([inWhole('a'), inWhole('b')]);
    expect(roster.calls).toHaveLength(2);
    await nodesOf(reader, notes(narrow));
    expect(await reader.load(Note, 'a')).toEqual(inWhole('a'));
    expect(roster.calls).toHaveLength(2);
  });

  it('that is asked for both ways in one moment is one Query', async () => {
    const reader = newReader();
    const [part, all] = await Promise.all([nodesOf(reader, notes(narrow)), nodesOf(reader, notes())]);
    expect(part).toMatchObject([inPart('a'), inPart('b')]);
    expect(all).toEqual([inWhole('a'), inWhole('b')]);
    expect(tripsText(roster.trips)).toEqual(['Query gsi1 3']);
  });
});

describe('a parent with its children', () => {
  it.each([
    ['both in part', narrow, narrow],
    ['the children in part', {}, narrow],
    ['the parent in part', narrow, {}],
  ])('%s, by one Query', async (_case, parent, children) => {
    const reader = newReader();
    const folder = await reader.loadWithPages(Folder, 'f', [notes(children)], parent);
    expect(folder).toMatchObject({ name: 'Folder' });
    expect('about' in (folder ?? {})).toBe(parent !== narrow);
    const found = await nodesOf(reader, notes(children));
    expect(found).toEqual(children === narrow ? [inPart('a'), inPart('b')] : [inWhole('a'), inWhole('b')]);
    expect(tripsText(roster.trips)).toEqual(['Query gsi1 4']);
  });

  it('a list that is selected twice is read once, whole where anybody needs that', async () => {
    const reader = newReader();
    await reader.loadWithPages(Folder, 'f', [notes(narrow), notes(), notes(narrow)], narrow);
    expect(await nodesOf(reader, notes())).toEqual([inWhole('a'), inWhole('b')]);
    expect(await nodesOf(reader, notes(narrow))).toMatchObject([inPart('a'), inPart('b')]);
    expect(tripsText(roster.trips)).toEqual(['Query gsi1 4']);
  });

  it('what else stands behind them is not taken for whole: nobody has asked for its attributes', async () => {
    const tag = { ...common, tag: 'z', folder: 'f', label: 'urgent' };
    await roster.services.table.batchWrite([Tag.put(tag)]);
    const reader = readerOf(roster, { also: [Folder, Note, Tag] });
    roster.calls.length = 0;
    await reader.loadWithPages(Folder, 'f', [notes({ ...narrow, args: { first: 10 } })], narrow);
    // The folder, five notes and the tag.
    expect(roster.calls).toMatchObject([{ operation: 'Query', items: 7 }]);
    expect(await reader.load(Tag, 'z')).toMatchObject({ label: 'urgent' });
  });
});

it('more attributes than an expression holds are read whole', () => {
  const form = (count: number) => {
    const names = Array.from({ length: count }, (_, i) => `a${i}`);
    const attributes = names.map((name) => [name, { type: 'string', description: 'One of many.' }] as const);
    const essay = { type: 'string', description: 'At length.', wide: true } as const;
    const own = { org: managedAttributes.org, form: idAttribute };
    return new Model('form', 'Many questions.', { ...own, ...Object.fromEntries(attributes), essay }, {});
  };
  expect(projectionOf([{ entity: form(900), wide: false }])).toBeUndefined();
  const names = projectionOf([{ entity: form(780), wide: false }]) ?? [];
  expect(names).toContain('a779');
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-expression-parameters
  expect(projection(names)?.ProjectionExpression.length).toBeLessThan(4_096);
});
