import { documentId } from '../define.ts';
import { allDone, deliver } from './deliver.ts';
import { IndexMissingError, ServerRestoredError } from './errors.ts';
import type { Plan, Reading } from './plan.ts';
import type { IndexServices } from './recover.ts';
import { noteRestored } from './server-watch.ts';
import { type IndexTarget, indexTargets, isSwapping } from './state.ts';
import { isBehind, type TaskServices } from './tasks.ts';
import type { Writer } from './writers.ts';

/** What became of the plans that were sent. */
export interface Sent {
  /** They are in all indexes of their entity. */
  readonly taken: readonly Plan[];
  /** The engine can't index their documents, for these reasons; their neighbours are taken. */
  readonly condemned: ReadonlyMap<Plan, string>;
  /** Nothing of them was sent: their indexes change places, or have so much to do that more would only add to it. */
  readonly held: readonly Plan[];
  /** They may or may not be in some of the indexes; the same again may go well later. */
  readonly refused: readonly Plan[];
  /** Like `refused`, for the reason that an index is not there. */
  readonly missing: readonly { readonly plans: readonly Plan[]; readonly index: string }[];
}

/**
 * Brings plans into all indexes of their entities at once. What fails for one entity does not touch the others.
 *
 * @param run only into the indexes of this rebuild
 */
export async function send(
  services: IndexServices,
  writer: Writer,
  { plans, states }: Reading,
  run: string | undefined,
): Promise<Sent> {
  const outcomes = await Promise.all(
    [...Map.groupBy(plans, ({ target }) => target.search)].map(async ([search, own]): Promise<Sent> => {
      const state = states.get(search);
      if (!state || isSwapping(state)) return { ...NOTHING, held: own };
      const targets = indexTargets(search, state, run);
      const names = targets.map(({ name }) => name);
      try {
        if (await isBehind(services, names)) {
          services.log.warn({ indexes: names, items: own.length }, 'the search engine is far behind: nothing is sent');
          return { ...NOTHING, held: own };
        }
        const condemned = await sendEntity(services, writer, targets, own);
        return { ...NOTHING, taken: own.filter((plan) => !condemned.has(plan)), condemned };
      } catch (error) {
        services.log.warn(
          { err: error, entity: search.entity.name, items: own.length },
          'an index did not take a write',
        );
        if (error instanceof ServerRestoredError) await noteRestored(services);
        if (error instanceof IndexMissingError) return { ...NOTHING, missing: [{ plans: own, index: error.index }] };
        return { ...NOTHING, refused: own };
      }
    }),
  );
  return {
    taken: outcomes.flatMap(({ taken }) => taken),
    held: outcomes.flatMap(({ held }) => held),
    condemned: new Map(outcomes.flatMap(({ condemned }) => [...condemned])),
    refused: outcomes.flatMap(({ refused }) => refused),
    missing: outcomes.flatMap(({ missing }) => missing),
  };
}

const NOTHING: Sent = { taken: [], held: [], condemned: new Map(), refused: [], missing: [] };

/** @returns the plans whose documents the engine can't index, with its reasons */
async function sendEntity(
  services: TaskServices,
  writer: Writer,
  targets: readonly IndexTarget[],
  plans: readonly Plan[],
): Promise<ReadonlyMap<Plan, string>> {
  const byDocument = new Map(plans.map((plan) => [documentId(plan.target.org, plan.target.id), plan]));
  const guilty = await allDone(
    targets.map(({ index, name }) => {
      const documents = plans.flatMap((plan) => plan.documents.get(index) ?? []);
      const present = new Set(documents.map(({ id }) => id));
      const deletions = [...byDocument.keys()].filter((id) => !present.has(id));
      return deliver(services, writer, { index: name, documents, deletions });
    }),
  );
  return new Map(
    guilty.flatMap((reasons) =>
      [...reasons].flatMap(([id, reason]): [Plan, string][] => {
        const plan = byDocument.get(id);
        return plan ? [[plan, reason]] : [];
      }),
    ),
  );
}
