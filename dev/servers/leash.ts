import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { finished } from 'node:stream';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('./leash.sh', import.meta.url));
const OUTPUT_BYTES = 64 * 1024;

/** What to run, and where its output goes. */
export interface Command {
  /** Path of the program, or its name on the PATH. */
  readonly command: string;
  readonly args: readonly string[];
  /**
   * The whole environment.
   *
   * @defaultValue this process's own
   */
  readonly env?: NodeJS.ProcessEnv;
  /** @defaultValue this process's own working directory */
  readonly cwd?: string;
  /** Receives standard output and standard error, appended. Its folder is made. */
  readonly logFile: string;
}

/** How a process ended: one of the two is null. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One run of a command that dies with this process, however this process ends. */
export interface Leashed {
  /** The process id of the command itself. */
  readonly pid: number;
  /** Settles when neither the command nor anything of its process group is left. Never rejects. */
  readonly exited: Promise<Exit>;
  /** What this run has printed: the last 64 KB of it. */
  output(): Promise<string>;
  /** Sends the command a signal; does nothing when it is gone. */
  signal(name: NodeJS.Signals): void;
}

/**
 * Starts a command on a leash: a watcher process (see `leash.sh`) that kills it as soon as this process is gone,
 * `kill -9` included. If the watcher is killed, this process kills the command. A command that can't be run makes an
 * {@link Exit} of 126 or 127 and a line in the log, as in any shell.
 *
 * The command leads a session of its own, so that Ctrl-C at the terminal reaches only this process, which can then stop
 * things in order.
 */
export async function leash(command: Command): Promise<Leashed> {
  await mkdir(dirname(command.logFile), { recursive: true });
  const log = await open(command.logFile, 'a');
  try {
    const start = (await log.stat()).size;
    const child = spawn('/bin/sh', [SCRIPT, command.command, ...command.args], {
      cwd: command.cwd,
      env: command.env,
      detached: true,
      stdio: ['pipe', log.fd, log.fd, 'pipe'],
    });
    const exited = untilGone(child);
    await once(child, 'spawn');
    if (child.pid === undefined) throw new Error(`${command.command} was started and has no process id`);
    return {
      pid: child.pid,
      exited,
      output: () => readFrom(command.logFile, start),
      signal: (name) => child.kill(name),
    };
  } finally {
    await log.close();
  }
}

async function untilGone(child: ChildProcess): Promise<Exit> {
  const [pipe, , , lifeline] = child.stdio;
  if (!pipe || !lifeline || !('resume' in lifeline)) throw new Error('the leash has no pipes');
  const cut = new Promise<void>((resolve) => finished(lifeline.resume(), () => resolve()));
  const ended = new Promise<Exit>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));

  void cut.then(() => {
    // Not reaped yet, so the number is still that of our group.
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) killGroup(child.pid);
  });
  const exit = await ended;
  // Ends the watcher too, and with it whatever else a wrapper script left behind in the group.
  pipe.destroy();
  await cut;
  return exit;
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (error) {
    // ESRCH, on macOS EPERM: only a zombie is left, which is as good as killed.
    if (!(error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'EPERM'))) throw error;
  }
}

async function readFrom(path: string, start: number): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const from = Math.max(start, size - OUTPUT_BYTES);
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(Math.max(0, size - from)), position: from });
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
