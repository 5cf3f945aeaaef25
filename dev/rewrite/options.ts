import { parseOptions, refuseTakenByNpm, UsageError, wholeNumber } from '../arguments.ts';
import { STAGE_OPTIONS, type StageOptions, stageOptions } from '../stage-options.ts';

/** What `npm run rewrite` was asked to do, and for which stage. */
export interface RewriteCommandOptions extends StageOptions {
  /** Names of entities; undefined for all. */
  readonly entities: readonly string[] | undefined;
  /** Only counts. */
  readonly isCheck: boolean;
  /** Capacity units a second; no limit where undefined. */
  readonly maxRcu: number | undefined;
  readonly maxWcu: number | undefined;
}

const OPTIONS = {
  ...STAGE_OPTIONS,
  entity: { type: 'string', multiple: true },
  check: { type: 'boolean' },
  'max-rcu': { type: 'string' },
  'max-wcu': { type: 'string' },
} as const;

/** What `npm run rewrite -- --help` prints. */
export const HELP = `npm run rewrite -- [options]

Gives items that were written before a change of keys the keys of today (docs/changing-keys.md). Nothing else of them
changes, not even their versions. It may be stopped and started again at any time.

Options:
  --entity NAME     only items of this entity; may be given several times
  --check           writes nothing; tells how many items have other keys
  --max-rcu N       read capacity units a second that it may use
  --max-wcu N       write capacity units a second that it may use
  --stage NAME      a deployed stage, by the credentials and the region of the environment; the local data when left out
  --env-file FILE   the stage's settings, on top of the environment's: TABLE_NAME where that is not roster-NAME
  --help            this

Ends with 0 when all items have the keys of today, with 1 when some have not.
`;

const MOST_UNITS = 1_000_000;

/**
 * Reads the command line.
 *
 * @returns the help text when that was asked for
 * @throws UsageError naming the option, what is wrong and what to give
 */
export function readOptions(argv: readonly string[], env: NodeJS.ProcessEnv): RewriteCommandOptions | string {
  refuseTakenByNpm('npm run rewrite', OPTIONS, env);
  const { values, positionals } = parseOptions(argv, OPTIONS, 'npm run rewrite -- --help', true);
  if (values.help) return HELP;
  const [word] = positionals;
  if (word !== undefined) throw new UsageError(`"${word}" means nothing to it; name an entity by --entity ${word}`);
  return {
    ...stageOptions(values),
    entities: values.entity,
    isCheck: values.check ?? false,
    maxRcu: units('--max-rcu', values['max-rcu']),
    maxWcu: units('--max-wcu', values['max-wcu']),
  };
}

const units = (option: string, text: string | undefined): number | undefined =>
  text === undefined ? undefined : wholeNumber(option, text, 1, MOST_UNITS);
