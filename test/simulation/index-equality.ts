import { isDeepStrictEqual } from 'node:util';
import type { Row } from '../../src/entities/core/statements.ts';
import { searches } from '../../src/search/all.ts';
import type { SearchIndex } from '../../src/search/define.ts';
import { type Document, documentId } from '../../src/search/document.ts';
import { intents } from '../../src/search/indexer/intent.ts';
import { identify, type Plan, planFor } from '../../src/search/indexer/plan.ts';
import { quarantineEntries, quarantineId } from '../../src/search/indexer/quarantine.ts';
import { searchStates } from '../../src/search/indexer/state.ts';
import { writerRecords } from '../../src/search/indexer/writers.ts';
import { runs } from '../../src/search/rebuild/run-record.ts';
import { EPOCH_MS } from './epoch.ts';
import type { MeilisearchModel } from './meilisearch-model.ts';
import { refuses } from './roster-items.ts';
import type { TableModel } from './table-model.ts';
import type { World } from './world.ts';

/** What is compared. */
export interface Compared {
  readonly world: World;
  readonly table: TableModel;
  readonly meilisearch: MeilisearchModel;
  /** Whether a process that still runs has this writer, idle. */
  readonly isLive: (writer: string) => boolean;
  /** Of an indexer that withdraws no keys, say: what else is wrong with it is to be seen. @defaultValue false */
  readonly mayLeaveKeys?: boolean;
}

/** Roster's own records in the table. */
export function recordsIn(table: TableModel) {
  const rows = table.rows().filter(({ pk }) => pk.startsWith('$roster#org_-#'));
  const of = (entity: string) => rows.filter(({ pk }) => pk.startsWith(`$roster#org_-#${entity}_`));
  return {
    intents: of('searchIntent').flatMap((row) => intents.parse(row) ?? []),
    writers: of('searchWriter').flatMap((row) => writerRecords.parse(row) ?? []),
    runs: of('searchRun').flatMap((row) => runs.parse(row) ?? []),
    quarantine: of('quarantine').flatMap((row) => quarantineEntries.parse(row) ?? []),
    states: of('searchState').flatMap((row) => searchStates.parse(row) ?? []),
  };
}

/** Why an item can't be in the indexes: by itself, or since the engine does not take it. */
function problemOf({ problem, documents }: Plan): string | undefined {
  return problem ?? (documents.values().some((document) => refuses(document)) ? 'the engine refuses it' : undefined);
}

/** Items and what the indexes should hold of them. */
function plansOf({ world, table }: Pick<Compared, 'world' | 'table'>): Plan[] {
  const now = new Date(EPOCH_MS + world.nowMs);
  return table
    .rows()
    .filter(({ pk }) => !pk.startsWith('$roster#org_-#'))
    .flatMap((row: Row) => identify([row]).map((target) => planFor(target, row, now)));
}

/** All that is not as it must be once everything is quiet; empty when all is well. */
export function differences(compared: Compared): string[] {
  const plans = plansOf(compared);
  const { intents, writers, runs, states, quarantine } = recordsIn(compared.table);
  const orphans = writers.filter(({ searchWriter }) => !compared.isLive(searchWriter));
  return [
    ...searches.flatMap(({ indexes }) => indexes).flatMap((index) => differencesOf(compared.meilisearch, index, plans)),
    ...strayIndexes(compared.meilisearch),
    ...quarantineDifferences(
      plans,
      quarantine.map((entry) => [entry.quarantine, entry.reason]),
    ),
    ...intents.map(({ searchIntent, items }) => `an intent of ${searchIntent} is left: ${items}`),
    ...orphans.map(({ searchWriter, fencedAt }) => `a writer is left: ${searchWriter} ${fencedAt ?? 'not withdrawn'}`),
    ...(compared.mayLeaveKeys
      ? []
      : strayKeys(compared.meilisearch, new Set(writers.map((each) => each.searchWriter)))),
    ...runs.map(({ searchRun, entities }) => `a rebuild is left: ${searchRun} of ${entities}`),
    ...states.flatMap(({ searchState, phase, epoch, run, damage }) =>
      phase === 'live' && epoch % 2 === 0 && run === undefined && damage === undefined
        ? []
        : [`the state of ${searchState} is ${JSON.stringify({ phase, epoch, run, damage })}`],
    ),
  ];
}

function differencesOf(meilisearch: MeilisearchModel, index: SearchIndex, plans: readonly Plan[]): string[] {
  const contents = meilisearch.contents(index.name);
  if (!contents) return [`there is no index ${index.name}`];
  const settings = meilisearch.settings(index.name) ?? {};
  const wanted = new Map<string, Document>();
  for (const plan of plans) {
    const document = plan.documents.get(index);
    if (document && !problemOf(plan)) wanted.set(document.id, document);
  }
  const found: string[] = [];
  for (const [name, value] of Object.entries(index.settings))
    if (!isDeepStrictEqual(settings[name as keyof typeof settings], value))
      found.push(`${index.name}: ${name} differs`);
  for (const [id, document] of wanted) {
    const actual = contents.get(id);
    if (!actual) found.push(`${index.name}: ${id} is missing`);
    else if (!isDeepStrictEqual(actual, JSON.parse(JSON.stringify(document))))
      found.push(`${index.name}: ${id} is stale: ${JSON.stringify(actual)} instead of ${JSON.stringify(document)}`);
  }
  for (const id of contents.keys()) if (!wanted.has(id)) found.push(`${index.name}: ${id} should not be there`);
  return found;
}

function strayIndexes(meilisearch: MeilisearchModel): string[] {
  const known = new Set(searches.flatMap(({ indexes }) => indexes.map(({ name }) => name)));
  return meilisearch.indexes().flatMap(({ uid }) => (known.has(uid) ? [] : [`an index is left: ${uid}`]));
}

const strayKeys = (meilisearch: MeilisearchModel, writers: ReadonlySet<string>): string[] =>
  meilisearch.keys.left.flatMap((uid) => (writers.has(uid) ? [] : [`a key is left: ${uid}`]));

function quarantineDifferences(plans: readonly Plan[], entries: readonly (readonly [string, string])[]): string[] {
  const wanted = new Map(
    plans.flatMap((plan) => {
      const { search, org, id } = plan.target;
      const problem = problemOf(plan);
      return problem ? [[quarantineId(search.entity.name, org, id), problem] as const] : [];
    }),
  );
  const listed = new Map(entries);
  return [
    ...[...wanted].flatMap(([id, problem]) => (listed.has(id) ? [] : [`${id} is not in quarantine: ${problem}`])),
    ...[...listed].flatMap(([id, reason]) => (wanted.has(id) ? [] : [`${id} is in quarantine: ${reason}`])),
  ];
}

/** Items that the engine was unlucky with: sound, and in quarantine for an error that has passed. */
export function unluckyItems(compared: Pick<Compared, 'world' | 'table'>): Plan[] {
  const reasons = new Map(recordsIn(compared.table).quarantine.map((entry) => [entry.quarantine, entry.reason]));
  return plansOf(compared).filter((plan) => {
    const { search, org, id } = plan.target;
    return reasons.get(quarantineId(search.entity.name, org, id)) === 'an internal error' && !problemOf(plan);
  });
}

/** The document of an item, by id. */
export const idOf = ({ target: { org, id } }: Plan): string => documentId(org, id);
