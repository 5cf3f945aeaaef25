import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { PortTakenError, ServerExitedError } from './errors.ts';

/** Below the ports that Linux (32768–60999) and macOS (49152–65535) give to outgoing connections, so that none of those
 * holds a server's port while it restarts, and so that a client of a dead server can't connect to itself. */
const FIRST_PORT = 20_000;
const PORT_AFTER_LAST = 32_000;
const ATTEMPTS = 20;

/** What dynoxide, Meilisearch and Java print when they can't have their port. */
const TAKEN = /already in use|address in use|failed to bind/i;

/** Picks a port for a server to try; somebody else may take it meanwhile. */
export type ChoosePort = () => Promise<number>;

/** A random port from 20,000 to 31,999 that nobody listened to a moment ago. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST_PORT, PORT_AFTER_LAST);
    if (await isFree(port)) return port;
  }
}

/** Whether a server could listen on a port of 127.0.0.1 right now. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ port, host: '127.0.0.1' });
    await once(server, 'listening');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return false;
    throw error;
  }
  server.close();
  await once(server, 'close');
  return true;
}

/**
 * Starts a server on the port asked for, or on one that `choose` picks; a picked port that turns out to be taken leads to
 * another, at most 20 times.
 *
 * @throws PortTakenError when the port asked for, or every port picked, is taken
 */
export async function onPort<T>(
  asked: number | undefined,
  choose: ChoosePort,
  start: (port: number) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const port = asked ?? (await choose());
    try {
      return await start(port);
    } catch (error) {
      if (!(error instanceof ServerExitedError && TAKEN.test(error.output))) throw error;
      if (asked !== undefined || attempt === ATTEMPTS) throw new PortTakenError(port, { cause: error });
    }
  }
}
