import { chunk } from '../../entities/core/sender.ts';
import { isExpired } from '../../entities/core/statements.ts';
import type { Table } from '../../entities/core/table.ts';
import type { Clock } from '../../runtime.ts';
import type { EntitySearch, SearchIndex } from '../define.ts';
import { type Document, documentId, identityOf } from '../document.ts';
import type { Engine } from '../engine/engine.ts';
import { fingerprintOf, isSamePlan, type Plan, type Target } from '../indexer/plan.ts';
import { plansByKey, read } from '../indexer/reading.ts';
import { saysTheSame } from './content.ts';

/** What is wrong with a document that is not as the table says. */
export type Drift = 'missing' | 'stale' | 'orphan' | 'expired';

/** An index to compare, under the name by which the engine has it. */
export interface Compared {
  readonly search: EntitySearch;
  readonly index: SearchIndex;
  readonly name: string;
}

/** What looking again needs. */
export interface RecheckServices {
  readonly table: Table;
  readonly engine: Engine;
  readonly clock: Clock;
  /** How long a difference must last, while its item does not change, before it counts: the indexer may be at it. */
  readonly patienceMs: number;
  /** Called after each {@link BATCH} of looks: waits for as long as what they have read asks for. */
  readonly pay?: (() => Promise<void>) | undefined;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
const BATCH = 500;

/** After so many times the patience, an item that goes on changing is waited for no more. */
const PATIENCES = 3;

/** A difference that lasts, and since when. */
interface Sighting {
  readonly fingerprint: string;
  readonly sinceMs: number;
}

/** What came of looking again. */
export interface Rechecked {
  /** What is wrong, by document id. */
  readonly drift: Map<string, Drift>;
  /** Ids of documents that differed at every look while their items never stopped changing: nobody can tell. */
  readonly unverified: readonly string[];
}

/**
 * Looks at suspects again and again, until each is as it should be, has been wrong for long enough, or has changed for
 * too long. That takes four times the patience, and as long as the looks take.
 */
export async function recheck(
  services: RecheckServices,
  compared: Compared,
  ids: readonly string[],
): Promise<Rechecked> {
  const { clock, patienceMs } = services;
  const found = new Map<string, Drift>();
  const unverified: string[] = [];
  const sightings = new Map<string, Sighting>();
  const start = clock.monotonicMs();
  let pending: string[] = [...ids];
  for (let pause = FIRST_PAUSE_MS; pending.length > 0; pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
    const looks: Look[] = [];
    for (const part of chunk(pending, BATCH)) {
      looks.push(...(await lookAt(services, compared, part)));
      await services.pay?.();
    }
    const now = clock.monotonicMs();
    const isOver = now - start > PATIENCES * patienceMs;
    pending = [];
    for (const { id, fingerprint, drift } of looks) {
      if (!drift) continue;
      const before = sightings.get(id);
      const hasChanged = drift === 'moving' || (before !== undefined && before.fingerprint !== fingerprint);
      const sinceMs = before && !hasChanged ? before.sinceMs : now;
      sightings.set(id, { fingerprint, sinceMs });
      if (drift !== 'moving' && now - sinceMs >= patienceMs) found.set(id, drift);
      // What does not change is decided when the patience is over, however long a look takes.
      else if (isOver && hasChanged) unverified.push(id);
      else pending.push(id);
    }
    if (pending.length > 0) await clock.sleep(pause);
  }
  return { drift: found, unverified };
}

/** One look at one suspect. */
interface Look {
  readonly id: string;
  readonly fingerprint: string;
  /** Undefined when it is as it should be. */
  readonly drift: Drift | 'moving' | undefined;
}

/** Compares documents with their items, which are read before and after. */
async function lookAt(services: RecheckServices, compared: Compared, ids: readonly string[]): Promise<Look[]> {
  const { engine, clock } = services;
  const targets = ids.flatMap((id) => targetOf(compared.search, id) ?? []);
  const before = await read(services, targets);
  const documents = new Map((await engine.documents(compared.name, { ids })).map((each) => [each.id, each]));
  const after = await read(services, targets, { known: plansByKey(before.plans) });
  const plans = new Map(after.plans.map((plan, i) => [idOf(plan), { plan, earlier: before.plans[i] }]));
  const now = clock.now();
  return ids.map((id): Look => {
    const document = documents.get(id);
    const { plan, earlier } = plans.get(id) ?? {};
    // No item can have such an id.
    if (!plan) return { id, fingerprint: '', drift: document && 'orphan' };
    const fingerprint = fingerprintOf(plan);
    if (!isSamePlan(plan, earlier)) return { id, fingerprint, drift: 'moving' };
    return { id, fingerprint, drift: driftOf(plan, compared.index, document, now) };
  });
}

function driftOf(plan: Plan, index: SearchIndex, document: Document | undefined, now: Date): Drift | undefined {
  const wanted = plan.documents.get(index);
  if (saysTheSame(wanted, document)) return undefined;
  if (wanted) return document ? 'stale' : 'missing';
  return plan.row && isExpired(plan.row, now) ? 'expired' : 'orphan';
}

const idOf = ({ target: { org, id } }: Plan): string => documentId(org, id);

/** The item of a document; undefined for a document that no item can have. */
export function targetOf(search: EntitySearch, document: string): Target | undefined {
  const identity = identityOf(document);
  return identity && { ...identity, search, key: search.entity.key(identity.org, identity.id) };
}
