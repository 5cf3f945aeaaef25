import { enableCompileCache } from 'node:module';
import { failureText } from '../failure.ts';
import { whenParentEnds } from '../parent.ts';
import { readOptions } from './options.ts';

/** For what is under way to be ended in order; then the process ends all the same, and the next start goes on. */
const STOP_TIMEOUT_MS = 10_000;
const STOPPED = 130;
const FAILED = 2;

const started = new AsyncDisposableStack();
const stopping = new AbortController();

/** The first time in order, the second time at once. */
function stop(): void {
  if (stopping.signal.aborted) process.exit(STOPPED);
  process.stderr.write('\nStopping…\n');
  stopping.abort();
  setTimeout(() => process.exit(STOPPED), STOP_TIMEOUT_MS).unref();
}

function stopWhenAsked(): void {
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop);
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => process.exit(STOPPED));
  if (process.env['npm_lifecycle_event']) whenParentEnds(stop);
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2), process.env);
  if (typeof options === 'string') {
    process.stdout.write(options);
    return 0;
  }
  stopWhenAsked();
  // Imported late: all that Roster consists of takes a second to load.
  enableCompileCache();
  const { run } = await import('./run.ts');
  return run(options, { env: process.env, started, signal: stopping.signal });
}

let code = FAILED;
try {
  code = await main();
} catch (error) {
  // What fails because it is being stopped is no news.
  if (stopping.signal.aborted) code = STOPPED;
  else process.stderr.write(`${failureText(error)}\n`);
}
await started.disposeAsync();
process.exit(code);
