import { SABOTAGES, type SabotageName } from './sabotages.ts';
import { play } from './scenario.ts';

/** What many seeds came to. */
export interface SeedReport {
  readonly seeds: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly failures: readonly SeedFailure[];
}

/** A seed that was not well in the end. */
export interface SeedFailure {
  readonly seed: number;
  readonly differences: readonly string[];
}

/** Which seeds to play, one after the other. */
export interface SeedRange {
  readonly from: number;
  /** The last one. */
  readonly to: number;
  /** @defaultValue 1 */
  readonly step?: number;
  readonly sabotage?: SabotageName | undefined;
  /** Stop after so many failures. @defaultValue 20 */
  readonly maxFailures?: number;
  /** Stop at this time of the real clock, milliseconds since 1970. */
  readonly untilMs?: number | undefined;
}

/** Plays seeds, and counts what happened in them. */
export async function playSeeds(range: SeedRange): Promise<SeedReport> {
  const { from, to, step = 1, sabotage, maxFailures = 20, untilMs = Number.POSITIVE_INFINITY } = range;
  const faults: Record<string, number> = {};
  const failures: SeedFailure[] = [];
  let seeds = 0;
  for (let seed = from; seed <= to && failures.length < maxFailures && Date.now() < untilMs; seed += step) {
    const { differences, counts } = await outcomeOf(seed, sabotage);
    if (differences.length > 0) failures.push({ seed, differences });
    for (const [fault, count] of counts) faults[fault] = (faults[fault] ?? 0) + count;
    seeds++;
  }
  return { seeds, faults, failures };
}

/** A run that never ends, or breaks, is as bad as one with differences. */
async function outcomeOf(seed: number, sabotage: SabotageName | undefined) {
  try {
    const { differences, faults } = await play(seed, sabotage ? { sabotage: SABOTAGES[sabotage]() } : {});
    return { differences, counts: faults };
  } catch (error) {
    const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { differences: [problem], counts: new Map<string, number>() };
  }
}

/** The same report of seeds that were played in several places. */
export function mergeReports(reports: readonly SeedReport[]): SeedReport {
  const faults: Record<string, number> = {};
  for (const report of reports)
    for (const [fault, count] of Object.entries(report.faults)) faults[fault] = (faults[fault] ?? 0) + count;
  return {
    seeds: reports.reduce((sum, { seeds }) => sum + seeds, 0),
    faults,
    failures: reports.flatMap(({ failures }) => failures).sort((a, b) => a.seed - b.seed),
  };
}
