import { keyText, type Row, type TableKey } from '../../entities/core/statements.ts';
import type { Table } from '../../entities/core/table.ts';
import type { Clock, Logger } from '../../runtime.ts';
import type { Engine } from '../engine/engine.ts';
import { EngineRefusal, EngineUnavailable } from '../engine/errors.ts';
import { RunOverError } from './errors.ts';
import { intentParts } from './intent.ts';
import { identify, type Plan, planFor, type Reading, read, readStates, refuse, type Target } from './plan.ts';
import { type BatchQuarantine, type Quarantined, readQuarantine } from './quarantine.ts';
import { recoverIndex } from './recover.ts';
import { send } from './send.ts';
import { isSwapping, runBeside } from './state.ts';
import type { Writer, Writers } from './writers.ts';

/** The side effects of indexing. */
export interface ApplyServices {
  readonly table: Table;
  readonly engine: Engine;
  readonly writers: Writers;
  readonly clock: Clock;
  readonly log: Logger;
  /** For one task of Meilisearch to be processed, its time in the queue included, milliseconds. */
  readonly taskTimeoutMs: number;
}

/** What became of the keys; each searchable one counts once. */
export interface ApplyResult {
  /** Keys whose items are now in the indexes as they are in the table, absent ones included. */
  readonly applied: number;
  /** Items that can't be indexed; they are out of the indexes and listed in quarantine. */
  readonly quarantined: readonly Quarantined[];
  /** Keys to try again: an index did not take them, or the items changed faster than they could be indexed. */
  readonly failed: readonly TableKey[];
}

/** Which indexes, and what is known already. */
export interface ApplyOptions {
  /** Only the indexes of this rebuild, and only while they are being built. */
  readonly run?: string;
  /** Items that were read just now, consistently: they need not be read before they are sent. */
  readonly rows?: readonly Row[];
  /**
   * Does not read the items again after they were sent, which costs more than reading them did: the caller compares the
   * whole index with the table later. Called once they were sent; fails when the caller can't see to that any more, as
   * when another process does in its place, and they are left to `sweep` then.
   */
  readonly verifyLater?: () => Promise<void>;
}

/** How often a batch is indexed anew because its items or their indexes changed meanwhile. */
const ROUNDS = 8;

/** How long a batch waits for a swap of its indexes to end. It takes milliseconds, unless whoever does it has died. */
const SWAP_PATIENCE_MS = 10_000;
const SWAP_PAUSE_MS = 50;

/**
 * Makes the indexes equal to the table for these keys, whoever else is writing, and verifies it.
 *
 * The stream, the rebuild, redrive and repair all use this one function. It trusts no event's image: items are read now,
 * consistently, and once more after index and quarantine have been written; a difference means that somebody wrote in
 * between, and those items go around again. Whoever writes last has verified after writing. So do the states of the
 * indexes: a batch that straddles their change goes around too. Keys of entities that aren't searchable are ignored.
 *
 * For `n` items of one entity it costs 2 × ⌈n/100⌉ BatchGets, one Get, one write of the ids and one deletion of it, and
 * ⌈n/100⌉ BatchGets more in a table that ever had something in quarantine; for each index one look at what it has to do,
 * one addition per 5 MB, one deletion, and the waiting for these.
 *
 * @throws when the table does not answer; some of the items may have been indexed by then
 */
export async function apply(
  services: ApplyServices,
  keys: readonly TableKey[],
  options: ApplyOptions = {},
): Promise<ApplyResult> {
  const results: ApplyResult[] = [];
  for (const part of intentParts(identify(keys))) results.push(await applyPart(services, part, options));
  return {
    applied: results.reduce((sum, { applied }) => sum + applied, 0),
    quarantined: results.flatMap(({ quarantined }) => quarantined),
    failed: results.flatMap(({ failed }) => failed),
  };
}

async function applyPart(
  services: ApplyServices,
  targets: readonly Target[],
  options: ApplyOptions,
): Promise<ApplyResult> {
  const [quarantine, first] = await Promise.all([
    readQuarantine(services.table, targets),
    firstReading(services, targets, options),
  ]);
  const { verifyLater } = options;
  try {
    return await services.writers.use(targets, async (writer) => {
      const { settled, failed, held } = await goAround(services, writer, quarantine, first, options);
      await verifyLater?.();
      if (verifyLater || failed.length === 0) writer.settle();
      const quarantined = settled.flatMap(quarantinedBy);
      for (const entry of quarantined) services.log.warn(entry, 'an item can not be indexed and is in quarantine');
      return { applied: settled.length - quarantined.length, quarantined, failed: [...failed, ...held].map(keyOf) };
    });
  } catch (error) {
    if (!(error instanceof EngineUnavailable || error instanceof EngineRefusal)) throw error;
    services.log.warn(
      { err: error, items: targets.length },
      'the search engine gave no writer; it will be tried again',
    );
    return { applied: 0, quarantined: [], failed: targets.map(({ key }) => key) };
  }
}

const keyOf = ({ target }: Plan): TableKey => target.key;

const quarantinedBy = ({ target: { search, org, id }, problem }: Plan): Quarantined[] =>
  problem ? [{ entity: search.entity.name, org, id, reason: problem }] : [];

async function firstReading(
  services: ApplyServices,
  targets: readonly Target[],
  { rows }: ApplyOptions,
): Promise<Reading> {
  if (!rows) return read(services, targets);
  const byKey = new Map(rows.map((row) => [keyText(row), row]));
  const now = services.clock.now();
  const plans = targets.map((target) => planFor(target, byKey.get(keyText(target.key)), now));
  return { plans, states: await readStates(services.table, [...new Set(targets.map(({ search }) => search))]) };
}

/** What became of the items of a batch. */
interface Outcome {
  readonly settled: readonly Plan[];
  readonly failed: readonly Plan[];
  /** Failed without anything of them having been sent. */
  readonly held: readonly Plan[];
}

/** Sends the items and reads them again, until nothing has changed in between. */
async function goAround(
  services: ApplyServices,
  writer: Writer,
  quarantine: BatchQuarantine,
  first: Reading,
  { run, verifyLater }: ApplyOptions,
): Promise<Outcome> {
  const settled: Plan[] = [];
  const failed: Plan[] = [];
  const held: Plan[] = [];
  const verdicts = new Map<string, Verdict>();
  // Whoever enters an item in quarantine, or takes it out again, reads it again in any case.
  const entered = new Set<string>();
  const isRead = ({ target: { key } }: Plan) => !verifyLater || entered.has(keyText(key));
  let reading = first;
  for (let round = 1; reading.plans.length > 0 && round <= ROUNDS; round++) {
    const before = await afterSwaps(services, reading);
    if (run !== undefined) assertBeside(before, run);
    const sent = await send(services, writer, before, run);
    failed.push(...sent.refused);
    // What is held in a later round was sent in one before.
    (round === 1 ? held : failed).push(...sent.held);
    for (const { target, problem } of sent.taken) if (problem) entered.add(keyText(target.key));
    await quarantine.update(sent.taken.filter(isRead), services.clock.now());
    for (const [plan, problem] of sent.condemned)
      verdicts.set(keyText(plan.target.key), { fingerprint: plan.fingerprint, problem });
    const missing = sent.missing.flatMap(({ plans }) => plans);
    const looked = [...sent.taken, ...sent.condemned.keys(), ...missing];
    const again = await readAgain(services, looked, isRead);
    const plans = again.plans.map((plan) => judged(plan, verdicts));
    const isSteady = ({ search }: Target) => before.states.get(search)?.epoch === again.states.get(search)?.epoch;
    const isSettled = (plan: Plan, i: number) =>
      i < sent.taken.length && plan.fingerprint === sent.taken[i]?.fingerprint && isSteady(plan.target);
    settled.push(...plans.filter(isSettled));
    reading = { plans: plans.filter((plan, i) => !isSettled(plan, i)), states: again.states };
    for (const { plans: own, index } of sent.missing) {
      const [lost] = own;
      // Where the state has changed, the index was rightly gone.
      if (!lost || !isSteady(lost.target)) continue;
      await recoverIndex(services, lost.target.search, index);
    }
  }
  failed.push(...reading.plans);
  return { settled, failed, held };
}

/** The items as they are now; those that somebody verifies later as they were. */
async function readAgain(
  services: ApplyServices,
  plans: readonly Plan[],
  isRead: (plan: Plan) => boolean,
): Promise<Reading> {
  const involved = [...new Set(plans.map(({ target }) => target.search))];
  const targets = plans.filter(isRead).map(({ target }) => target);
  const again = await read(services, targets, { known: byKey(plans), involved });
  const now = byKey(again.plans);
  return { plans: plans.map((plan) => now.get(keyText(plan.target.key)) ?? plan), states: again.states };
}

/** What the engine has against an item as it was. */
interface Verdict {
  readonly fingerprint: string;
  readonly problem: string;
}

/** The plan, or that of not indexing an item which the engine could not index as it still is. */
function judged(plan: Plan, verdicts: ReadonlyMap<string, Verdict>): Plan {
  const verdict = verdicts.get(keyText(plan.target.key));
  return verdict?.fingerprint === plan.fingerprint ? refuse(plan, verdict.problem) : plan;
}

const byKey = (plans: readonly Plan[]): ReadonlyMap<string, Plan> =>
  new Map(plans.map((plan) => [keyText(plan.target.key), plan]));

function assertBeside({ states }: Reading, run: string): void {
  for (const [search, state] of states)
    if (runBeside(state) !== run) throw new RunOverError(`the rebuild ${run} of ${search.entity.name} is over`);
}

/** Waits until no index of these items is being swapped, if that does not take too long. */
async function afterSwaps(services: ApplyServices, { plans, states }: Reading): Promise<Reading> {
  const { table, clock } = services;
  const deadline = clock.monotonicMs() + SWAP_PATIENCE_MS;
  let now = states;
  while ([...now.values()].some(isSwapping) && clock.monotonicMs() < deadline) {
    await clock.sleep(SWAP_PAUSE_MS);
    now = await readStates(table, [...states.keys()]);
  }
  return { plans, states: now };
}
