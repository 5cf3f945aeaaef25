import { parse, validate } from 'graphql';
import { beforeAll, expect, it } from 'vitest';
import { createItem } from '../src/entities/core/write.ts';
import { Task } from '../src/entities/index.ts';
import { decodeGlobalId } from '../src/schema/electrodb/global-id.ts';
import { schema } from '../src/schema/index.ts';
import { type Company, createCompany } from './support/company.ts';
import { codeBlocks } from './support/markdown.ts';
import { startRoster, type TestRoster } from './support/roster.ts';

const examples = (await codeBlocks('docs/search.md')).filter(({ language }) => language === 'graphql');

let roster: TestRoster;
let acme: Company;

beforeAll(async () => {
  roster = await startRoster();
  acme = await createCompany(roster, 'acme');
  const project = decodeGlobalId(acme.ids.project, 'id').id;
  const description = 'Tiles of the heat shield came off in the second test; find out which glue holds.';
  await createItem(roster.services, Task, 'acme', { project, title: 'Mend the heat shield', description });
  await createItem(roster.services, Task, 'acme', { project, title: 'Christen Apollo' });
  await roster.indexed();
  return () => roster.stop();
});

it.each(['docs/read-your-writes.md', 'docs/search-token.md'])('the schema takes the operations of %s', async (page) => {
  const operations = (await codeBlocks(page)).filter(({ language }) => language === 'graphql');
  expect(operations.length).toBeGreaterThan(0);
  for (const { text } of operations) expect(validate(schema, parse(text)), text).toEqual([]);
});

it('has an example of every way to search', () => expect(examples.length).toBeGreaterThanOrEqual(9));

it.each(examples)('$text', async ({ text: query }) => {
  roster.clock.set('2026-12-20T12:00:00Z');
  const { data, errors } = await roster.graphql(acme.as.hr, query);
  expect(errors).toBeUndefined();
  // Each finds something, or it would show nothing.
  for (const [field, { edges, facets }] of Object.entries<{ edges?: unknown[]; facets?: object }>(data)) {
    expect(edges ?? facets, field).toBeDefined();
    expect(edges, field).not.toEqual([]);
    expect(emptyFacets(facets ?? {}, field)).toEqual([]);
  }
});

/** The paths of the facets that have no values and no range; of several types, of each. */
const emptyFacets = (facets: object, path: string): string[] =>
  Object.entries(facets).flatMap(([name, facet]: [string, unknown]) => {
    const at = `${path}.${name}`;
    if (facet === null || (Array.isArray(facet) && facet.length === 0)) return [at];
    return typeof facet === 'object' && !Array.isArray(facet) ? emptyFacets(facet, at) : [];
  });
