import { searches } from '../all.ts';
import { readStates } from '../indexer/reading.ts';
import { joinRun } from '../rebuild/begin.ts';
import { RunBusyError } from '../rebuild/errors.ts';
import type { RebuildServices } from '../rebuild/fill.ts';
import { finish } from '../rebuild/place.ts';
import { resume } from '../rebuild/rebuild.ts';
import { isStuck, runs } from '../rebuild/run-record.ts';
import { DEFAULT_SOAK_MS, LAMBDA_OWNER, MAX_ATTEMPTS, type ReindexRequest } from './reindex.ts';

/** What became of the rebuilds under way. */
export interface Tended {
  /** Rebuilds whose indexes from before were removed. */
  readonly finished: readonly string[];
  /** Rebuilds that were broken off at a point where searches or writers wait for them, and were brought on. */
  readonly resumed: readonly string[];
  /** What functions of Lambda were rebuilding when they died: to be asked for again. */
  readonly stalled: readonly ReindexRequest[];
}

/**
 * Looks after rebuilds that nobody works on: ends those that have soaked, and those that a process left half-way
 * through a swap, during which nothing is indexed. Rebuilds that an operator began and broke off are left alone, for
 * only the operator knows whether they are to go on.
 *
 * @param owner names this process
 * @throws when the table or the search engine does not answer; what was done by then stays done
 */
export async function tendRuns(services: RebuildServices, owner: string): Promise<Tended> {
  const { table, clock, log } = services;
  const tended = { finished: [] as string[], resumed: [] as string[], stalled: [] as ReindexRequest[] };
  const states = await readStates(table, searches);
  const now = clock.now().getTime();
  for (const id of new Set([...states.values()].flatMap(({ run }) => run ?? []))) {
    const own = [...states].filter(([, { run }]) => run === id);
    const phases = new Set(own.map(([, { phase }]) => phase));
    const record = await runs.get(table, id);
    if (record && Date.parse(record.leaseUntil) > now) continue;
    const members = own.map(([search]) => search);
    try {
      const isHalfWay = (['swapping', 'restoring', 'removing'] as const).some((phase) => phases.has(phase));
      if (record?.ending || isHalfWay) {
        // Its own process may have ended it since the states were read.
        if (await resume(services, members, { owner, soakMs: record?.soakMs ?? DEFAULT_SOAK_MS }))
          tended.resumed.push(id);
      } else if (phases.has('preparing') || phases.has('building')) {
        if (record?.owner.startsWith(LAMBDA_OWNER) && !isStuck(record, MAX_ATTEMPTS - 1))
          tended.stalled.push({
            entities: members.map(({ entity }) => entity.name),
            maxRcu: record.maxRcu,
            soakMinutes: (record.soakMs ?? DEFAULT_SOAK_MS) / 60_000,
          });
      } else if (record?.soakUntil === undefined || Date.parse(record.soakUntil) <= now) {
        const run = await joinRun(services, members, owner);
        if (run) await finish(services, run);
        tended.finished.push(id);
      }
    } catch (error) {
      if (!(error instanceof RunBusyError)) throw error;
      log.info({ run: id }, 'somebody else has just taken a rebuild over');
    }
  }
  return tended;
}
