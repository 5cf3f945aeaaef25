import { createServer, type RequestListener, type Server } from 'node:http';
import { UsageError } from './arguments.ts';

/** An HTTP server that is bound before there is anything to serve, and says so until there is. */
export interface HttpServer {
  readonly url: string;
  /** From now on requests go to this listener. */
  serve(listener: RequestListener): void;
  /** Idempotent. */
  stop(): Promise<void>;
}

// GraphiQL holds everybody's tokens: no other machine gets to see it.
const HOSTS = ['127.0.0.1', '::1'];

const STARTING_PAGE =
  '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="1"><title>Roster</title>Roster is starting…';

/**
 * Binds a port of this machine, for this machine alone, before anything else is started, so that a port in use is known
 * at once.
 *
 * @throws UsageError when the port is taken or may not be used
 */
export async function bindHttp(port: number): Promise<HttpServer> {
  let listener: RequestListener = sayStarting;
  const servers: Server[] = [];
  const stop = async () => void (await Promise.all(servers.map(close)));
  try {
    for (const host of HOSTS) {
      const server = createServer((request, response) => {
        if (request.url === '/') response.writeHead(302, { location: '/graphql' }).end();
        else listener(request, response);
      });
      if (await listen(server, port, host)) servers.push(server);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: `http://localhost:${port}`,
    serve: (next) => {
      listener = next;
    },
    stop,
  };
}

const sayStarting: RequestListener = (request, response) => {
  const forPerson = request.headers.accept?.includes('text/html');
  response.writeHead(503, { 'content-type': forPerson ? 'text/html' : 'application/json', 'retry-after': '1' });
  response.end(forPerson ? STARTING_PAGE : JSON.stringify({ status: 'starting' }));
};

/** False when this machine has no such address, as without IPv6. */
function listen(server: Server, port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT') resolve(false);
      else reject(new UsageError(problemOf(error, port), { cause: error }));
    });
    server.listen(port, host, () => resolve(true));
  });
}

function problemOf({ code, message }: NodeJS.ErrnoException, port: number): string {
  const another = `another: npm run dev -- --port ${port < 65_000 ? port + 10 : 4010}`;
  if (code === 'EADDRINUSE')
    return `port ${port} is in use by another program; stop that (lsof -i :${port} names it), or choose ${another}`;
  if (code === 'EACCES') return `port ${port} is kept for the administrator; choose ${another}`;
  return `port ${port} can't be used: ${message}; choose ${another}`;
}

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
