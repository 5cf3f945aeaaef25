import { readHealth, reasonOf, type SearchHealth } from '../../../src/search/health.ts';
import { type Unclaimed, unclaimed } from '../../../src/search/maintenance/collect.ts';
import type { ExitCode, Surroundings } from '../target.ts';
import { statusText } from './status-text.ts';
import { summarizeWriters, type WriterSummary } from './writer-summary.ts';

/** How the search is, as JSON has it. */
export interface StatusReport extends Omit<SearchHealth, 'writers'> {
  readonly writers: WriterSummary;
  /** Indexes that belong to nothing, or why that can't be told; undefined when the engine does not answer anyway. */
  readonly unclaimed: Unclaimed | { readonly problem: string } | undefined;
}

/** Shows how the search is. */
export async function status({ json }: { readonly json: boolean }, { target, print }: Surroundings): Promise<ExitCode> {
  const health = await readHealth(target.services);
  const report: StatusReport = {
    ...health,
    writers: await summarizeWriters(target.services.table, health.writers),
    unclaimed: 'problem' in health.engine ? undefined : await unclaimedIn(target.services),
  };
  if (json) print(JSON.stringify(report, null, 2));
  else for (const line of statusText(target.name, report)) print(line);
  return 0;
}

async function unclaimedIn({
  table,
  engine,
}: Surroundings['target']['services']): Promise<NonNullable<StatusReport['unclaimed']>> {
  try {
    return await unclaimed(table, await engine.indexes());
  } catch (error) {
    // All the rest is worth showing all the same.
    return { problem: reasonOf(error) };
  }
}
