import { chunk } from '../../entities/core/sender.ts';
import type { Row } from '../../entities/core/statements.ts';
import type { Clock } from '../../runtime.ts';
import type { EntitySearch } from '../define.ts';
import { documentId } from '../document.ts';
import type { Engine } from '../engine/engine.ts';
import { identify, type Plan, planFor } from '../indexer/plan.ts';
import { saysTheSame } from './content.ts';
import type { Compared } from './recheck.ts';

/** What of some rows or documents is not as expected at first sight: ids of documents, by index. */
export type FirstSight = ReadonlyMap<Compared, readonly string[]>;

/** Rows beside what the indexes hold of them. */
export interface ComparedRows {
  readonly suspects: FirstSight;
  /** Ids of the documents that these items have or had, by entity. */
  readonly ids: ReadonlyMap<EntitySearch, readonly string[]>;
  /** How many items should have documents, by entity. */
  readonly documents: ReadonlyMap<EntitySearch, number>;
}

const BATCH = 1_000;

/**
 * Compares rows with their documents, which are asked for by their ids: what is missing, says something else, or should
 * not be there. What is written meanwhile is among the suspects.
 *
 * @throws EngineRefusal `index_not_found`
 */
export async function compareRows(
  { engine, clock }: { readonly engine: Engine; readonly clock: Clock },
  rows: readonly Row[],
  indexes: readonly Compared[],
): Promise<ComparedRows> {
  const searches = new Set(indexes.map(({ search }) => search));
  const plans = plansOf(rows, searches, clock.now());
  const looks = indexes.map(async (compared) => {
    const wrong: string[] = [];
    for (const part of chunk(plans.get(compared.search) ?? [], BATCH)) {
      const ids = part.map(idOf);
      const found = new Map((await engine.documents(compared.name, { ids })).map((each) => [each.id, each]));
      wrong.push(...ids.filter((id, i) => !saysTheSame(part[i]?.documents.get(compared.index), found.get(id))));
    }
    return [compared, wrong] as const;
  });
  const documents = [...plans].map(
    ([search, own]) => [search, own.filter((plan) => plan.documents.size > 0).length] as const,
  );
  const ids = [...plans].map(([search, own]) => [search, own.map(idOf)] as const);
  return { suspects: new Map(await Promise.all(looks)), ids: new Map(ids), documents: new Map(documents) };
}

const idOf = ({ target: { org, id } }: Plan): string => documentId(org, id);

function plansOf(rows: readonly Row[], searches: ReadonlySet<EntitySearch>, now: Date): Map<EntitySearch, Plan[]> {
  const plans = new Map<EntitySearch, Plan[]>();
  for (const row of rows)
    for (const target of identify([row])) {
      if (!searches.has(target.search)) continue;
      const own = plans.get(target.search) ?? [];
      own.push(planFor(target, row, now));
      plans.set(target.search, own);
    }
  return plans;
}
