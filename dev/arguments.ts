import { parseArgs } from 'node:util';

/** The command line or the environment asks for something that can't be. The message says what to do instead. */
export class UsageError extends Error {}

/** The options of a command, as `parseArgs` takes them. */
export type OptionSpecs = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>['options']>;

/** Levels of the log, most talkative first. */
export const LOG_LEVELS: readonly string[] = ['debug', 'info', 'warn', 'error', 'silent'];

/**
 * Without the `--`, npm takes an option for its own, and what it was meant for is not told.
 *
 * @param command as it is typed, such as `npm run dev`
 * @throws {@link UsageError}
 */
export function refuseTakenByNpm(command: string, options: OptionSpecs, env: NodeJS.ProcessEnv): void {
  const taken = Object.keys(options).find(
    (name) => env['npm_lifecycle_event'] && env[`npm_config_${name.replaceAll('-', '_')}`],
  );
  if (taken) throw new UsageError(`npm has taken --${taken} for itself; put -- before it: ${command} -- --${taken}`);
}

/**
 * Reads options, and words between them where the command takes any.
 *
 * @param help how to ask for the list of options, as it is typed
 * @throws {@link UsageError} for options that there are not, and for values that are missing
 */
export function parseOptions<const T extends OptionSpecs>(
  argv: readonly string[],
  options: T,
  help: string,
  allowPositionals = false,
) {
  // "--seed -1" is a wrong number, not an option called "-1".
  const args = argv.join('\0').replace(/(?<=^|\0)(--[\w-]+)\0(?=-\d)/g, '$1=');
  try {
    return parseArgs({ args: args === '' ? [] : args.split('\0'), options, allowPositionals });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}; "${help}" lists the options`);
  }
}

/** @throws {@link UsageError} naming the option, what it is and what it may be */
export function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new UsageError(`${option} is "${text}"; give a whole number from ${min} to ${max}`);
  }
  return value;
}

/** An address in an environment variable, undefined where it is empty or not set. @throws {@link UsageError} */
export function address(name: string, env: NodeJS.ProcessEnv, example: string): string | undefined {
  const text = env[name];
  if (text && !/^https?:$/.test(URL.parse(text)?.protocol ?? ''))
    throw new UsageError(`${name} is "${text}"; give an address such as ${example}`);
  return text || undefined;
}
