import { beforeAll, expect, it } from 'vitest';
import { Task } from '../src/entities/index.ts';
import { indexTable } from './support/document-writer.ts';
import { NOW, startRoster, type TestRoster } from './support/roster.ts';

let roster: TestRoster;
const word = (i: number) => `word${i}`;
const LONG = [
  ...Array.from({ length: 60 }, (_, i) => word(i)),
  'needle',
  ...Array.from({ length: 60 }, (_, i) => word(i)),
];
// The characters that Roster's marks begin with, and what somebody could take for the rest of them.
const IMITATION = '\uE0000123456789abcdef bold \uE0010123456789abcdef';

/** Titles, each found by its first word in quotation marks and shown as HTML like this. */
const SHOWN: readonly (readonly [title: string, word: string, html: string])[] = [
  [
    'Paint <script>alert("1")</script>',
    'paint',
    '<mark>Paint</mark> &#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62;',
  ],
  ["Salt & 'pepper'", 'pepper', 'Salt &#38; &#39;<mark>pepper</mark>&#39;'],
  ['<mark>Sugar</mark>', 'sugar', '&#60;mark&#62;<mark>Sugar</mark>&#60;/mark&#62;'],
  ['&lt;b&gt; &amp;', 'amp', '&#38;lt;b&#38;gt; &#38;<mark>amp</mark>;'],
  [IMITATION, 'bold', IMITATION.replace('bold', '<mark>bold</mark>')],
];

beforeAll(async () => {
  roster = await startRoster();
  const common = { org: 'acme', version: 1, createdAt: NOW, updatedAt: NOW };
  const values = { ...common, project: 'p', status: 'open', priority: 'low' } as const;
  await roster.services.table.batchWrite([
    ...SHOWN.map(([title], i) => Task.put({ ...values, task: `t${i}`, title })),
    Task.put({ ...values, task: 'long', title: 'Haystack', description: LONG.join(' ') }),
  ]);
  await indexTable(roster);
  return () => roster.stop();
});

const HIGHLIGHT = '{ text html matches }';

async function highlightsOf(query: string) {
  const { data, errors } = await roster.graphql(
    { org: 'acme', role: 'EMPLOYEE' },
    `query($query: String!) {
      searchTasks(query: $query) { edges { highlights { title ${HIGHLIGHT} description ${HIGHLIGHT} } } }
      search(query: $query) { edges { highlights { field text html } } } }`,
    { query },
  );
  expect(errors).toBeUndefined();
  return { typed: data.searchTasks.edges[0]?.highlights, any: data.search.edges[0]?.highlights };
}

it.each(SHOWN)('%s is escaped but for the marks, and its text is the text alone', async (text, query, html) => {
  const { typed, any } = await highlightsOf(query);
  expect(typed).toEqual({ title: { text, html, matches: true }, description: null });
  expect(any).toEqual([{ field: 'title', text, html }]);
});

it('long text is cropped to the declared words around what matches', async () => {
  const { typed, any } = await highlightsOf('needle');
  const { text, html, matches } = typed.description;
  expect(matches).toBe(true);
  expect(text).toMatch(/^….* needle .*…$/);
  expect(text.split(' ')).toHaveLength(30);
  expect(html).toBe(text.replace('needle', '<mark>needle</mark>'));
  expect(typed.title).toEqual({ text: 'Haystack', html: 'Haystack', matches: false });
  // Of the text in a search of everything only what matches is shown.
  expect(any).toEqual([{ field: 'description', text, html }]);
});
