import { enableCompileCache } from 'node:module';
import { inspect } from 'node:util';
import { ConfigError } from '../src/config.ts';
import { RosterError } from '../src/errors.ts';
import { UsageError } from './arguments.ts';
import { HELP, readOptions } from './options.ts';
import { whenParentEnds } from './parent.ts';
import { DATA_FOLDER } from './paths.ts';

/** For a server that does not end; whatever runs on dies with this process. */
const STOP_TIMEOUT_MS = 6_000;

const print = (text: string) => void process.stdout.write(text);
const started = new AsyncDisposableStack();
let stopping = false;

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  setTimeout(() => process.exit(0), STOP_TIMEOUT_MS);
  print('\nStopping…\n');
  await started.disposeAsync();
  process.exit(0);
}

/** Ends the process with everything stopped, from the first moment on, also half-way through seeding. */
function stopWhenAsked(): void {
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop);
  // The terminal is gone, or the `head` that this was piped into.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', stop);
  if (process.env['npm_lifecycle_event']) whenParentEnds(stop);
}

/** What the user can mend needs no stack trace. */
function explain(error: unknown): string {
  const expected = error instanceof UsageError || error instanceof RosterError || error instanceof ConfigError;
  // Such as "EACCES: permission denied, mkdir '.data'".
  const ofSystem = error instanceof Error && 'syscall' in error && 'path' in error;
  return expected || ofSystem ? error.message : inspect(error);
}

try {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options) {
    stopWhenAsked();
    // Imported late: all that Roster consists of takes a second to load.
    enableCompileCache();
    const { run } = await import('./run.ts');
    await run(options, DATA_FOLDER, { print, started });
  } else print(HELP);
} catch (error) {
  // What fails because everything is being stopped is no news.
  if (!stopping) {
    await started.disposeAsync();
    process.stderr.write(`\n${explain(error)}\n`);
    process.exit(1);
  }
}
