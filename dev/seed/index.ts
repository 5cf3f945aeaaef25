import type { Put } from '../../src/entities/core/statements.ts';
import type { Table } from '../../src/entities/core/table.ts';
import { type OrganizationItems, perOrganization, type SeedItems } from './items.ts';
import { markDone, markStarted, readProgress, type SeedServices } from './marker.ts';
import type { SeedOrg } from './organizations.ts';

export type { SeedServices } from './marker.ts';
export { SEED_ORGS, type SeedOrg } from './organizations.ts';
export { PERSONA_ROLES, type PersonaRole, personaFor } from './personas.ts';

/** What to seed with. */
export interface SeedOptions {
  /** A whole number; the same one gives the same items. */
  readonly seed: number;
  /** Whether the table holds no item at all, read consistently. */
  readonly isEmpty: () => Promise<boolean>;
  /** Told after every batch how many items have been written, guards included. */
  readonly onProgress?: (written: number, total: number) => void;
}

/** How many items of each kind were written, by organization. */
export type SeedSummary = Readonly<Record<SeedOrg, Readonly<Record<keyof OrganizationItems, number>>>>;

// What one BatchWriteItem takes, and how many of them are under way at once.
const BATCH = 25;
const WRITERS = 4;

/**
 * Fills an empty table with the seed data, once: a marker in the table says how far it got. Killed half-way, the next
 * call writes everything again, with the seed that it was begun with.
 *
 * @returns undefined when there was nothing to do: the table is seeded already, or holds items of other origin
 * @example await seed(services, { seed: 42, isEmpty, onProgress: (written, total) => bar.update(written / total) });
 */
export async function seed(services: SeedServices, options: SeedOptions): Promise<SeedSummary | undefined> {
  const chosen = await begin(services, options);
  if (chosen === undefined) return undefined;
  // Loading the gazetteers takes longer than a start of the development stack should when there is nothing to write.
  const [{ generate }, { statementCount, statementsOf }] = await Promise.all([
    import('./generate.ts'),
    import('./statements.ts'),
  ]);
  const items = generate(chosen);
  const total = statementCount(items);
  let done = 0;
  await writeAll(services.table, statementsOf(items), (written) => {
    done += written;
    options.onProgress?.(done, total);
  });
  await markDone(services, chosen);
  return summaryOf(items);
}

/** The seed to write with, or undefined when there is nothing to write. */
async function begin(services: SeedServices, { seed, isEmpty }: SeedOptions): Promise<number | undefined> {
  const progress = (await readProgress(services)) ?? ((await isEmpty()) ? await start(services, seed) : undefined);
  return progress?.state === 'started' ? progress.seed : undefined;
}

/** Whoever lost the race goes by what the winner's marker says. */
const start = async (services: SeedServices, seed: number) =>
  (await markStarted(services, seed)) ? ({ state: 'started', seed } as const) : readProgress(services);

/** Writes in parallel batches; after a failure no further batch is begun. */
async function writeAll(table: Table, statements: Generator<Put>, onWritten: (count: number) => void): Promise<void> {
  const writer = async () => {
    for (let batch = take(statements, BATCH); batch.length > 0; batch = take(statements, BATCH)) {
      await table.batchWrite(batch);
      onWritten(batch.length);
    }
  };
  try {
    await Promise.all(Array.from({ length: WRITERS }, writer));
  } finally {
    statements.return(undefined);
  }
}

// Not the iterator's own take(), which closes it for the next batch.
function take<T>(iterator: Iterator<T>, count: number): T[] {
  const taken: T[] = [];
  while (taken.length < count) {
    const { value, done } = iterator.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}

const summaryOf = (items: SeedItems): SeedSummary =>
  perOrganization((org) => {
    const { offices, employees, projects, tasks } = items[org];
    return {
      offices: offices.length,
      employees: employees.length,
      projects: projects.length,
      tasks: tasks.length,
    };
  });
