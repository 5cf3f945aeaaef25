import { keyText } from '../../entities/core/statements.ts';
import type { ApplyOptions, ApplyServices } from './apply.ts';
import { RunOverError } from './errors.ts';
import { isSamePlan, type Plan, refuse, type Target } from './plan.ts';
import type { BatchQuarantine } from './quarantine.ts';
import { plansByKey, type Reading, read, readStates } from './reading.ts';
import { recoverIndex } from './recover.ts';
import { type Sending, send } from './send.ts';
import { isSwapping, runBeside } from './state.ts';
import type { Writer } from './writers.ts';

/** How often a batch is indexed anew because its items or their indexes changed meanwhile. */
const ROUNDS = 8;

/** How long a batch waits for a swap of its indexes to end. It takes milliseconds, unless whoever does it has died. */
const SWAP_PATIENCE_MS = 10_000;
const SWAP_PAUSE_MS = 50;

/** What became of the items of a batch. */
export interface Outcome {
  readonly settled: readonly Plan[];
  readonly failed: readonly Plan[];
  /** Failed without anything of them having been sent. */
  readonly held: readonly Plan[];
}

/** Sends the items and reads them again, until nothing has changed in between. */
export async function goAround(
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
  const isRead = ({ target: { key }, problem }: Plan) =>
    !verifyLater || problem !== undefined || entered.has(keyText(key));
  let reading = first;
  for (let round = 1; reading.plans.length > 0 && round <= ROUNDS; round++) {
    const before = await afterSwaps(services, reading);
    if (run !== undefined) assertBeside(before, run);
    const sending = send(services, writer, before, run);
    // What is written later must be read after that.
    const isWritten = quarantine.isTouchedBy(before.plans.filter(isRead));
    const rereading = isWritten ? undefined : readWhileProcessed(services, writer, sending, isRead);
    const [sent, early] = await Promise.all([sending.outcome, rereading]);
    failed.push(...sent.refused);
    // What is held in a later round was sent in one before.
    (round === 1 ? held : failed).push(...sent.held);
    for (const { target, problem } of sent.taken) if (problem) entered.add(keyText(target.key));
    await quarantine.update(sent.taken.filter(isRead), services.clock.now());
    for (const [plan, problem] of sent.condemned) verdicts.set(keyText(plan.target.key), { plan, problem });
    const missing = sent.missing.flatMap(({ plans }) => plans);
    const looked = [...sent.taken, ...sent.condemned.keys(), ...missing];
    const isLast = early?.requests === writer.requests && looked.length === sent.taken.length;
    const again = (isLast && only(early, looked)) || (await readAgain(services, looked, isRead));
    const plans = again.plans.map((plan) => judged(plan, verdicts));
    const isSteady = ({ search }: Target) => before.states.get(search)?.epoch === again.states.get(search)?.epoch;
    const isSettled = (plan: Plan, i: number) =>
      i < sent.taken.length && isSamePlan(plan, sent.taken[i]) && isSteady(plan.target);
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

/** A second reading of items, and how many requests their writer had sent by then. */
interface EarlyReading extends Reading {
  readonly requests: number;
}

/**
 * Reads items again as soon as the engine has taken them, which takes no time while it processes them.
 *
 * @returns undefined when it is too early or that failed: whoever needs it reads them later
 */
async function readWhileProcessed(
  services: ApplyServices,
  writer: Writer,
  { accepted }: Sending,
  isRead: (plan: Plan) => boolean,
): Promise<EarlyReading | undefined> {
  const plans = await accepted;
  // A part that has failed already is being sent anew, and will be accepted after this.
  if (writer.isWaiting) return undefined;
  const { requests } = writer;
  try {
    return { requests, ...(await readAgain(services, plans, isRead)) };
  } catch (error) {
    services.log.debug({ err: error, items: plans.length }, 'items that were sent will be read once more');
    return undefined;
  }
}

/** A reading of some of its items; undefined when one of them was not read. */
function only({ plans, states }: Reading, wanted: readonly Plan[]): Reading | undefined {
  const byKey = plansByKey(plans);
  const own = wanted.flatMap((plan) => byKey.get(keyText(plan.target.key)) ?? []);
  return own.length === wanted.length ? { plans: own, states } : undefined;
}

/** The items as they are now; those that somebody verifies later as they were. */
async function readAgain(
  services: ApplyServices,
  plans: readonly Plan[],
  isRead: (plan: Plan) => boolean,
): Promise<Reading> {
  const involved = [...new Set(plans.map(({ target }) => target.search))];
  const targets = plans.filter(isRead).map(({ target }) => target);
  const again = await read(services, targets, { known: plansByKey(plans), involved });
  const now = plansByKey(again.plans);
  return { plans: plans.map((plan) => now.get(keyText(plan.target.key)) ?? plan), states: again.states };
}

/** What the engine has against an item as it was. */
interface Verdict {
  readonly plan: Plan;
  readonly problem: string;
}

/** The plan, or that of not indexing an item which the engine could not index as it still is. */
function judged(plan: Plan, verdicts: ReadonlyMap<string, Verdict>): Plan {
  const verdict = verdicts.get(keyText(plan.target.key));
  return verdict && isSamePlan(plan, verdict.plan) ? refuse(plan, verdict.problem) : plan;
}

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
