import { DEFAULT_SEED } from './options.ts';
import type { Paths } from './paths.ts';
import { showProgress } from './progress.ts';
import { type SeedOptions, type SeedSummary, seed } from './seed/index.ts';
import { readProgress } from './seed/marker.ts';
import { readSeedRecord, type SeedRecord, writeSeedRecord } from './seed-record.ts';
import type { Stack } from './stack.ts';

/** For about 10 seconds. */
const ATTEMPTS = 10;
const FIRST_BACK_OFF = 4;

/** What seeding has come to. */
export interface Seeding {
  /** How many items were written just now. */
  readonly items: number;
  /** What the table was filled with, now or before; undefined when its data are of other origin. */
  readonly record: SeedRecord | undefined;
}

/**
 * Fills the table with example data if it is empty, or was left half-filled.
 *
 * @param asked which data to fill it with
 */
export async function ensureSeeded(
  { services, isEmpty }: Stack,
  asked: number | undefined,
  paths: Paths,
  started: AsyncDisposableStack,
): Promise<Seeding> {
  const progress = showProgress('seeding');
  started.defer(() => progress.end());
  let items = 0;
  const options: SeedOptions = {
    seed: asked ?? DEFAULT_SEED,
    isEmpty,
    onProgress: (done, total) => {
      items = total;
      progress.update(done, total);
    },
  };
  const counts = await whileServerRestarts(services, () => seed(services, options));
  progress.end();
  const record = await recordOf(services, counts, paths);
  await writeSeedRecord(paths, record);
  return { items, record };
}

/** Acts again when the server has come back, unless that takes too long. */
async function whileServerRestarts<T>({ clock, log }: Stack['services'], action: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await action();
    } catch (error) {
      if (!isConnectionLost(error) || attempt === ATTEMPTS) throw error;
      log.debug({ err: error, attempt }, 'DynamoDB does not answer; seeding is tried again');
      await clock.backOff(FIRST_BACK_OFF + attempt);
    }
  }
}

const isConnectionLost = (error: unknown): boolean =>
  error instanceof Error &&
  (('code' in error && /^(ECONN|EPIPE)/.test(String(error.code))) || isConnectionLost(error.cause));

/** The table knows best which seed it is of; a file has the counts. */
async function recordOf(
  services: Stack['services'],
  counts: SeedSummary | undefined,
  paths: Paths,
): Promise<SeedRecord | undefined> {
  const marker = await readProgress(services);
  if (marker?.state !== 'done') return undefined;
  const before = await readSeedRecord(paths);
  return { seed: marker.seed, counts: counts ?? (before?.seed === marker.seed ? before.counts : undefined) };
}
