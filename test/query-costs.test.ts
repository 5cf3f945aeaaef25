import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { beforeAll, expect, it } from 'vitest';
import { createTable } from '../src/entities/core/dynamo-table.ts';
import type { TableCall } from '../src/entities/core/table.ts';
import { createItem } from '../src/entities/core/write.ts';
import { Project, Task } from '../src/entities/index.ts';
import type { Explanation } from '../src/plugins/explain/explanation.ts';
import { encodeGlobalId } from '../src/schema/electrodb/global-id.ts';
import { dynamoOptions } from '../src/services.ts';
import type { Canonical } from './fixtures/canonical.ts';
import { CANONICAL_OTHERS } from './fixtures/canonical-others.ts';
import { CANONICAL_READS } from './fixtures/canonical-reads.ts';
import { type Company, createCompany } from './support/company.ts';
import { callText, leastCalls, type World } from './support/least-calls.ts';
import { startRoster, type TestRoster } from './support/roster.ts';

const CANONICAL = [...CANONICAL_READS, ...CANONICAL_OTHERS];
let roster: TestRoster;
let acme: Company;
let values: Readonly<Record<string, string>>;
let world: World;

beforeAll(async () => {
  roster = await startRoster({ EXPLAIN: 'everyone' });
  acme = await createCompany(roster, 'acme');
  const large = await createItem(roster.services, Project, 'acme', { name: 'Large', status: 'planned' });
  for (let i = 0; i < 60; i++) {
    const title = i % 30 === 29 ? `rare ${i}` : `usual ${i}`;
    await createItem(roster.services, Task, 'acme', { title, project: large.project });
  }
  await roster.indexed();
  const page = await roster.graphql(
    acme.as.admin,
    'query($id: ID!) { project(id: $id) { tasks(first: 2) { pageInfo { endCursor } } } }',
    { id: acme.ids.project },
  );
  const cursor = page.data.project.tasks.pageInfo.endCursor;
  values = { ...acme.ids, large: encodeGlobalId('Project', large.project), cursor };
  world = { rows: await allRows(), viewer: acme.as.employee.employee, cursors: new Map([[cursor, 2]]) };
  return () => roster.stop();
});

async function allRows() {
  const { config, clock } = roster.services;
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(dynamoOptions(config)));
  const table = createTable({ client, name: config.tableName, clock });
  return (await table.scan({ segment: 0, segments: 1, limit: 1_000 })).rows;
}

/** What an operation sent by round trip, each round sorted, and what the table read for it. */
interface Sent {
  readonly rounds: readonly (readonly string[])[];
  readonly itemsRead: number;
  readonly readUnits: number;
}

async function send({ query, minimum }: Canonical): Promise<Sent> {
  const viewer = query.includes('viewer') ? acme.as.employee : acme.as.admin;
  roster.trips.length = 0;
  const { errors, extensions } = await roster.graphql(viewer, filled(query), {}, { 'x-roster-explain': '1' });
  expect(errors).toBeUndefined();
  const { calls, totals }: Explanation = extensions.explain;
  expect(totals).toMatchObject({ calls: calls.length, underWay: 0 });
  const explained = [...Map.groupBy(calls, ({ roundTrip }) => roundTrip).values()];
  expect(totals.roundTrips).toBe(explained.length);
  const traced = roster.trips.map((trip) => trip.map(textOf).sort());
  return {
    rounds: minimum ? explained.map((round) => round.map(explainedText).sort()) : traced,
    itemsRead: totals.itemsRead,
    readUnits: calls.reduce((sum, call) => sum + unitsOf(call), 0),
  };
}

/** Amazon counts a read that finds nothing like the smallest that finds something; DynamoDB Local counts it as none. */
function unitsOf(call: Explanation['calls'][number]): number {
  if (!('readUnits' in call)) return 0;
  const reads = 'keys' in call ? call.keys.length : 1;
  return Math.max(call.readUnits, reads * (call.consistent ? 1 : 0.5));
}

const filled = (query: string) => query.replace(/\$(\w+)/g, (name, key: string) => values[key] ?? name);

/** A read of the table as the oracle has it. */
function textOf({ operation, pattern, keys = [], attributes, counts, scanned, items }: TableCall): string {
  const names = keys.map((key) => roster.services.entities.find((entity) => entity.identify(key))?.name);
  const what = pattern ?? [...new Set(names)].sort().join(', ');
  const narrow = attributes !== undefined && !attributes.includes('description');
  return callText(`${operation} ${what}${counts ? ' (count)' : ''}`, scanned ?? Math.max(items, keys.length), narrow);
}

/** Any call, for people. */
function explainedText(call: Explanation['calls'][number]): string {
  const names = 'queries' in call ? call.queries.map(({ index }) => index) : call.pattern.split(', ');
  const consistent = 'consistent' in call && call.consistent;
  return `${call.operation} ${names.sort().join(', ')}${consistent ? ' (consistent)' : ''}`;
}

const sortedRounds = (rounds: readonly (readonly string[])[]) => rounds.map((round) => [...round].sort());

const rows: string[] = [];

it.each(CANONICAL)('$name', async (canonical) => {
  const { query, minimum, byDesign, because } = canonical;
  const least = sortedRounds(minimum ?? leastCalls(filled(query), world));
  const { rounds, itemsRead, readUnits } = await send(canonical);
  expect(rounds).toEqual(byDesign ? sortedRounds(byDesign.sent) : least);
  // Else the decision is none any more.
  if (byDesign) expect(rounds).not.toEqual(least);
  const calls = (each: readonly (readonly string[])[]) => `${each.flat().length} in ${each.length}`;
  rows.push(
    [
      canonical.name,
      `\`${query.replace(/\s+/g, ' ')}\``,
      calls(rounds),
      calls(least),
      rounds.map((round) => round.map((text) => text.replace(/: .*/, '')).join('<br>')).join(' → '),
      itemsRead,
      readUnits,
      byDesign ? `${because}. By design: ${byDesign.why}` : because,
    ].join(' | '),
  );
});

it('docs/query-costs.md lists them', async () => {
  expect(CANONICAL.length).toBeGreaterThan(25);
  const text = `# What queries cost

Each of these is asserted by \`test/query-costs.test.ts\`: what is sent is the least that any implementation over this table
could send, or more by a decision that is named. The least is worked out from the document and the rows by
\`test/support/least-calls.ts\`, which knows nothing of the implementation; for searches and mutations it is written by hand.
Calls in one round trip are sent at the same time; → is the next round trip. Rows and read units are those of the table.
\`docs/explain.md\` shows how to see the same for a query of your own.

| what | query | calls in round trips | at least | sent | rows read | read units | it can't be less, since |
| --- | --- | --- | --- | --- | --- | --- | --- |
${rows.map((row) => `| ${row} |`).join('\n')}
`;
  await expect(text).toMatchFileSnapshot('../docs/query-costs.md');
});
