import { enableCompileCache } from 'node:module';
import { whenParentEnds } from '../parent.ts';
import { command } from './command.ts';

/** For what is under way to be ended in order; then the process ends all the same, and the next start goes on. */
const STOP_TIMEOUT_MS = 10_000;
const STOPPED = 130;

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

const code = await command(process.argv.slice(2), {
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: stopping.signal,
  onStart() {
    stopWhenAsked();
    enableCompileCache();
  },
});
process.exit(code);
