import { readJson, writeJson } from './json-file.ts';
import { DEFAULT_SEED } from './options.ts';
import type { Paths } from './paths.ts';
import type { SeedSummary } from './seed/index.ts';

/** What the table was filled with. */
export interface SeedRecord {
  readonly seed: number;
  /** Unknown when the process was killed between seeding and taking note of it. */
  readonly counts?: SeedSummary | undefined;
}

/** What the file of a data folder says: null when the table's data are of other origin, undefined when nobody knows. */
export const readSeedRecord = ({ seed: file }: Paths) => readJson<SeedRecord | null>(file);

/** @param record undefined when the table's data are of other origin */
export const writeSeedRecord = ({ seed: file }: Paths, record: SeedRecord | undefined) =>
  writeJson(file, record ?? null);

/**
 * The seed of the data, for whoever has no table to ask: undefined when they are of other origin. A folder that was
 * never used will be seeded with the default.
 */
export async function seedIn(paths: Paths): Promise<number | undefined> {
  const record = await readSeedRecord(paths);
  return record === undefined ? DEFAULT_SEED : record?.seed;
}
