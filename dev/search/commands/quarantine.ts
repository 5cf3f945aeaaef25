import { quarantineEntries } from '../../../src/search/indexer/quarantine.ts';
import { itemKeyOf, listQuarantine, retry as retryEntries } from '../../../src/search/maintenance/retry.ts';
import { UsageError } from '../../arguments.ts';
import type { SearchCommand } from '../options.ts';
import { columns } from '../table-text.ts';
import type { ExitCode, Surroundings } from '../target.ts';

type QuarantineCommand = Extract<SearchCommand, { readonly name: 'quarantine' }>;

/** Lists, shows or tries again what can't be indexed. */
export function quarantine(command: QuarantineCommand, surroundings: Surroundings): Promise<ExitCode> {
  if (command.action === 'list') return list(surroundings);
  return command.action === 'show' ? show(command.key, surroundings) : retry(command.keys, surroundings);
}

async function list({ target, print }: Surroundings): Promise<ExitCode> {
  const entries = await listQuarantine(target.services);
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
  const itemKey = itemKeyOf(entry);
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

async function retry(keys: readonly string[] | 'all', { target, print }: Surroundings): Promise<ExitCode> {
  const { services } = target;
  const entries = await listQuarantine(services);
  const unknown = keys === 'all' ? undefined : keys.find((key) => !entries.some((entry) => entry.quarantine === key));
  if (unknown !== undefined) throw notThere(unknown);
  const wanted = keys === 'all' ? entries : entries.filter((entry) => keys.includes(entry.quarantine));
  const { left, quarantined, failed } = await retryEntries(services, wanted);
  for (const { entity, org, id, reason } of quarantined) print(`${entity} ${org} ${id}: ${reason}`);
  print(`${left} of ${wanted.length} left quarantine${failed > 0 ? `; ${failed} could not be tried now` : ''}.`);
  return left === wanted.length ? 0 : 1;
}

const notThere = (key: string): UsageError =>
  new UsageError(`nothing is in quarantine under "${key}"; npm run search -- quarantine list shows the keys`);
