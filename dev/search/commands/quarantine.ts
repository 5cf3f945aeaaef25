import { chunk } from '../../../src/entities/core/sender.ts';
import { searches } from '../../../src/search/all.ts';
import { apply } from '../../../src/search/indexer/apply.ts';
import { quarantineEntries } from '../../../src/search/indexer/quarantine.ts';
import { UsageError } from '../../arguments.ts';
import type { SearchCommand } from '../options.ts';
import { columns } from '../table-text.ts';
import type { ExitCode, Surroundings } from '../target.ts';

type QuarantineCommand = Extract<SearchCommand, { readonly name: 'quarantine' }>;
type Entry = Awaited<ReturnType<typeof entriesOf>>[number];

const BATCH = 500;

/** Lists, shows or tries again what can't be indexed. */
export function quarantine(command: QuarantineCommand, surroundings: Surroundings): Promise<ExitCode> {
  if (command.action === 'list') return list(surroundings);
  return command.action === 'show' ? show(command.key, surroundings) : retry(command.keys, surroundings);
}

const entriesOf = ({ target: { services } }: Surroundings) =>
  quarantineEntries.list(services.table, 'entries', services.clock.now());

async function list(surroundings: Surroundings): Promise<ExitCode> {
  const { print } = surroundings;
  const entries = await entriesOf(surroundings);
  const rows = entries.map(({ quarantine: key, createdAt, attempts, reason }) => [
    key,
    createdAt,
    String(attempts),
    reason,
  ]);
  if (rows.length === 0) print('Nothing is in quarantine.');
  else for (const line of columns([['key', 'since', 'attempts', 'reason'], ...rows])) print(line);
  return 0;
}

async function show(key: string, { target: { services }, print }: Surroundings): Promise<ExitCode> {
  const entry = await quarantineEntries.get(services.table, key);
  if (!entry) throw notThere(key);
  const { itemEntity, itemOrg, itemId } = entry;
  const itemKey = keyOf(entry);
  const row = itemKey && (await services.table.get(itemKey, { consistent: true }));
  const facts: [string, string][] = [
    ['entity', itemEntity],
    ['organization', itemOrg],
    ['id', itemId],
    ['reason', entry.reason],
    ['attempts', String(entry.attempts)],
    ['since', entry.createdAt],
    ['table key', itemKey ? `${itemKey.pk} / ${itemKey.sk}` : 'none: the entity is not searchable any more'],
    ['item', row ? `version ${row['version']}, changed at ${row['updatedAt']}` : 'deleted'],
  ];
  for (const line of columns(facts)) print(line);
  return 0;
}

async function retry(keys: readonly string[] | 'all', surroundings: Surroundings): Promise<ExitCode> {
  const { target, print } = surroundings;
  const { services } = target;
  const entries = await entriesOf(surroundings);
  const unknown = keys === 'all' ? undefined : keys.find((key) => !entries.some((entry) => entry.quarantine === key));
  if (unknown !== undefined) throw notThere(unknown);
  const wanted = keys === 'all' ? entries : entries.filter((entry) => keys.includes(entry.quarantine));
  // Nobody will ever index what no entity makes documents of.
  const gone = wanted.filter((entry) => !keyOf(entry));
  await services.table.batchWrite(gone.map((entry) => quarantineEntries.delete(entry.quarantine)));
  let [applied, failed] = [gone.length, 0];
  for (const part of chunk(wanted, BATCH)) {
    const result = await apply(
      services,
      part.flatMap((entry) => keyOf(entry) ?? []),
    );
    applied += result.applied;
    failed += result.failed.length;
    for (const { entity, org, id, reason } of result.quarantined) print(`${entity} ${org} ${id}: ${reason}`);
  }
  const left = wanted.length - applied;
  print(`${applied} of ${wanted.length} left quarantine${failed > 0 ? `; ${failed} could not be tried now` : ''}.`);
  return left === 0 ? 0 : 1;
}

function keyOf({ itemEntity, itemOrg, itemId }: Pick<Entry, 'itemEntity' | 'itemOrg' | 'itemId'>) {
  return searches.find(({ entity }) => entity.name === itemEntity)?.entity.key(itemOrg, itemId);
}

const notThere = (key: string): UsageError =>
  new UsageError(`nothing is in quarantine under "${key}"; npm run search -- quarantine list shows the keys`);
