import { RosterError } from '../../src/errors.ts';
import type { Exit } from './leash.ts';

const LAST_LINES = 15;

/** A program that a local server needs is not on this machine. The message lists where it was looked for and what to do. */
export class ProgramMissingError extends RosterError {
  readonly code = 'PROGRAM_MISSING';
  /** Where it was looked for, and what was found there. */
  readonly looked: readonly string[];

  /** @param program its name and what it is for, such as `dynoxide, the local DynamoDB` */
  constructor(program: string, looked: readonly string[], advice: readonly string[], options?: ErrorOptions) {
    const list = (lines: readonly string[]) => lines.map((line) => `\n  - ${line}`).join('');
    super(`${program}, was not found. Looked for:${list(looked)}\nDo one of these:${list(advice)}`, options);
    this.looked = looked;
  }
}

/** A server ended before it was ready. The message has its exit code and the last lines it printed. */
export class ServerExitedError extends RosterError {
  readonly code = 'SERVER_EXITED';
  readonly exit: Exit;
  /** What it printed, at most 64 KB. */
  readonly output: string;

  constructor(name: string, exit: Exit, output: string, logFile: string) {
    super(`${name} ended before it was ready (${inWords(exit)}). Its log, ${logFile}, ends with:\n${tail(output)}`);
    this.exit = exit;
    this.output = output;
  }
}

/** A server runs and does not become ready in time. */
export class ServerNotReadyError extends RosterError {
  readonly code = 'SERVER_NOT_READY';

  constructor(name: string, timeoutMs: number, output: string, logFile: string, options?: ErrorOptions) {
    super(`${name} was not ready after ${timeoutMs} ms. Its log, ${logFile}, ends with:\n${tail(output)}`, options);
  }
}

/** The port asked for, or every port tried, belongs to another program. */
export class PortTakenError extends RosterError {
  readonly code = 'PORT_TAKEN';
  readonly port: number;

  constructor(port: number, options?: ErrorOptions) {
    super(
      `port ${port} is taken by another program; end that (lsof -i :${port} names it) or choose another port`,
      options,
    );
    this.port = port;
  }
}

/** The data belong to a server that still runs: two of them on the same files would damage these. */
export class DataLockedError extends RosterError {
  readonly code = 'DATA_LOCKED';

  constructor(lockFile: string, options?: ErrorOptions) {
    super(
      `another process, such as a second "npm run dev", uses the data next to ${lockFile}; end it, or use another folder`,
      options,
    );
  }
}

/** The data were written by a version that the installed program can't follow. */
export class DataIncompatibleError extends RosterError {
  readonly code = 'DATA_INCOMPATIBLE';

  /** @param problem what the program itself says */
  constructor(name: string, dataDir: string, problem: string, options?: ErrorOptions) {
    super(
      `${name} can't use the data in ${dataDir}: ${problem}\n` +
        'Start again with "npm run dev -- --reset", which deletes the local data and makes them anew, ' +
        'or install the version that wrote them.',
      options,
    );
  }
}

/** An exit in words, such as `exit code 1` or `killed by SIGKILL`. */
export function inWords(exit: Exit): string {
  return exit.signal === null ? `exit code ${exit.code}` : `killed by ${exit.signal}`;
}

function tail(output: string): string {
  return output.trimEnd().split('\n').slice(-LAST_LINES).join('\n') || '(nothing)';
}
