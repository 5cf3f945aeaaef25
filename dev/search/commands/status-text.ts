import type { SearchHealth } from '../../../src/search/health.ts';
import { columns } from '../table-text.ts';
import type { StatusReport } from './status.ts';
import type { WriterEntry, WriterSummary } from './writer-summary.ts';

/** Where counting stops. */
const MANY = 1_000;

/** How the search is, as lines for people. @param name of what was looked at, such as `stage prod` */
export function statusText(name: string, { entities, runs, lastBatch, writers, engine, unclaimed }: StatusReport) {
  const rows = entities.map(({ entity, phase, run, quarantined, comparison, ...rest }) => [
    entity,
    run ? `${phase} (${run})` : phase,
    quarantined < MANY ? String(quarantined) : `${MANY} or more`,
    comparison ? `${comparison.drift} to repair, ${comparison.startedAt}` : 'not yet',
    remarksOn(rest),
  ]);
  return [
    `The search of ${name}:`,
    '',
    ...columns([['entity', 'state', 'quarantined', 'compared', 'remarks'], ...rows]).map((line) => `  ${line}`),
    '',
    ...(runs.length === 0 ? ['Rebuilds: none'] : ['Rebuilds:', ...indented(runs.map(runText))]),
    batchText(lastBatch),
    ...writersText(writers),
    ...engineText(engine, unclaimed),
  ];
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

function remarksOn({
  isBuilt,
  isOutdated,
  damage,
}: Pick<SearchHealth['entities'][number], 'isBuilt' | 'isOutdated' | 'damage'>): string {
  const remarks = [
    ...(isBuilt ? [] : ['nothing is known of it yet']),
    ...(isBuilt && isOutdated ? ['built by another declaration: reindex'] : []),
    ...(damage ? [`damaged: ${damage}`] : []),
  ];
  return remarks.join('; ') || 'as declared';
}

function runText({ run, entities, startedAt, rows, owner, isAlive, soakUntil }: SearchHealth['runs'][number]): string {
  const what = `${run} of ${entities.join(', ')}, since ${startedAt}, ${rows} rows`;
  if (soakUntil) return `${what}; in place, the indexes from before are kept until ${soakUntil}`;
  return isAlive
    ? `${what}; ${owner} works on it`
    : `${what}; nobody works on it: reindex goes on, reindex --abort gives it up`;
}

function batchText(batch: SearchHealth['lastBatch']): string {
  if (!batch) return 'Last batch: none';
  const { endedAt, lagSeconds, records, failed } = batch;
  return `Last batch: ${records} records, ${failed} to be tried again, done at ${endedAt}, ${lagSeconds} s after the oldest write`;
}

function writersText({ count, suspects, checked, atWork, idle, others, oldest, listed }: WriterSummary): string[] {
  if (count === 0) return ['Writers: none'];
  const kinds = [
    `${atWork} at work`,
    `${idle} idle`,
    ...(checked > 0 ? [`${checked} checked`] : []),
    ...(others > 0 ? [`${others} at work or idle`] : []),
    `${suspects} suspect`,
  ];
  return [
    `Writers: ${count}, the oldest since ${oldest}: ${kinds.join(', ')}`,
    ...indented(listed.map(writerText)),
    ...(count > listed.length ? [`  and ${count - listed.length} more`] : []),
  ];
}

function writerText({ writer, state, expiresOn, fencedAt }: WriterEntry): string {
  if (state === 'checked')
    return `${writer}: checked, its key was withdrawn at ${fencedAt}; it is forgotten two minutes after that would have ended, at ${expiresOn}`;
  if (state !== 'suspect') return `${writer}: ${state}, its key ends at ${expiresOn}`;
  const what = fencedAt ? `its key was withdrawn at ${fencedAt}` : `its key ended at ${expiresOn}`;
  return `${writer}: suspect, ${what}; what it was about to send will be indexed once more`;
}

function engineText(engine: SearchHealth['engine'], unclaimed: StatusReport['unclaimed']): string[] {
  if ('problem' in engine) return [`Search engine: ${engine.problem}`];
  return [
    `Search engine: ${engine.pendingTasks} tasks to do`,
    ...named('Indexes that are missing', engine.missing),
    ...unclaimedText(unclaimed),
  ];
}

function unclaimedText(unclaimed: StatusReport['unclaimed']): string[] {
  if (!unclaimed) return [];
  if ('problem' in unclaimed) return [`Indexes that belong to nothing could not be looked for: ${unclaimed.problem}`];
  return [
    ...named('Indexes left behind by rebuilds, to be deleted', unclaimed.leftovers),
    ...named('Indexes that no entity has', unclaimed.unknown),
  ];
}

const named = (title: string, names: readonly string[]): string[] =>
  names.length === 0 ? [] : [`${title}: ${names.join(', ')}`];
