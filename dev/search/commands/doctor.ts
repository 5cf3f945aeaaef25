import { searches } from '../../../src/search/all.ts';
import type { EntitySearch } from '../../../src/search/define.ts';
import { type Examined, type ExamineOptions, examine } from '../../../src/search/doctor/examine.ts';
import { damagedSearches, type Healed, type HealServices, heal } from '../../../src/search/doctor/heal.ts';
import type { Drift } from '../../../src/search/doctor/recheck.ts';
import type { Repaired } from '../../../src/search/doctor/repair.ts';
import { unclaimed } from '../../../src/search/maintenance/collect.ts';
import { searchesNamed } from '../../../src/search/maintenance/reindex.ts';
import type { SearchCommand } from '../options.ts';
import { type Pace, showPace } from '../pace.ts';
import { columns } from '../table-text.ts';
import type { ExitCode, Surroundings } from '../target.ts';

type DoctorCommand = Extract<SearchCommand, { readonly name: 'doctor' }>;

const KINDS: readonly Drift[] = ['missing', 'stale', 'orphan', 'expired'];
const EXAMPLES = 5;

/** How one index compares with the table, as JSON has it. */
interface IndexReport
  extends Readonly<Record<Drift, { readonly count: number; readonly examples: readonly string[] }>> {
  readonly index: string;
  readonly documents: number;
  readonly expected: number;
  readonly quarantined: number;
  /** Documents of which nobody can tell, since their items never stopped changing. */
  readonly unverified: number;
  readonly isGone: boolean;
  readonly settings: readonly string[];
}

/** What the doctor has found, after its repair if there was one. */
interface Report {
  readonly indexes: readonly IndexReport[];
  /** Indexes under the prefix that no entity has; no drift. */
  readonly unknown: readonly string[];
  readonly repaired?: Repaired & {
    /** Entities whose indexes are noted as damaged all the same: not all could be repaired, or more happened meanwhile. */
    readonly damaged: readonly string[];
  };
}

/** Compares the indexes with the table, and repairs them if asked to. */
export async function doctor(command: DoctorCommand, { target, print, note, screen }: Surroundings): Promise<ExitCode> {
  const { services } = target;
  const own = command.entities ? searchesNamed('--entity', command.entities) : searches;
  const total = await services.table.approximateRows();
  const pace = showPace(services.clock, screen);
  const options = (label: string): ExamineOptions => ({ ...command, onRows: counting(pace, label, total) });
  try {
    const repaired = command.repair ? await heal(services, own, options('repairing')) : undefined;
    const examined = await examine(services, own, options('comparing'));
    const { leftovers, unknown } = await unclaimed(services.table, await services.engine.indexes());
    const report = {
      ...reportOf(examined, [...leftovers, ...unknown]),
      ...(repaired && { repaired: { ...countsOf(repaired), damaged: await damagedOf(services, own) } }),
    };
    pace.end();
    if (command.json) print(JSON.stringify(report, null, 2));
    else for (const line of reportText(report)) print(line);
    const hasDrift = report.indexes.some(differs);
    if (hasDrift && !command.repair) note('npm run search -- doctor --repair puts it right.');
    const isDamaged = (report.repaired?.damaged.length ?? 0) > 0;
    return hasDrift || isDamaged || unverifiedIn(report.indexes) > 0 ? 1 : 0;
  } finally {
    pace.end();
  }
}

function counting(pace: Pace, label: string, total: number): (rows: number) => void {
  let done = 0;
  return (rows) => {
    done += rows;
    pace.update(label, done, total);
  };
}

const countsOf = ({ applied, deleted, failed }: Healed): Repaired => ({ applied, deleted, failed });

const damagedOf = async (services: HealServices, own: readonly EntitySearch[]) =>
  (await damagedSearches(services)).filter((search) => own.includes(search)).map(({ entity }) => entity.name);

const reportOf = (examined: readonly Examined[], unknown: readonly string[]): Report => ({
  indexes: examined.map(({ name, documents, expected, quarantined, unverified, isGone, settings, drift }) => {
    const found = (kind: Drift) => {
      const ids = [...drift].flatMap(([id, each]) => (each === kind ? [id] : []));
      return { count: ids.length, examples: ids.slice(0, EXAMPLES) };
    };
    const counts = {
      missing: found('missing'),
      stale: found('stale'),
      orphan: found('orphan'),
      expired: found('expired'),
    };
    return { index: name, documents, expected, quarantined, unverified, isGone, settings, ...counts };
  }),
  unknown,
});

const differs = (report: IndexReport): boolean =>
  report.isGone || report.settings.length > 0 || KINDS.some((kind) => report[kind].count > 0);

const unverifiedIn = (indexes: readonly IndexReport[]): number =>
  indexes.reduce((sum, { unverified }) => sum + unverified, 0);

function reportText({ indexes, unknown, repaired }: Report): string[] {
  const head = ['index', 'documents', 'expected', ...KINDS, 'quarantined', 'settings'];
  const rows = indexes.map((report) => [
    report.index,
    report.isGone ? 'gone' : String(report.documents),
    String(report.expected),
    ...KINDS.map((kind) => String(report[kind].count)),
    String(report.quarantined),
    report.settings.length === 0 ? 'as declared' : `other ${report.settings.join(', ')}`,
  ]);
  const examples = indexes.flatMap((report) =>
    KINDS.filter((kind) => report[kind].count > 0).map(
      (kind) =>
        `${report.index}, ${kind}: ${report[kind].examples.join(' ')}${report[kind].count > EXAMPLES ? ' …' : ''}`,
    ),
  );
  const { applied = 0, deleted = 0, failed = 0, damaged = [] } = repaired ?? {};
  return [
    ...(repaired ? [`Repaired: ${applied} items indexed, ${deleted} documents deleted, ${failed} failed.`, ''] : []),
    ...columns([head, ...rows]),
    ...(examples.length > 0 ? ['', ...examples] : []),
    ...(unknown.length > 0 ? ['', `Indexes that no entity has: ${unknown.join(', ')}`] : []),
    '',
    ...verdictOn(indexes),
    ...(damaged.length > 0 ? [`Still noted as damaged, to be repaired once more: ${damaged.join(', ')}`] : []),
  ];
}

function verdictOn(indexes: readonly IndexReport[]): string[] {
  const drifting = indexes.filter(differs).length;
  const unverified = unverifiedIn(indexes);
  const doubt = `Documents that could not be verified, since their items never stopped changing: ${unverified}`;
  if (drifting > 0)
    return [`${drifting} of ${indexes.length} indexes differ from the table.`, ...(unverified > 0 ? [doubt] : [])];
  return unverified > 0 ? ['No difference was found.', doubt] : ['The indexes equal the table.'];
}
