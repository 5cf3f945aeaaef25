import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** A request on its way to the real server. */
export interface ProxiedRequest {
  readonly method: string;
  readonly path: string;
  /** DynamoDB's operation, such as `DynamoDB_20120810.BatchGetItem`. */
  readonly operation: string | undefined;
  readonly body: string;
}

/** What comes back. */
export interface ProxiedAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/**
 * What happens to a request: the server sees it when `forward` is called, with another body where one is given, the
 * client gets what is returned, and undefined cuts the connection.
 */
export type Fault = (
  request: ProxiedRequest,
  forward: (body?: string) => Promise<ProxiedAnswer>,
) => Promise<ProxiedAnswer | undefined>;

/** Which requests a fault is for. */
export type Match = (request: ProxiedRequest) => boolean;

/** An HTTP proxy in front of a real server. Without faults it changes nothing. */
export interface FaultProxy {
  readonly url: string;
  /** Everything that was sent since the last `requests.length = 0`. */
  readonly requests: ProxiedRequest[];
  /** Injects a fault until the returned function is called or the test ends; of several, the last that matches counts. */
  inject(match: Match, fault: Fault): () => void;
  stop(): Promise<void>;
}

/** The server never sees the request. */
export const cut: Fault = async () => undefined;

/** The server does what it was asked to do, and nobody hears of it. */
export const loseAnswer: Fault = async (_request, forward) => void (await forward());

/** Overloaded, or being replaced. */
export const unavailable: Fault = async () => ({ status: 503, body: Buffer.from('{"message":"unavailable"}') });

/** Never answers, and keeps the connection. */
export const hang: Fault = () => new Promise(() => undefined);

/** DynamoDB refuses, for this reason. */
export const refuse =
  (name: string, details: object = {}): Fault =>
  async () => ({
    status: 400,
    body: Buffer.from(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, ...details })),
  });

/** Keeps an answer back until somebody has done something meanwhile. */
export const meanwhile =
  (act: (request: ProxiedRequest) => Promise<unknown>): Fault =>
  async (asked, forward) => {
    const answer = await forward();
    await act(asked);
    return answer;
  };

/** A fault for the next request only; later ones pass. */
export function firstOnly(fault: Fault): Fault {
  let used = false;
  return (asked, forward) => {
    if (used) return forward();
    used = true;
    return fault(asked, forward);
  };
}

/** Starts a proxy in front of the server at `target`. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const faults: { readonly match: Match; readonly fault: Fault }[] = [];
  const requests: ProxiedRequest[] = [];
  const agent = new Agent({ keepAlive: true });
  const server = createServer(async (incoming, outgoing) => {
    const body = await buffer(incoming);
    const asked = describe(incoming, body);
    requests.push(asked);
    const fault = faults.findLast(({ match }) => match(asked))?.fault;
    const pass = (other?: string) => forward(target, incoming, other === undefined ? body : Buffer.from(other), agent);
    try {
      answer(outgoing, await (fault ? fault(asked, pass) : pass()));
    } catch {
      // The server is away, which the client sees as it would without a proxy.
      outgoing.destroy();
    }
  });
  // Hops that keep connections longer than the client never cut one under a request.
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    inject(match, fault) {
      const entry = { match, fault };
      faults.push(entry);
      const remove = () => void (faults.includes(entry) && faults.splice(faults.indexOf(entry), 1));
      onTestFinished(remove);
      return remove;
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      agent.destroy();
    },
  };
}

const describe = ({ method = '', url = '', headers }: IncomingMessage, body: Buffer): ProxiedRequest => ({
  method,
  path: url,
  operation: headers['x-amz-target'] as string | undefined,
  body: body.toString(),
});

async function forward(target: string, incoming: IncomingMessage, body: Buffer, agent: Agent): Promise<ProxiedAnswer> {
  const outgoing = request(new URL(incoming.url ?? '/', target), {
    method: incoming.method ?? 'GET',
    headers: { ...incoming.headers, ...lengthOf(incoming, body), host: new URL(target).host },
    agent,
  });
  outgoing.end(body);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 502, body: await buffer(response) };
}

/** Requests without a body have no length, as before. */
const lengthOf = ({ headers }: IncomingMessage, body: Buffer) =>
  headers['content-length'] === undefined ? {} : { 'content-length': String(body.byteLength) };

function answer(outgoing: ServerResponse, result: ProxiedAnswer | undefined): void {
  if (!result) outgoing.destroy();
  else outgoing.writeHead(result.status, { 'content-type': 'application/json' }).end(result.body);
}
