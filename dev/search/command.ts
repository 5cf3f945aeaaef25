import { failureText } from '../failure.ts';
import { readOptions } from './options.ts';
import type { Screen } from './pace.ts';
import type { ExitCode } from './target.ts';

const STOPPED = 130;
const FAILED = 2;

/** Where a command runs: a process, or a test. */
export interface Caller {
  readonly env: NodeJS.ProcessEnv;
  /** Gets the result. */
  readonly stdout: NodeJS.WritableStream;
  /** Gets all else. */
  readonly stderr: Screen;
  /** Aborted when the user wants it to stop. */
  readonly signal: AbortSignal;
  /** Called once there is something to do, and not only a text to print. */
  readonly onStart?: () => void;
}

/** Runs a command line of `npm run search`, and stops what it has started. @returns the exit code */
export async function command(argv: readonly string[], caller: Caller): Promise<ExitCode | typeof FAILED> {
  const { env, stdout, stderr, signal, onStart } = caller;
  const started = new AsyncDisposableStack();
  try {
    const options = readOptions(argv, env);
    if (typeof options === 'string') {
      stdout.write(options);
      return 0;
    }
    onStart?.();
    // Imported late: all that Roster consists of takes a second to load.
    const { run } = await import('./run.ts');
    return await run(options, { env, stdout, stderr, signal, started });
  } catch (error) {
    // What fails because it is being stopped is no news.
    if (signal.aborted) return STOPPED;
    stderr.write(`${failureText(error)}\n`);
    return FAILED;
  } finally {
    await started.disposeAsync();
  }
}
