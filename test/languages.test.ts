import { beforeAll, describe, expect, it } from 'vitest';
import { createItem } from '../src/entities/core/write.ts';
import { Task } from '../src/entities/index.ts';
import { decodeGlobalId } from '../src/schema/electrodb/global-id.ts';
import { otherSpellings } from '../src/search/encoding.ts';
import { type Company, createCompany } from './support/company.ts';
import { startRoster, type TestRoster } from './support/roster.ts';

let roster: TestRoster;
let acme: Company;

/** Titles, and what each is found by. */
const FOUND: Readonly<Record<string, readonly string[]>> = {
  'Café Zürich einrichten': ['café', 'cafe', 'zürich', 'zurich', 'zuerich', 'ZUER'],
  'Haupteingang Königstraße': ['königstraße', 'konigstrasse', 'koenigstrasse', 'koenigstr', 'Königstr'],
  'Magazyn w Łodzi przy ulicy Żwirki': ['łodzi', 'lodzi', 'żwirki', 'zwirki'],
  'Besøk på Ærø': ['besøk', 'besok', 'ærø', 'aero'],
  'Договор с Петром Ильичом': ['договор', 'ДОГОВОР', 'петр', 'ильичом'],
  'Ανακαίνιση γραφείου': ['ανακαίνιση', 'ανακαινιση', 'γραφ'],
  東京都の会議室を予約する: ['東京', '東京都', '予約'],
  北京办公室搬迁: ['北京', '办公室', '搬迁'],
  '서울 사무실 이전': ['서울', '사무실', '사무'],
  'مكتب القاهرة الجديد': ['مكتب', 'القاهرة', 'الجديد'],
  'משרד תל אביב': ['משרד', 'אביב'],
  สำนักงานกรุงเทพ: ['สำนักงาน', 'กรุงเทพ'],
};

beforeAll(async () => {
  roster = await startRoster();
  acme = await createCompany(roster, 'acme');
  const project = decodeGlobalId(acme.ids.project, 'id').id;
  const write = (title: string) => createItem(roster.services, Task, 'acme', { project, title });
  for (const title of Object.keys(FOUND)) await write(title);
  for (const title of ['Paint the north wall', 'Paint a wall, north of the door']) await write(title);
  await roster.indexed();
  return () => roster.stop();
});

async function titles(query: string, filter?: object): Promise<string[]> {
  const { data, errors } = await roster.graphql(
    acme.as.employee,
    'query($query: String, $filter: TaskSearchFilter) { searchTasks(query: $query, filter: $filter, first: 100) { edges { node { title } } } }',
    { query, filter },
  );
  expect(errors).toBeUndefined();
  return data.searchTasks.edges.map(({ node }: { node: { title: string } }) => node.title);
}

describe.each(Object.entries(FOUND))('%s', (title, words) => {
  it.each(words)('is found by %s', async (word) => expect(await titles(word)).toContain(title));

  it('is found as a phrase, and by its own title as a filter', async () => {
    expect(await titles(`"${title}"`)).toEqual([title]);
    expect(await titles('', { title: { eq: title } })).toEqual([title]);
    expect(await titles('', { title: { startsWith: [...title].slice(0, 3).join('') } })).toContain(title);
  });
});

it('a phrase is found where its words follow each other, and nowhere else', async () => {
  expect(await titles('north wall')).toHaveLength(2);
  expect(await titles('"north wall"')).toEqual(['Paint the north wall']);
});

it('a word is found by its beginning, the last one of a query', async () => {
  expect(await titles('paint nor')).toHaveLength(2);
  expect(await titles('pai north')).toHaveLength(0);
});

it('only words with letters that others lack have other spellings', () => {
  expect(otherSpellings('Plain words, café and 東京')).toEqual([]);
  expect(otherSpellings('Die Müllerstraße, die MÜLLERSTRASSE')).toEqual(['mullerstrasse', 'muellerstrasse']);
});
