import { parseOptions, refuseTakenByNpm, UsageError } from '../arguments.ts';
import { STAGE_OPTIONS, type StageOptions, stageOptions } from '../stage-options.ts';

/** What `npm run operations` was asked to do, and for which stage. */
export interface OperationsOptions extends StageOptions {
  readonly command:
    | { readonly name: 'register'; readonly folder: string }
    | { readonly name: 'list' }
    | { readonly name: 'remove'; readonly ids: readonly string[] };
}

/** What `npm run operations -- --help` prints. */
export const HELP = `npm run operations -- COMMAND [options]

Documents that a frontend may have run by their ids (docs/persisted-operations.md).

  register DIR      checks the documents of a frontend against the schema, and registers them unless one is wrong
  list              prints the ids and operations of those that are registered
  remove ID...      removes documents; processes that have run one forget it when they end

Options:
  --stage NAME      a deployed stage, by the credentials and the region of the environment; the local data when left out
  --env-file FILE   the stage's settings, on top of the environment's: TABLE_NAME where that is not roster-NAME
  --help            this
`;

const HOW = 'npm run operations -- --help';

/**
 * Reads the command line.
 *
 * @returns the help text when that was asked for
 * @throws UsageError naming what is wrong and what to give
 */
export function readOptions(argv: readonly string[], env: NodeJS.ProcessEnv): OperationsOptions | string {
  refuseTakenByNpm('npm run operations', STAGE_OPTIONS, env);
  const { values, positionals } = parseOptions(argv, STAGE_OPTIONS, HOW, true);
  if (values.help || argv.length === 0) return HELP;
  return { command: commandOf(positionals), ...stageOptions(values) };
}

function commandOf([name = '', ...words]: readonly string[]): OperationsOptions['command'] {
  const [folder] = words;
  if (name === 'register' && folder !== undefined && words.length === 1) return { name, folder };
  if (name === 'list' && words.length === 0) return { name };
  if (name === 'remove' && words.length > 0) return { name, ids: words };
  const given = [name, ...words].join(' ');
  throw new UsageError(`"${given}" is none of: register DIR, list, remove ID...; "${HOW}" says what they do`);
}
