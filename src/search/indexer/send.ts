import { documentId } from '../document.ts';
import { allDone, type Delivery, deliver } from './deliver.ts';
import { IndexMissingError, ServerRestoredError } from './errors.ts';
import type { Plan } from './plan.ts';
import type { Reading } from './reading.ts';
import type { IndexServices } from './recover.ts';
import { noteRestored } from './server-watch.ts';
import { type IndexTarget, indexTargets, isSwapping } from './state.ts';
import { isBehind } from './tasks.ts';
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

/** Plans on their way. */
export interface Sending {
  /**
   * The plans that were sent, once the engine has taken them all, or refused some, which are then sent anew: what it
   * takes later is processed later. Never fails.
   */
  readonly accepted: Promise<readonly Plan[]>;
  readonly outcome: Promise<Sent>;
}

/**
 * Brings plans into all indexes of their entities at once. What fails for one entity does not touch the others.
 *
 * @param run only into the indexes of this rebuild
 */
export function send(
  services: IndexServices,
  writer: Writer,
  { plans, states }: Reading,
  run: string | undefined,
): Sending {
  const entities = [...Map.groupBy(plans, ({ target }) => target.search)].map(([search, own]) => {
    const { promise: accepted, resolve } = Promise.withResolvers<readonly Plan[]>();
    const state = states.get(search);
    const targets = state && !isSwapping(state) ? indexTargets(search, state, run) : [];
    return { accepted, outcome: sendEntity(services, writer, targets, own, resolve).finally(() => resolve([])) };
  });
  return {
    accepted: Promise.all(entities.map(({ accepted }) => accepted)).then((plans) => plans.flat()),
    outcome: together(entities.map(({ outcome }) => outcome)),
  };
}

async function together(entities: readonly Promise<Sent>[]): Promise<Sent> {
  const outcomes = await allDone(entities);
  return {
    taken: outcomes.flatMap(({ taken }) => taken),
    held: outcomes.flatMap(({ held }) => held),
    condemned: new Map(outcomes.flatMap(({ condemned }) => [...condemned])),
    refused: outcomes.flatMap(({ refused }) => refused),
    missing: outcomes.flatMap(({ missing }) => missing),
  };
}

const NOTHING: Sent = { taken: [], held: [], condemned: new Map(), refused: [], missing: [] };

/** @param onAccepted told once the engine has taken the plans; not when none were sent */
async function sendEntity(
  services: IndexServices,
  writer: Writer,
  targets: readonly IndexTarget[],
  plans: readonly Plan[],
  onAccepted: (plans: Promise<readonly Plan[]>) => void,
): Promise<Sent> {
  if (targets.length === 0) return { ...NOTHING, held: plans };
  const names = targets.map(({ name }) => name);
  try {
    if (await isBehind(services, names)) {
      services.log.warn({ indexes: names, items: plans.length }, 'the search engine is far behind: nothing is sent');
      return { ...NOTHING, held: plans };
    }
    const deliveries = deliveriesOf(targets, plans).map((delivery) => deliver(services, writer, delivery));
    onAccepted(Promise.all(deliveries.map(({ accepted }) => accepted)).then(() => plans));
    const condemned = condemnedBy(await allDone(deliveries.map(({ guilty }) => guilty)), plans);
    return { ...NOTHING, taken: plans.filter((plan) => !condemned.has(plan)), condemned };
  } catch (error) {
    const entity = plans[0]?.target.search.entity.name;
    services.log.warn({ err: error, entity, items: plans.length }, 'an index did not take a write');
    if (error instanceof ServerRestoredError) await noteRestored(services);
    if (error instanceof IndexMissingError) return { ...NOTHING, missing: [{ plans, index: error.index }] };
    return { ...NOTHING, refused: plans };
  }
}

const idOf = ({ target: { org, id } }: Plan): string => documentId(org, id);

const deliveriesOf = (targets: readonly IndexTarget[], plans: readonly Plan[]): Delivery[] =>
  targets.map(({ index, name }) => {
    const documents = plans.flatMap((plan) => plan.documents.get(index) ?? []);
    const present = new Set(documents.map(({ id }) => id));
    return { index: name, documents, deletions: plans.map(idOf).filter((id) => !present.has(id)) };
  });

/** The plans of documents that the engine can't index, with its reasons. */
function condemnedBy(guilty: readonly ReadonlyMap<string, string>[], plans: readonly Plan[]): Map<Plan, string> {
  const byDocument = new Map(plans.map((plan) => [idOf(plan), plan]));
  return new Map(
    guilty.flatMap((reasons) =>
      [...reasons].flatMap(([id, reason]): [Plan, string][] => {
        const plan = byDocument.get(id);
        return plan ? [[plan, reason]] : [];
      }),
    ),
  );
}
