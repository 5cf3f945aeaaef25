import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { Meilisearch } from 'meilisearch';
import { expect } from 'vitest';
import { type Row, UNMARSHALL } from '../../src/entities/core/statements.ts';
import { searches } from '../../src/search/all.ts';
import type { SearchIndex } from '../../src/search/define.ts';
import type { Document } from '../../src/search/document.ts';
import { identify, type Plan, planFor } from '../../src/search/indexer/plan.ts';
import { quarantineEntries, quarantineId } from '../../src/search/indexer/quarantine.ts';
import { dynamoOptions } from '../../src/services.ts';
import type { TestRoster } from './roster.ts';

/** Every index of every searchable entity. */
export const allIndexes: readonly SearchIndex[] = searches.flatMap(({ indexes }) => indexes);

/** A client of the roster's search engine, which shows documents whole. */
export const searchEngine = ({ env }: TestRoster): Meilisearch =>
  new Meilisearch({
    host: env['MEILI_HOST'] ?? '',
    apiKey: env['MEILI_API_KEY'] ?? '',
    requestInit: { headers: { 'accept-encoding': 'identity' } },
    defaultWaitOptions: { interval: 5, timeout: 60_000 },
  });

/** The name by which the engine knows an index. */
export const uidOf = ({ env }: TestRoster, { name }: SearchIndex): string => `${env['SEARCH_INDEX_PREFIX']}${name}`;

/** The documents of an index by id. */
export async function documentsIn(roster: TestRoster, index: SearchIndex): Promise<Record<string, Document>> {
  const { results } = await searchEngine(roster)
    .index(uidOf(roster, index))
    .getDocuments<Record<string, unknown>>({ limit: 100_000 });
  return byId(results as Document[]);
}

/** All rows of the table, read consistently. */
export async function scanTable({ services, env }: TestRoster): Promise<Row[]> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(dynamoOptions(services.config)), {
    unmarshallOptions: { ...UNMARSHALL },
  });
  const rows: Row[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName: env['TABLE_NAME'], ConsistentRead: true }))
    rows.push(...(Items as Row[]));
  client.destroy();
  return rows;
}

/**
 * Promise 2 of the design: every index equals a pure function of the table, and what can't be indexed is in quarantine.
 * Settings are part of it, for without them documents can't be found.
 */
export async function expectIndexEqualsTable(roster: TestRoster): Promise<void> {
  const now = new Date();
  const rows = await scanTable(roster);
  const plans = rows.flatMap((row) => identify([row]).map((target) => planFor(target, row, now)));
  for (const index of allIndexes) {
    const wanted = byId(plans.flatMap(({ documents }) => documents.get(index) ?? []));
    expect(await documentsIn(roster, index), `documents of ${index.name}`).toEqual(wanted);
    const settings = await searchEngine(roster).index(uidOf(roster, index)).getSettings();
    expect(sorted(settings), `settings of ${index.name}`).toMatchObject(sorted(index.settings));
  }
  const entries = await quarantineEntries.list(roster.services.table, 'entries', now);
  const listed = entries.map(({ quarantine, reason }) => [quarantine, reason]);
  expect(Object.fromEntries(listed), 'quarantine').toEqual(Object.fromEntries(plans.flatMap(entryOf)));
}

const entryOf = ({ target: { search, org, id }, problem }: Plan) =>
  problem ? [[quarantineId(search.entity.name, org, id), problem]] : [];

const byId = (documents: readonly Document[]) =>
  Object.fromEntries(documents.map((document) => [document.id, document]));

/** Settings whose order means nothing come back in another one. */
const sorted = (settings: object) =>
  Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      name,
      Array.isArray(value) && name !== 'searchableAttributes' && name !== 'rankingRules' ? [...value].sort() : value,
    ]),
  );
