import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../../src/runtime.ts';
import { inWords } from './errors.ts';
import type { Exit, Leashed } from './leash.ts';
import { type Lock, lock } from './lock.ts';
import { type Server, startUntilReady, terminate } from './start.ts';

const FIRST_BACK_OFF_MS = 100;
const LONGEST_BACK_OFF_MS = 5_000;
/** A run of this length counts as healthy: after it the back-off begins anew. */
const HEALTHY_MS = 10_000;

/** A server to keep running. */
export interface SupervisedServer extends Server {
  /** Whether to start it again when it ends unexpectedly: after 100 ms, then 200 ms and so on, at most 5 s. */
  readonly restart: boolean;
  /** Held from before the first start until the server is gone for good. Names the data, not the process. */
  readonly lockFile?: string;
  /** Called after each exit that `stop()` did not ask for. */
  readonly onExit?: (exit: Exit) => void;
  /** Called after each restart, once the server is ready again. */
  readonly onRestart?: (pid: number) => void;
  readonly log: Logger;
}

/** A running server. */
export interface ServerProcess {
  /** The process id of the server itself; between an exit and the restart, of the run that ended. */
  readonly pid: number;
  /** How often it was started again and became ready. */
  readonly restarts: number;
  /**
   * Ends the server: SIGTERM, after 5 seconds SIGKILL. Settles when the process is gone; it won't be started again.
   * Idempotent.
   */
  stop(): Promise<void>;
}

/**
 * Starts a server that dies with this process however this one ends, waits until it is ready and keeps it running.
 *
 * @throws ServerExitedError, ServerNotReadyError when the first start fails; nothing is left running then
 * @throws DataLockedError when `lockFile` is held by somebody else
 *
 * @example
 * const server = await supervise({
 *   name: 'web', command: 'python3', args: ['-um', 'http.server', '8000'], logFile: '/tmp/web.log', restart: true, log,
 *   ready: async (_signal, output) => (await output()).includes('Serving HTTP on'),
 * });
 * await server.stop();
 */
export async function supervise(server: SupervisedServer): Promise<ServerProcess> {
  const held = server.lockFile === undefined ? undefined : lock(server.lockFile);
  const stopping = new AbortController();
  try {
    const run = await startUntilReady(server, stopping.signal);
    server.log.info({ server: server.name, pid: run.pid, logFile: server.logFile }, 'server is up');
    return new Supervisor(server, run, stopping, held);
  } catch (error) {
    held?.release();
    throw error;
  }
}

class Supervisor implements ServerProcess {
  readonly #server: SupervisedServer;
  readonly #stopping: AbortController;
  readonly #lock: Lock | undefined;
  readonly #kept: Promise<void>;
  #run: Leashed;
  #restarts = 0;
  #stopped: Promise<void> | undefined;

  constructor(server: SupervisedServer, run: Leashed, stopping: AbortController, held: Lock | undefined) {
    this.#server = server;
    this.#run = run;
    this.#stopping = stopping;
    this.#lock = held;
    this.#kept = this.#keep();
  }

  get pid(): number {
    return this.#run.pid;
  }

  get restarts(): number {
    return this.#restarts;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  async #end(): Promise<void> {
    this.#stopping.abort();
    await terminate(this.#run);
    // A restart may be under way, whose process is not #run yet.
    await this.#kept;
    this.#lock?.release();
  }

  async #keep(): Promise<void> {
    let backOffMs = FIRST_BACK_OFF_MS;
    for (;;) {
      const readyAt = performance.now();
      const exit = await this.#run.exited;
      if (this.#stopping.signal.aborted) return;
      this.#report(exit);
      if (!this.#server.restart) return;
      if (performance.now() - readyAt >= HEALTHY_MS) backOffMs = FIRST_BACK_OFF_MS;
      for (let up = false; !up; backOffMs = Math.min(2 * backOffMs, LONGEST_BACK_OFF_MS)) {
        up = await this.#startAgain(backOffMs);
        if (this.#stopping.signal.aborted) return;
      }
      this.#restarts++;
      this.#server.log.info({ server: this.#server.name, pid: this.pid }, 'server is up again');
      this.#server.onRestart?.(this.pid);
    }
  }

  /** Whether the server is up and to stay. */
  async #startAgain(afterMs: number): Promise<boolean> {
    const { signal } = this.#stopping;
    try {
      await delay(afterMs, undefined, { signal });
      const run = await startUntilReady(this.#server, signal);
      // stop() may have come in the very moment it became ready, and ended the run before this one.
      if (signal.aborted) await terminate(run);
      else this.#run = run;
      return true;
    } catch (error) {
      if (!signal.aborted) this.#server.log.error({ server: this.#server.name, err: error }, 'server did not come up');
      return false;
    }
  }

  #report(exit: Exit): void {
    const facts = { server: this.#server.name, pid: this.pid, logFile: this.#server.logFile };
    this.#server.log.warn(facts, `server ended unexpectedly: ${inWords(exit)}`);
    this.#server.onExit?.(exit);
  }
}
