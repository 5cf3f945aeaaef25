import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A call of a function by Lambda's own API. */
export interface LambdaCall {
  readonly path: string | undefined;
  /** `Event` for those that nobody waits for; undefined for the others. */
  readonly type: unknown;
  readonly event: unknown;
}

/** What Lambda answers to a call. */
export interface LambdaAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Lambda's own API, as far as calls of functions, and how to stop it. */
export interface LambdaApi {
  /** The calls that it took. */
  readonly calls: LambdaCall[];
  stop(): void;
}

/** Starts it, and has this process's AWS clients ask it. @param answer what becomes of a call; taken when left out */
export async function startLambdaApi(
  answer: (call: LambdaCall) => LambdaAnswer | Promise<LambdaAnswer> = () => ({ status: 202 }),
): Promise<LambdaApi> {
  const calls: LambdaCall[] = [];
  const server = createServer(async (request, response) => {
    const event: unknown = JSON.parse(await text(request));
    const call = { path: request.url, type: request.headers['x-amz-invocation-type'], event };
    const { status, headers = {}, body } = await answer(call);
    if (status < 300) calls.push(call);
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
  return { calls, stop: () => void server.close() };
}
