import { SYSTEM_ORG } from '../entities/keys.ts';
import { Quarantine } from '../entities/quarantine.ts';
import { isExpired, keyText, type Row, type TableKey } from '../entities/statements.ts';
import type { Table } from '../entities/table.ts';
import type { Clock, Logger } from '../runtime.ts';
import type { Search } from './client.ts';
import { type Document, documentId, type EntitySearch, type SearchIndex } from './define.ts';
import { searches } from './index.ts';
import { problemOf } from './problems.ts';
import { listQuarantine, type Quarantined, quarantineId, updateQuarantine } from './quarantine.ts';

/** The side effects of indexing. */
export interface ApplyServices {
  readonly table: Table;
  readonly search: Search;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What became of the keys. */
export interface ApplyResult {
  /** Keys whose items are now in the indexes as they are in the table, absent ones included. */
  readonly applied: number;
  /** Items that can't be indexed; they are out of the indexes and listed in quarantine. */
  readonly quarantined: readonly Quarantined[];
  /** Keys to try again: something did not answer, or the items changed faster than they could be indexed. */
  readonly failed: readonly TableKey[];
}

/** How often a batch is indexed anew because its items changed meanwhile. */
const ROUNDS = 8;

/**
 * Makes the indexes equal to the table for these keys, whoever else is writing, and verifies it.
 *
 * The stream, the rebuild, redrive and repair all use this one function. It trusts no event's image: items are read now,
 * consistently, and once more after the index has applied the write; a difference means that somebody wrote in between,
 * and those items go around again. Whoever writes last has verified after writing. Keys of entities that aren't
 * searchable are ignored.
 */
export async function apply(services: ApplyServices, keys: readonly TableKey[]): Promise<ApplyResult> {
  const targets = identify(keys);
  if (targets.length === 0) return { applied: 0, quarantined: [], failed: [] };
  const { table, clock, log } = services;
  const known = await listQuarantine(table);
  let pending = targets;
  let plans = await plan(services, pending);
  const quarantined = new Map<string, Quarantined>();
  const failed: TableKey[] = [];
  for (let round = 1; pending.length > 0; round++) {
    const broken = await send(services, plans);
    const sent = plans.filter(({ target }) => !broken.has(target.search));
    failed.push(...plans.filter(({ target }) => broken.has(target.search)).map(({ target }) => target.key));
    for (const { target, problem } of sent) {
      const id = quarantineId(target.search.entity.name, target.org, target.id);
      if (problem)
        quarantined.set(id, { entity: target.search.entity.name, org: target.org, id: target.id, reason: problem });
      else quarantined.delete(id);
    }
    const reread = await plan(
      services,
      sent.map(({ target }) => target),
    );
    const before = new Map(sent.map((each) => [keyText(each.target.key), each.fingerprint]));
    plans = reread.filter((each) => each.fingerprint !== before.get(keyText(each.target.key)));
    pending = plans.map(({ target }) => target);
    if (round === ROUNDS) {
      failed.push(...pending.map(({ key }) => key));
      break;
    }
  }
  const done = targets.filter(({ key }) => !failed.includes(key));
  const leave = done
    .map(({ search, org, id }) => quarantineId(search.entity.name, org, id))
    .filter((id) => known.has(id) && !quarantined.has(id))
    .map((id) => Quarantine.key(SYSTEM_ORG, id));
  await updateQuarantine(table, known, { enter: [...quarantined.values()], leave }, clock.now());
  for (const entry of quarantined.values()) log.warn(entry, 'an item can not be indexed and is in quarantine');
  return { applied: done.length - quarantined.size, quarantined: [...quarantined.values()], failed };
}

/** A key of a searchable entity. */
interface Target {
  readonly key: TableKey;
  readonly search: EntitySearch;
  readonly org: string;
  readonly id: string;
}

/** What the indexes should hold for a target. */
interface Plan {
  readonly target: Target;
  readonly documents: ReadonlyMap<SearchIndex, Document>;
  /** Why there are no documents although there is an item. */
  readonly problem: string | undefined;
  /** Equal for plans that lead to the same documents. */
  readonly fingerprint: string;
}

function identify(keys: readonly TableKey[]): Target[] {
  const distinct = new Map(keys.map((key) => [keyText(key), key]));
  return [...distinct.values()].flatMap((key) =>
    searches.flatMap((search) => {
      const identity = search.entity.identify(key);
      return identity ? [{ key, search, ...identity }] : [];
    }),
  );
}

async function plan({ table, clock }: ApplyServices, targets: readonly Target[]): Promise<Plan[]> {
  const rows = await table.batchGet(
    targets.map(({ key }) => key),
    { consistent: true },
  );
  const byKey = new Map(rows.map((row) => [keyText(row), row]));
  const now = clock.now();
  return targets.map((target) => planOne(target, byKey.get(keyText(target.key)), now));
}

function planOne(target: Target, row: Row | undefined, now: Date): Plan {
  const { search, org, id } = target;
  const item = row && !isExpired(row, now) ? search.entity.parse(row) : undefined;
  if (!row || !item) return { target, documents: new Map(), problem: undefined, fingerprint: '' };
  const expires = typeof row['expires'] === 'number' ? row['expires'] : undefined;
  const documents = new Map(search.indexes.map((index) => [index, index.document({ org, id }, item, expires)]));
  const problem = [...documents]
    .map(([{ settings }, document]) => problemOf(document, (settings.filterableAttributes ?? []) as string[]))
    .find((found) => found !== undefined);
  const fingerprint = JSON.stringify([...documents.values()]);
  return { target, documents: problem ? new Map() : documents, problem, fingerprint };
}

/** Sends one replacement and one deletion to each index; returns the searches whose indexes did not take it. */
async function send({ search: engine, log }: ApplyServices, plans: readonly Plan[]): Promise<Set<EntitySearch>> {
  const broken = new Set<EntitySearch>();
  const bySearch = Map.groupBy(plans, ({ target }) => target.search);
  const writes = [...bySearch].flatMap(([search, own]) =>
    search.indexes.map(async (index) => {
      const documents = own.flatMap(({ documents: each }) => each.get(index) ?? []);
      const deletions = own
        .filter((each) => !each.documents.has(index))
        .map(({ target }) => documentId(target.org, target.id));
      try {
        await engine.write(index, documents, deletions);
      } catch (error) {
        broken.add(search);
        log.warn(
          { err: error, index: index.name, items: own.length },
          'an index did not take a write; it will be tried again',
        );
      }
    }),
  );
  await Promise.all(writes);
  return broken;
}
