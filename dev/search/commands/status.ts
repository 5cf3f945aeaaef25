import { type SearchHealth, searchHealth } from '../../../src/search/health.ts';
import { columns } from '../table-text.ts';
import type { ExitCode, Surroundings } from '../target.ts';

/** Shows how the search is. */
export async function status({ json }: { readonly json: boolean }, { target, print }: Surroundings): Promise<ExitCode> {
  const health = await searchHealth(target.services);
  if (json) print(JSON.stringify(health, null, 2));
  else for (const line of statusText(target.name, health)) print(line);
  return 0;
}

function statusText(name: string, { entities, runs, writers, engine }: SearchHealth): string[] {
  const head = ['entity', 'state', 'quarantined', 'remarks'];
  const rows = entities.map(({ entity, phase, run, isOutdated, damage, quarantined }) => {
    const remarks = [
      ...(isOutdated ? ['built by another declaration: reindex'] : []),
      ...(isOutdated === undefined ? ['nothing is known of it yet'] : []),
      ...(damage ? [`damaged: ${damage}`] : []),
    ];
    return [entity, run ? `${phase} (${run})` : phase, String(quarantined), remarks.join('; ') || 'as declared'];
  });
  return [
    `The search of ${name}:`,
    '',
    ...columns([head, ...rows]).map((line) => `  ${line}`),
    '',
    ...listed('Rebuilds', runs.map(runText)),
    ...listed('Writers', writers.map(writerText)),
    ...engineText(engine),
  ];
}

const listed = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [`${title}: none`] : [`${title}:`, ...lines.map((line) => `  ${line}`)];

function runText({ run, entities, since, rows, owner, isAlive, soakUntil }: SearchHealth['runs'][number]): string {
  const what = `${run} of ${entities.join(', ')}, since ${since}, ${rows} rows`;
  if (soakUntil) return `${what}; in place, the indexes from before are kept until ${soakUntil}`;
  return isAlive
    ? `${what}; ${owner} works on it`
    : `${what}; nobody works on it: reindex goes on, reindex --abort gives it up`;
}

function writerText({ writer, expiresOn, fencedAt, items }: SearchHealth['writers'][number]): string {
  if (fencedAt) return `${writer}: ended at ${fencedAt}, ${items} items are suspect and will be indexed once more`;
  return `${writer}: ${items === 0 ? 'idle' : `at work on ${items} items`}, its key ends at ${expiresOn}`;
}

function engineText(engine: SearchHealth['engine']): string[] {
  if ('error' in engine) return [`Search engine: ${engine.error}`];
  const { missing, unknown, leftovers } = engine;
  return [
    ...(missing.length > 0 ? [`Indexes that are missing: ${missing.join(', ')}`] : []),
    ...(leftovers.length > 0 ? [`Indexes left behind by rebuilds, to be deleted: ${leftovers.join(', ')}`] : []),
    ...(unknown.length > 0 ? [`Indexes that no entity has: ${unknown.join(', ')}`] : []),
  ];
}
