import { searches } from '../../../src/search/all.ts';
import type { EntitySearch } from '../../../src/search/define.ts';
import { outdatedSearches } from '../../../src/search/doctor/heal.ts';
import { ensureIndexes } from '../../../src/search/indexer/ensure.ts';
import { readStates } from '../../../src/search/indexer/reading.ts';
import { searchesNamed } from '../../../src/search/maintenance/reindex.ts';
import { rebuild } from '../../../src/search/rebuild/rebuild.ts';
import { runs } from '../../../src/search/rebuild/run-record.ts';
import { UsageError } from '../../arguments.ts';
import type { SearchCommand } from '../options.ts';
import { hasEnded, newOwner } from '../owner.ts';
import { showPace } from '../pace.ts';
import type { ExitCode, Surroundings } from '../target.ts';
import { endRun } from './end-run.ts';

type ReindexCommand = Extract<SearchCommand, { readonly name: 'reindex' }>;

/** Rebuilds indexes, or ends a rebuild in one way or another. */
export async function reindex(command: ReindexCommand, surroundings: Surroundings): Promise<ExitCode> {
  const { services } = surroundings.target;
  const named = command.entities ? searchesNamed('--entity', command.entities) : searches;
  const underWay = await runsOf(surroundings, named);
  const owner = underWay?.owner ?? newOwner();
  if (command.action !== 'rebuild') return endRun(command.action, named, owner, surroundings);
  await ensureIndexes(services);
  const wanted = command.all || command.entities ? named : await outdatedSearches(services, named);
  if (underWay?.isSoaking) {
    if (wanted.length === 0) return said(surroundings.print, inPlaceText(underWay.entities, underWay.soakUntil));
    throw new UsageError(
      `the rebuild of ${underWay.entities.join(', ')} is in place, and its indexes from before are kept until ` +
        `${underWay.soakUntil}; end it first: npm run search -- reindex --finish, or --roll-back`,
    );
  }
  if (!underWay && wanted.length === 0)
    return said(surroundings.print, [
      'The declaration of no index has changed; --all or --entity NAME rebuilds all the same.',
    ]);
  return run(command, underWay ? searchesNamed('run', underWay.entities) : wanted, owner, surroundings);
}

function said(print: Surroundings['print'], lines: readonly string[]): ExitCode {
  for (const line of lines) print(line);
  return 0;
}

/** The rebuild of some of these entities that is under way, and who is to work on it if its process has died here. */
async function runsOf({ target: { services } }: Surroundings, own: readonly EntitySearch[]) {
  const states = await readStates(services.table, own);
  const [id] = [...states.values()].flatMap(({ run: each }) => each ?? []);
  if (id === undefined) return undefined;
  const members = [...states].filter(([, state]) => state.run === id);
  const record = await runs.get(services.table, id);
  return {
    entities: record?.entities.split(' ') ?? members.map(([{ entity }]) => entity.name),
    isSoaking: members.every(([, { phase }]) => phase === 'soaking'),
    soakUntil: record?.soakUntil,
    // In its name, so that nobody need wait until it is taken for dead.
    owner: record && hasEnded(record.owner) ? record.owner : undefined,
  };
}

async function run(
  { maxRcu, soakMinutes }: ReindexCommand,
  wanted: readonly EntitySearch[],
  owner: string,
  { target: { services }, print, note, screen, signal }: Surroundings,
): Promise<ExitCode> {
  const names = wanted.map(({ entity }) => entity.name);
  const total = await services.table.approximateRows();
  const pace = showPace(services.clock, screen);
  note(`Rebuilding the indexes of ${names.join(', ')} beside the live ones.`);
  try {
    const { run: id, status } = await rebuild(services, wanted, {
      owner,
      maxRcu,
      soakMs: soakMinutes * 60_000,
      signal,
      onProgress: (phase, rows) => pace.update(phase, rows, total),
    });
    pace.end();
    const soakUntil = (await runs.get(services.table, id))?.soakUntil;
    if (status === 'soaking') return said(print, inPlaceText(names, soakUntil));
    if (status === 'ended') {
      print('That rebuild had been given up or rolled back; what was left of it is removed.');
      return 0;
    }
    print('Stopped. The same command goes on from there; reindex --abort gives the rebuild up.');
    return 130;
  } finally {
    pace.end();
  }
}

const inPlaceText = (names: readonly string[], soakUntil: string | undefined): string[] => [
  `The new indexes of ${names.join(', ')} are in their place. Those from before are kept until ${soakUntil}:`,
  '  npm run search -- reindex --finish      removes them now',
  '  npm run search -- reindex --roll-back   puts them back',
];
