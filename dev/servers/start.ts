import { setTimeout as delay } from 'node:timers/promises';
import { RosterError } from '../../src/errors.ts';
import { ServerExitedError, ServerNotReadyError } from './errors.ts';
import { type Command, type Leashed, leash } from './leash.ts';

const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 5_000;
const FIRST_POLL_MS = 2;
const SLOWEST_POLL_MS = 50;

/** A command that serves something, and how to tell that it does. */
export interface Server extends Command {
  /** What messages and logs call it. */
  readonly name: string;
  /**
   * Whether the server serves. Asked every 2 to 50 ms. Must not take another program on the same port for this one: look
   * for the server's own words in `output`, what this run has printed (the last 64 KB). A rejection counts as not yet,
   * except one of a `RosterError`, which gives the start up.
   *
   * @param signal aborted when the answer does not matter any more
   */
  ready(signal: AbortSignal, output: () => Promise<string>): Promise<boolean>;
  /**
   * How long it may take to be ready, in milliseconds.
   *
   * @defaultValue 30,000
   */
  readonly readyTimeoutMs?: number;
}

/**
 * Starts a server and waits until it is ready. After a failure nothing of it is left.
 *
 * @param stopping gives the start up when aborted; the promise then rejects with an `AbortError`
 * @throws ServerExitedError when it ends first
 * @throws ServerNotReadyError when it takes too long
 */
export async function startUntilReady(server: Server, stopping: AbortSignal): Promise<Leashed> {
  const timeoutMs = server.readyTimeoutMs ?? READY_TIMEOUT_MS;
  const timeout = AbortSignal.timeout(timeoutMs);
  const run = await leash(server);
  const ended = new AbortController();
  void run.exited.then(() => ended.abort());
  const probe = new Probe(server, run);
  try {
    await probe.untilReady(AbortSignal.any([stopping, timeout, ended.signal]));
    return run;
  } catch (error) {
    if (ended.signal.aborted)
      throw new ServerExitedError(server.name, await run.exited, await run.output(), server.logFile);
    await terminate(run);
    if (!timeout.aborted || error instanceof RosterError) throw error;
    const options = { cause: probe.lastFailure };
    throw new ServerNotReadyError(server.name, timeoutMs, await run.output(), server.logFile, options);
  }
}

/** Ends a run: SIGTERM, and SIGKILL if that has not helped after 5 seconds. Settles when it is gone. */
export async function terminate(run: Leashed): Promise<void> {
  run.signal('SIGTERM');
  const impatience = setTimeout(() => run.signal('SIGKILL'), STOP_TIMEOUT_MS);
  await run.exited;
  clearTimeout(impatience);
}

class Probe {
  readonly #server: Server;
  readonly #run: Leashed;
  lastFailure: unknown;

  constructor(server: Server, run: Leashed) {
    this.#server = server;
    this.#run = run;
  }

  /** Rejects when `signal` is aborted. */
  async untilReady(signal: AbortSignal): Promise<void> {
    for (let pauseMs = FIRST_POLL_MS; ; pauseMs = Math.min(2 * pauseMs, SLOWEST_POLL_MS)) {
      if (await this.#holds(signal)) return;
      await delay(pauseMs, undefined, { signal });
    }
  }

  async #holds(signal: AbortSignal): Promise<boolean> {
    try {
      return await this.#server.ready(signal, () => this.#run.output());
    } catch (error) {
      if (error instanceof RosterError) throw error;
      this.lastFailure = error;
      return false;
    }
  }
}
