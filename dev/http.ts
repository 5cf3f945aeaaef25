import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UsageError } from './options.ts';

/** An HTTP server that is bound before there is anything to serve, and says so until there is. */
export interface HttpServer {
  readonly url: string;
  /** From now on requests go to this listener. */
  serve(listener: RequestListener): void;
  stop(): Promise<void>;
}

/**
 * Binds a port, before anything else is started, so that a port in use is known at once.
 *
 * @throws UsageError when the port is taken
 */
export async function bindHttp(port: number): Promise<HttpServer> {
  let listener: RequestListener = (_request, response) => {
    response.writeHead(503, { 'content-type': 'application/json', 'retry-after': '1' });
    response.end(JSON.stringify({ status: 'starting' }));
  };
  const server = createServer((request, response) => {
    if (request.url === '/') response.writeHead(302, { location: '/graphql' }).end();
    else listener(request, response);
  });
  await listen(server, port);
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    serve: (next) => {
      listener = next;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const listen = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(
        taken
          ? new UsageError(
              `port ${port} is in use by another program; stop that or choose another by --port ${port + 10}`,
            )
          : error,
      );
    });
    server.listen(port, resolve);
  });
