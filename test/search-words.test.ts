import { beforeAll, expect, it } from 'vitest';
import { Task } from '../src/entities/index.ts';
import { indexTable } from './support/document-writer.ts';
import { NOW, startRoster, type TestRoster } from './support/roster.ts';

let roster: TestRoster;
const TITLES = [
  'Paint the wall',
  'Paint the door',
  'Hang the door',
  'C',
  'C#',
  'C++',
  'R&D',
  'RD',
  '🚀',
  '🎉',
  '❤️',
  '!?',
];

beforeAll(async () => {
  roster = await startRoster();
  const common = {
    org: 'acme',
    version: 1,
    createdAt: NOW,
    updatedAt: NOW,
    project: 'p',
    status: 'open',
    priority: 'low',
  };
  await roster.services.table.batchWrite(
    TITLES.map((title, i) => Task.put({ ...common, task: `t${i}`, title, points: TITLES.length - i })),
  );
  await indexTable(roster);
  return () => roster.stop();
});

async function titles(args: string): Promise<string[]> {
  const query = `{ searchTasks(${args}) { totalCount edges { node { title } } } }`;
  const { data, errors } = await roster.graphql({ org: 'acme', role: 'EMPLOYEE' }, query);
  expect(errors).toBeUndefined();
  const found = data.searchTasks.edges.map(({ node }: { node: { title: string } }) => node.title);
  expect(data.searchTasks.totalCount).toBe(found.length);
  return found;
}

it('by relevance, what lacks the last words comes last', async () => {
  expect(await titles('query: "paint door"')).toEqual(['Paint the door', 'Paint the wall']);
  expect(await titles('query: "door paint"')).toEqual(['Paint the door', 'Hang the door']);
});

it('in an order, what lacks a word is not found', async () => {
  expect(await titles('query: "paint door", orderBy: [{ by: POINTS, order: DESC }]')).toEqual(['Paint the door']);
  expect(await titles('query: "the door", orderBy: [{ by: POINTS }]')).toEqual(['Hang the door', 'Paint the door']);
});

it.each([
  ['paint -door', ['Paint the wall']],
  ['-paint door', ['Hang the door']],
  ['door -\\"the door\\"', []],
])('what has a minus before it must not be there: %s', async (query, expected) => {
  expect(await titles(`query: "${query}", orderBy: [{ by: POINTS }]`)).toEqual(expected);
});

it.each([
  ...['C', 'C#', 'C++', 'R&D', 'RD', '🚀', '🎉', '!?'].map((title) => [title, title]),
  ['c#', 'C#'],
  [' r&d. ', 'R&D'],
  // How a symbol is to be drawn is no part of it.
  ['❤', '❤️'],
])('symbols count in filters, blanks and punctuation do not: %s', async (given, expected) => {
  expect(await titles(`filter: { title: { eq: ${JSON.stringify(given)} } }`)).toEqual([expected]);
});

it('beginnings are those of the text as it is compared', async () => {
  const begin = async (text: string) => (await titles(`filter: { title: { startsWith: "${text}" } }`)).toSorted();
  expect(await begin('c')).toEqual(['C', 'C#', 'C++']);
  expect(await begin('C+')).toEqual(['C++']);
  expect(await begin('paint')).toEqual(['Paint the door', 'Paint the wall']);
});
