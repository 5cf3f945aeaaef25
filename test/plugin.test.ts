import type { GraphQLObjectType } from 'graphql';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { defineEntity, slugOf } from '../src/entities/core/define.ts';
import { keySafe } from '../src/entities/core/formats.ts';
import type { AnyEntity } from '../src/entities/core/model.ts';
import { assertParentsFirst } from '../src/schema/electrodb/collection.ts';
import { builderOf, oneOf, printed, run } from './fixtures/graph.ts';
import { Aisle, Book, librarySchema, run as runLibrary } from './fixtures/library.ts';
import { startRoster, type TestRoster } from './support/roster.ts';

// The plugin on its own, with entities that Roster has never heard of, on the real table.

const schema = librarySchema();
let roster: TestRoster;

beforeAll(async () => {
  roster = await startRoster();
  return () => roster.stop();
});

beforeEach(() => {
  roster.calls.length = 0;
});

/** The result's one field. @throws the first error */
const ask = async (source: string, variables: Record<string, unknown> = {}) =>
  oneOf(await runLibrary(roster, schema, source, variables));

describe('types follow from the declaration', () => {
  it.each([
    'Book',
    'BookBinding',
    'BookChapters',
    'BookGenre',
    'CreateBookInput',
    'UpdateBookInput',
    'BookFilter',
    'Aisle',
  ])('%s', (name) => {
    expect(printed(schema, name)).toMatchSnapshot();
  });

  it('nothing hidden is anywhere in the schema', () => {
    const names = Object.values(schema.getTypeMap()).flatMap((type) =>
      'getFields' in type ? Object.keys((type as GraphQLObjectType).getFields()) : [],
    );
    for (const hidden of ['notes', 'draft', 'glue', 'org', 'expires']) expect(names).not.toContain(hidden);
    expect(names).toContain('heading');
  });

  it('descriptions come from the attributes', () => {
    const fields = (schema.getType('Book') as GraphQLObjectType).getFields();
    expect(schema.getType('Book')?.description).toBe('What is to be read.');
    expect(fields['published']?.description).toBe('Its first day in the shops.');
    // And say what a client could not see in the answer.
    expect(fields['aisle']?.description).toBe(
      'Where it stands. Its `id` alone is told as it is stored, whether or not the aisle has expired.',
    );
    expect(fields['sequel']?.description).toBe('What comes next.');
  });
});

const create = `mutation($input: CreateBookInput!) { createBook(input: $input) { id genre tags origins signed pages
  chapters { heading } binding { colour } aisle { id } version } }`;

const aisle = (label = 'Top'): Promise<string> =>
  ask('mutation($label: String!) { createAisle(input: { label: $label }) { id } }', { label }).then(({ id }) => id);

const bookOn = (id: string, values: object = {}) =>
  ask(create, { input: { aisle: id, title: 'Dune', pages: 412, published: '1965-08-01', ...values } });

describe('values of every kind come back as they went in', () => {
  it('sets, lists, maps, enumerations, defaults', async () => {
    const id = await aisle();
    const given = {
      genre: 'SCI_FI',
      tags: ['sand', 'spice', 'sand'],
      origins: ['US', 'US'],
      signed: false,
      chapters: [{ heading: 'One' }, { heading: 'Two' }],
      binding: { colour: 'BLUE' },
    };
    const book = await bookOn(id, given);
    expect(book).toEqual({ ...given, tags: ['sand', 'spice'], id: book.id, pages: 412, aisle: { id }, version: 1 });
    expect(await bookOn(id)).toMatchObject({ genre: 'POETRY', tags: null, chapters: null, binding: null });
    const read = await ask('query($id: ID!) { book(id: $id) { tags chapters { heading } binding { colour } shout } }', {
      id: book.id,
    });
    expect(read).toEqual({
      tags: ['sand', 'spice'],
      chapters: given.chapters,
      binding: given.binding,
      shout: 'DUNE',
    });
  });

  it('null removes, and an empty set is none', async () => {
    const { id } = await bookOn(await aisle(), { tags: ['a'], binding: { colour: 'RED' }, signed: true });
    const change = `mutation($id: ID!) { updateBook(input: { id: $id, tags: [], binding: null, genre: _20TH_CENTURY }) {
      tags binding { colour } genre signed } }`;
    const expected = { tags: null, binding: null, genre: '_20TH_CENTURY', signed: true };
    expect(await ask(change, { id })).toEqual(expected);
    expect(await ask('query($id: ID!) { book(id: $id) { tags binding { colour } genre signed } }', { id })).toEqual(
      expected,
    );
  });
});

/** Titles of a connection. */
const titles = ({ edges }: { edges: readonly { node: { title: string } }[] }) => edges.map(({ node }) => node.title);

describe('lists', () => {
  let id: string;
  const list = async (field: string) =>
    titles(
      (await ask(`query($id: ID!) { aisle(id: $id) { list: ${field} { edges { node { title } } } } }`, { id })).list,
    );

  beforeAll(async () => {
    id = await aisle('Bottom');
    for (const [title, genre, published, pages] of [
      ['a', 'POETRY', '2001-01-01', 9],
      ['b', 'POETRY', '2002-02-02', 10],
      ['c', 'POETRY', '2002-02-03', 100],
      ['d', 'POETRY', '2003-03-03', 1_000],
      ['e', 'SCI_FI', '2002-02-02', 10],
    ] as const)
      await bookOn(id, { title, genre, published, pages, tags: [title, 'all'], origins: ['DE'] });
  });

  it.each([
    ['books(genre: POETRY)', 'a b c d'],
    ['books(genre: POETRY, order: DESC)', 'd c b a'],
    ['books(genre: POETRY, published: { from: "2002-02-02" })', 'b c d'],
    ['books(genre: POETRY, published: { to: "2002-02-03" })', 'a b c'],
    ['books(genre: POETRY, published: { from: "2002-02-02", to: "2002-02-03" })', 'b c'],
    ['books(genre: POETRY, published: { from: "2002-02-02", to: "2002-02-03" }, order: DESC, first: 1)', 'c'],
    ['books(genre: POETRY, published: { from: "2002-02-02", to: "2002-02-03" }, last: 1)', 'c'],
    ['books(genre: SCI_FI, published: { from: "2010-01-01" })', ''],
    ['newest(last: 2)', 'b a'],
  ])('%s', async (field, expected) => {
    expect((await list(field)).join(' ')).toBe(expected);
  });

  it('numbers sort as numbers, and the partition is an argument of its own', async () => {
    const pages = async (range: string) =>
      (
        await ask(
          `{ books(genre: POETRY, pages: ${range}, filter: { tags: { has: "all" } }) { edges { node { pages } } } }`,
        )
      ).edges.map(({ node }: { node: { pages: number } }) => node.pages);
    expect(await pages('{}')).toEqual([9, 10, 100, 1_000]);
    expect(await pages('{ from: 10, to: 100 }')).toEqual([10, 100]);
    expect(await pages('{ from: 101 }')).toEqual([1_000]);
    await expect(ask('{ books { edges { cursor } } }')).rejects.toThrow('"genre" of type "BookGenre!" is required');
  });

  it.each([
    ['{ title: { in: ["a", "d"] } }', 'a d'],
    ['{ title: { not: ["a", "d"] } }', 'b c e'],
    ['{ pages: { gte: 10, lt: 1000 } }', 'b c e'],
    ['{ published: { gt: "2002-02-02" } }', 'c d'],
    ['{ tags: { has: "c" } }', 'c'],
    ['{ origins: { has: "DE" }, genre: { eq: SCI_FI } }', 'e'],
    ['{ binding: { exists: true } }', ''],
    ['{ sequel: { exists: false }, title: { startsWith: "b" } }', 'b'],
    ['{ or: [{ title: { eq: "a" } }, { and: [{ pages: { eq: 10 } }, { not: { genre: { eq: POETRY } } }] }] }', 'a e'],
  ])('filter %s', async (filter, expected) => {
    expect((await list(`books(filter: ${filter})`)).sort().join(' ')).toBe(expected);
  });

  it.each([
    ['{ title: { eq: null } }', 'filter.title.eq'],
    ['{ title: null }', 'filter.title'],
    ['{ not: { pages: { gt: null } } }', 'filter.not.pages.gt'],
    ['{ and: [{ binding: { colour: null } }] }', 'filter.and[0].binding.colour'],
    ['{ or: null }', 'filter.or'],
  ])('a filter of null is refused, not taken for everything: %s', async (filter, at) => {
    await expect(list(`books(filter: ${filter})`)).rejects.toThrow(
      `${at}: is null, which is no condition; leave it out, or ask for absence by \`exists: false\``,
    );
  });

  it('a variable that is not given is no condition, nor is a filter of null', async () => {
    const query = `query($id: ID!, $title: String, $filter: BookFilter) { aisle(id: $id) {
      one: books(filter: { title: { eq: $title } }) { totalCount } other: books(filter: $filter) { totalCount } } }`;
    const all = { totalCount: 5 };
    expect(await ask(query, { id, filter: null })).toEqual({ one: all, other: all });
  });

  it('filters take global ids, one or several', async () => {
    const other = await aisle('Other');
    expect((await list(`books(filter: { aisle: { in: ["${other}", "${id}"] } })`)).length).toBe(5);
    expect(await list(`books(filter: { aisle: { not: ["${id}"] } })`)).toEqual([]);
    await expect(list('books(filter: { aisle: { in: ["x"] } })')).rejects.toThrow(
      'filter.aisle.in: "x" is not an id of this API',
    );
  });

  it('a sparse index finds what refers to an object', async () => {
    const first = await bookOn(id, { title: 'sequel' });
    await bookOn(id, { title: 'prequel', sequel: first.id });
    const { prequels } = await ask(
      'query($id: ID!) { book(id: $id) { prequels { totalCount edges { node { title sequel { title } } } } } }',
      { id: first.id },
    );
    expect(prequels).toEqual({ totalCount: 1, edges: [{ node: { title: 'prequel', sequel: { title: 'sequel' } } }] });
    await expect(ask('mutation($id: ID!) { deleteBook(input: { id: $id }) { id } }', { id: first.id })).rejects.toThrow(
      'still has at least one book',
    );
  });
});

describe('input that is wrong', () => {
  it.each([
    ['an id of another type', { aisle: 'book' }, 'input.aisle: is the id of a Book; pass the id of an Aisle'],
    ['no id at all', { aisle: 'x' }, 'input.aisle: "x" is not an id of this API'],
    ['a negative number in a key', { pages: -1 }, 'pages must be a whole number from 0 to 9999'],
    ['a country that is none', { origins: ['DE', 'XX'] }, 'origins[1] must be an ISO 3166-1 alpha-2 country code'],
  ])('%s', async (_what, values, message) => {
    const id = await aisle();
    const book = await bookOn(id);
    const given = Object.values(values)[0] === 'book' ? { aisle: book.id } : values;
    await expect(bookOn(id, given)).rejects.toThrow(message);
  });

  it.each([
    ['from behind to', 'books(genre: POETRY, published: { from: "2002-01-01", to: "2001-01-01" })', 'swap them'],
    ['a run without what comes before it', 'books(published: { from: "2002-01-01" })', 'needs genre as well'],
    ['a filter too deep', `books(filter: ${'{ not: '.repeat(21)}{}${' }'.repeat(21)})`, 'nested deeper than 20 levels'],
  ])('%s', async (_what, field, message) => {
    const id = await aisle();
    await expect(ask(`query($id: ID!) { aisle(id: $id) { ${field} { edges { cursor } } } }`, { id })).rejects.toThrow(
      message,
    );
  });
});

it('a collection whose parent is not first is refused when the schema is built', () => {
  expect(() => assertParentsFirst([Aisle, Book])).not.toThrow();
  const album = defineEntity({
    name: 'album',
    description: 'Pictures.',
    attributes: { zine: { type: 'string', required: true, format: keySafe, description: 'What it came with.' } },
    indexes: { issue: { index: 'gsi1', collection: 'issue', pk: ['zine'], sk: ['album'] } },
  });
  const zine = defineEntity({
    name: 'zine',
    description: 'A magazine.',
    attributes: {},
    indexes: { issue: { index: 'gsi1', collection: 'issue', pk: ['zine'], sk: [] } },
  });
  expect(() => assertParentsFirst([album, zine])).toThrow(
    'the collection "issue" sorts album before its parent zine; give album an index of its own',
  );
});

it('a run of text has a beginning, or a first and a last value', async () => {
  const song = defineEntity({
    name: 'song',
    description: 'What is sung.',
    attributes: {
      title: { type: 'string', required: true, description: 'What it is called.' },
      titleKey: slugOf('title'),
    },
    indexes: { titles: { index: 'gsi1', pk: [], sk: ['titleKey', 'song'] } },
  });
  const builder = builderOf([song]);
  builder.entity(song, {});
  builder.queryFields((t) => ({ songs: t.list(song, 'titles', { range: 'titleKey' }) }));
  builder.mutationFields((t) => ({ createSong: t.create(song) }));
  const graph = builder.toSchema();
  const caller = { entities: [song], org: 'songs' };
  for (const title of ['Ave', 'Ávila', 'Berlin'])
    await run(roster, graph, caller, `mutation { createSong(input: { title: "${title}" }) { id } }`);
  const songs = async (part: string) =>
    oneOf(await run(roster, graph, caller, `{ songs(title: ${part}) { edges { node { title } } } }`));
  expect(titles(await songs('{ startsWith: "av" }'))).toEqual(['Ave', 'Ávila']);
  expect(titles(await songs('{ from: "ávila" }'))).toEqual(['Ávila', 'Berlin']);
  await expect(songs('{ startsWith: "a", to: "b" }')).rejects.toThrow(
    "title.startsWith: can't be combined with from and to; give either",
  );
});

it('a hidden attribute is refused when the schema is built, where the compiler does not see it', () => {
  const coin: AnyEntity = defineEntity({
    name: 'coin',
    description: 'Money.',
    attributes: { mint: { type: 'string', hidden: true, description: 'What nobody may see.' } },
    indexes: {},
  });
  const builder = builderOf([coin]);
  builder.entity(coin, { fields: (t) => ({ mint: t.attribute('mint' as never) }) });
  builder.queryFields((t) => ({ coin: t.byId(coin) }));
  builder.mutationFields((t) => ({ deleteCoin: t.delete(coin) }));
  expect(() => builder.toSchema()).toThrow("coin.mint is hidden and can't be shown");
});

it.each([
  ['twin', 'note.lists would have two arguments "order"; lists have first, after, last, before, order, filter already'],
  ['secret', "note.secret is hidden and can't be an argument"],
])('a composite that can be no argument is refused when the schema is built: %s', (kind, message) => {
  const order = { type: 'string', format: keySafe, description: 'What comes first.' } as const;
  const secret = { ...order, hidden: true } as const;
  const note: AnyEntity = defineEntity({
    name: 'note',
    description: 'A note.',
    attributes: { order, secret },
    indexes: { lists: { index: 'gsi1', pk: [kind === 'twin' ? 'order' : 'secret'], sk: ['note'] } },
  });
  const builder = builderOf([note]);
  builder.entity(note, {});
  // The compiler refuses it where it knows the entity.
  builder.queryFields((t) => ({ lists: t.list(note, 'lists' as never) }));
  expect(() => builder.toSchema()).toThrow(message);
});

describe('inputs that leave something out', () => {
  const stamp = defineEntity({
    name: 'stamp',
    description: 'What an office leaves on paper.',
    attributes: {
      motto: { type: 'string', required: true, description: 'What it says.' },
      serial: { type: 'string', required: true, hidden: true, description: 'What nobody may see.' },
      ink: { type: ['red', 'blue'], required: true, default: () => 'red', description: 'Its colour.' },
    },
    indexes: {},
  });
  const builder = () => {
    const made = builderOf([stamp]);
    made.entity(stamp, {});
    made.queryFields((t) => ({ stamp: t.byId(stamp) }));
    return made;
  };
  // The compiler refuses it where it knows the entity.
  const unknown: AnyEntity = stamp;

  it.each([
    [{}, 'a new stamp needs serial, not in the input; give `values` that add it'],
    [{ except: ['motto'] as never[] }, 'a new stamp needs motto, serial, not in the input'],
  ])('are refused when the schema is built, unless values make up for it: %o', (options, message) => {
    const made = builder();
    made.mutationFields((t) => ({ createStamp: t.create(unknown, options) }));
    expect(() => made.toSchema()).toThrow(message);
  });

  it('may leave out everything; then there is no argument', async () => {
    const made = builder();
    made.mutationFields((t) => ({
      createStamp: t.create(stamp, { only: [], values: () => ({ motto: 'Seen', serial: 'x', ink: 'blue' }) }),
      updateStamp: t.update(stamp, {
        changes: ({ ink, motto }) => ({ ...(ink ? { ink } : {}), motto: motto ? `${motto}!` : 'Nothing' }),
      }),
    }));
    const graph = made.toSchema();
    expect(printed(graph, 'Mutation')).toContain('createStamp: Stamp\n');
    const caller = { entities: [stamp], org: 'stamps' };
    const { id, ...values } = oneOf(await run(roster, graph, caller, 'mutation { createStamp { id motto ink } }'));
    expect(values).toEqual({ motto: 'Seen', ink: 'BLUE' });
    const change = (given: string) =>
      run(roster, graph, caller, `mutation { updateStamp(input: { id: "${id}", ${given} }) { motto ink } }`);
    expect(oneOf(await change('motto: "Paid"'))).toEqual({ motto: 'Paid!', ink: 'BLUE' });
    // What `changes` is given has no null for what is required.
    expect((await change('motto: null')).errors).toMatchObject([{ message: 'motto is required; give a value' }]);
  });
});

it('a guaranteed relation selected for its id alone costs no read; others do', async () => {
  const { id } = await bookOn(await aisle());
  roster.calls.length = 0;
  await ask('query($id: ID!) { book(id: $id) { aisle { id __typename } } }', { id });
  expect(roster.calls).toHaveLength(1);
  roster.calls.length = 0;
  await ask('query($id: ID!) { book(id: $id) { aisle { id label } } }', { id });
  expect(roster.calls).toHaveLength(2);
});
