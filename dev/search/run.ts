import { realLogger } from '../../src/logger.ts';
import type { Caller } from './command.ts';
import { doctor } from './commands/doctor.ts';
import { quarantine } from './commands/quarantine.ts';
import { redrive } from './commands/redrive.ts';
import { reindex } from './commands/reindex.ts';
import { status } from './commands/status.ts';
import { type Opening, openTarget } from './open.ts';
import type { SearchOptions } from './options.ts';
import type { ExitCode, Surroundings } from './target.ts';

/** Commands that end by themselves when they are asked to stop; others are left where they are. */
const STOPS_IN_ORDER: readonly string[] = ['reindex', 'redrive'];

/** Does what was asked for. Results go to standard output, all else to standard error. @returns the exit code */
export async function run(
  options: SearchOptions,
  { env, stdout, stderr, started, signal }: Caller & Pick<Opening, 'started'>,
): Promise<ExitCode> {
  const note = (line: string) => void stderr.write(`${line}\n`);
  const print = (line: string) => void stdout.write(`${line}\n`);
  const log = realLogger({ level: env['LOG_LEVEL'] || 'warn', output: stderr });
  const stopped = new Promise<ExitCode>((resolve) => signal.addEventListener('abort', () => resolve(130)));
  const target = await Promise.race([openTarget(options, { env, log, started, note }), stopped]);
  if (typeof target === 'number') return target;
  const work = perform(options, { target, print, note, screen: stderr, signal });
  return STOPS_IN_ORDER.includes(options.command.name) ? work : Promise.race([work, stopped]);
}

function perform({ command }: SearchOptions, surroundings: Surroundings): Promise<ExitCode> {
  switch (command.name) {
    case 'status':
      return status(command, surroundings);
    case 'reindex':
      return reindex(command, surroundings);
    case 'doctor':
      return doctor(command, surroundings);
    case 'quarantine':
      return quarantine(command, surroundings);
    case 'redrive':
      return redrive(surroundings);
  }
}
