import { type OptionSpecs, parseOptions, refuseTakenByNpm, UsageError, wholeNumber } from '../arguments.ts';
import { STAGE_OPTIONS, type StageOptions, stageOptions } from '../stage-options.ts';
import { HELP, HELP_OF } from './help.ts';

/** Which entities' indexes: names, or undefined when nothing was said. */
interface OfEntities {
  readonly entities: readonly string[] | undefined;
}

/** What `npm run search` was asked to do. */
export type SearchCommand =
  | { readonly name: 'status'; readonly json: boolean }
  | ({ readonly name: 'reindex'; readonly all: boolean } & OfEntities & {
        readonly action: 'rebuild' | 'finish' | 'roll-back' | 'abort';
        readonly maxRcu: number | undefined;
        readonly soakMinutes: number;
      })
  | ({ readonly name: 'doctor'; readonly repair: boolean; readonly json: boolean } & OfEntities & {
        readonly maxRcu: number | undefined;
        readonly patienceMs: number | undefined;
      })
  | { readonly name: 'quarantine'; readonly action: 'list' }
  | { readonly name: 'quarantine'; readonly action: 'show'; readonly key: string }
  | { readonly name: 'quarantine'; readonly action: 'retry'; readonly keys: readonly string[] | 'all' }
  | { readonly name: 'redrive' };

/** A command, and which stage it is for. */
export interface SearchOptions extends StageOptions {
  readonly command: SearchCommand;
}

const OPTIONS = {
  status: { ...STAGE_OPTIONS, json: { type: 'boolean' } },
  reindex: {
    ...STAGE_OPTIONS,
    entity: { type: 'string', multiple: true },
    all: { type: 'boolean' },
    'max-rcu': { type: 'string' },
    soak: { type: 'string' },
    finish: { type: 'boolean' },
    'roll-back': { type: 'boolean' },
    abort: { type: 'boolean' },
  },
  doctor: {
    ...STAGE_OPTIONS,
    entity: { type: 'string', multiple: true },
    repair: { type: 'boolean' },
    json: { type: 'boolean' },
    'max-rcu': { type: 'string' },
    patience: { type: 'string' },
  },
  quarantine: { ...STAGE_OPTIONS, all: { type: 'boolean' } },
  redrive: STAGE_OPTIONS,
} as const satisfies Readonly<Record<SearchCommand['name'], OptionSpecs>>;

type Name = SearchCommand['name'];
const NAMES: readonly string[] = Object.keys(OPTIONS);
const isName = (word: string): word is Name => NAMES.includes(word);

const MOST_RCU = 1_000_000;
const MOST_SOAK_MINUTES = 10_080;
const MOST_PATIENCE_SECONDS = 3_600;
const DEFAULT_SOAK_MINUTES = '60';

/**
 * Reads the command line.
 *
 * @returns the help text when that was asked for
 * @throws UsageError naming the command or option, what is wrong and what to give
 */
export function readOptions(argv: readonly string[], env: NodeJS.ProcessEnv): SearchOptions | string {
  const [name = '', ...rest] = argv;
  if (argv.length === 0 || name === '--help' || name === '-h') return HELP;
  if (!isName(name))
    throw new UsageError(
      `"${name}" is no command of npm run search; give one of ${NAMES.join(', ')}, or --help for what they do`,
    );
  const help = `npm run search -- ${name} --help`;
  refuseTakenByNpm(`npm run search`, OPTIONS[name], env);
  const parsed = parseOptions(rest, OPTIONS[name], help, true);
  if (parsed.values.help) return HELP_OF[name];
  const stage = stageOptions(parsed.values);
  const words = parsed.positionals;
  const [extra] = words;
  if (name !== 'quarantine' && extra !== undefined)
    throw new UsageError(`"${extra}" means nothing to ${name}; "${help}" lists what it takes`);
  const readers = {
    status: () => statusOf(rest, help),
    reindex: () => reindexOf(rest, help),
    doctor: () => doctorOf(rest, help),
    quarantine: () => quarantineOf(words, rest, help),
    redrive: (): SearchCommand => ({ name: 'redrive' }),
  };
  return { command: readers[name](), ...stage };
}

function statusOf(rest: readonly string[], help: string): SearchCommand {
  const { values } = parseOptions(rest, OPTIONS.status, help);
  return { name: 'status', json: values.json ?? false };
}

function reindexOf(rest: readonly string[], help: string): SearchCommand {
  const { values } = parseOptions(rest, OPTIONS.reindex, help);
  const actions = (['finish', 'roll-back', 'abort'] as const).filter((each) => values[each]);
  const [action = 'rebuild', second] = actions;
  if (second) throw new UsageError(`--${action} and --${second} exclude each other; give one of them`);
  if (values.all && values.entity) throw new UsageError('--all and --entity exclude each other; give one of them');
  const pointless = (['max-rcu', 'soak'] as const).find((each) => action !== 'rebuild' && values[each] !== undefined);
  if (pointless) throw new UsageError(`--${pointless} means nothing to --${action}, which reads nothing; leave it out`);
  return {
    name: 'reindex',
    action,
    entities: values.entity,
    all: values.all ?? false,
    maxRcu: rcu(values['max-rcu']),
    soakMinutes: wholeNumber('--soak', values.soak ?? DEFAULT_SOAK_MINUTES, 0, MOST_SOAK_MINUTES),
  };
}

function doctorOf(rest: readonly string[], help: string): SearchCommand {
  const { values } = parseOptions(rest, OPTIONS.doctor, help);
  const { patience } = values;
  return {
    name: 'doctor',
    entities: values.entity,
    repair: values.repair ?? false,
    json: values.json ?? false,
    maxRcu: rcu(values['max-rcu']),
    patienceMs:
      patience === undefined ? undefined : wholeNumber('--patience', patience, 0, MOST_PATIENCE_SECONDS) * 1_000,
  };
}

function quarantineOf(words: readonly string[], rest: readonly string[], help: string): SearchCommand {
  const { values } = parseOptions(rest, OPTIONS.quarantine, help, true);
  const [action, key, ...more] = words;
  if (action === 'list' && key === undefined) return { name: 'quarantine', action };
  if (action === 'show' && key !== undefined && more.length === 0) return { name: 'quarantine', action, key };
  if (action === 'retry' && values.all && key === undefined) return { name: 'quarantine', action, keys: 'all' };
  if (action === 'retry' && !values.all && key !== undefined)
    return { name: 'quarantine', action, keys: [key, ...more] };
  const asked = action === undefined ? 'nothing' : `"${words.join(' ')}${values.all ? ' --all' : ''}"`;
  throw new UsageError(`quarantine was asked for ${asked}; give list, show KEY, retry KEY…, or retry --all`);
}

const rcu = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : wholeNumber('--max-rcu', text, 1, MOST_RCU);
