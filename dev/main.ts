import { RosterError } from '../src/errors.ts';
import { HELP, readOptions, UsageError } from './options.ts';
import { DATA_FOLDER } from './paths.ts';
import { type Running, run } from './run.ts';

const print = (text: string) => void process.stdout.write(text);

/** Ends the process by exit code, everything stopped: on a signal, and when npm is gone, which passes no signal on. */
function stopWhenAsked(running: Running): void {
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    print('\nStopping…\n');
    await running.stop();
    process.exit(0);
  };
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop);
  const parent = process.ppid;
  if (process.env['npm_lifecycle_event']) {
    setInterval(() => process.ppid !== parent && stop(), 500).unref();
  }
}

try {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options) stopWhenAsked(await run(options, DATA_FOLDER, print));
  else print(HELP);
} catch (error) {
  // What the user can mend needs no stack trace.
  const expected = error instanceof UsageError || error instanceof RosterError;
  process.stderr.write(`\n${expected ? error.message : (error as Error).stack}\n`);
  process.exit(1);
}
