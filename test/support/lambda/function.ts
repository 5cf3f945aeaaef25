import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** A function to host. */
export interface LambdaOptions {
  readonly name: string;
  /** Where its zip was unpacked. */
  readonly root: string;
  /** As in the template, such as `dist/bundle/handler.graphql`. */
  readonly handler: string;
  /** All of its environment but what Lambda adds. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** A function, as Lambda hosts it: in a process of its own, which takes one event after another. */
export interface LambdaFunction {
  /** Everything that its processes have printed. */
  readonly printed: string;
  /** How many processes were started for it. */
  readonly starts: number;
  /** @throws Error for events that the handler failed at, with its message, or that took too long */
  invoke(event: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

/** An event on its way. */
interface Invocation {
  readonly id: string;
  readonly event: unknown;
  settle(result: { readonly value: unknown } | { readonly error: string }): void;
}

/** Bytes of what a function returns. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MOST_ANSWERED = 6_291_556;
const RUNTIME = fileURLToPath(new URL('runtime.ts', import.meta.url));

/** Speaks Lambda's Runtime API with the processes of one function. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html */
export async function hostFunction(options: LambdaOptions): Promise<LambdaFunction> {
  const { name, timeoutMs } = options;
  const waiting: Invocation[] = [];
  let current: Invocation | undefined;
  let asking: ServerResponse | undefined;
  let timer: NodeJS.Timeout | undefined;
  let child: ChildProcess | undefined;
  let printed = '';
  let starts = 0;

  /** Hands over the next event, where there is one, to the process, as soon as that has asked for it. */
  function next(): void {
    if (current || waiting.length === 0) return;
    child ??= start();
    if (!asking) return;
    current = waiting.shift() as Invocation;
    asking
      .writeHead(200, {
        'content-type': 'application/json',
        'lambda-runtime-aws-request-id': current.id,
        'lambda-runtime-deadline-ms': Date.now() + timeoutMs,
        'lambda-runtime-invoked-function-arn': `arn:aws:lambda:eu-central-1:123456789012:function:${name}`,
      })
      .end(JSON.stringify(current.event));
    asking = undefined;
    timer = setTimeout(expire, timeoutMs);
  }

  function done(result: Parameters<Invocation['settle']>[0]): void {
    clearTimeout(timer);
    (current ?? waiting.shift())?.settle(result);
    current = undefined;
    next();
  }

  /** Lambda ends the process of an event that takes too long; the next event has a new one. */
  async function expire(): Promise<void> {
    await end();
    done({ error: `Task timed out after ${(timeoutMs / 1_000).toFixed(2)} seconds` });
  }

  const server = createServer(async (request, response) => {
    const path = request.url?.replace('/2018-06-01/runtime/', '') ?? '';
    if (path === 'invocation/next') {
      asking = response;
      next();
      return;
    }
    const sent = await text(request);
    if (path.endsWith('/response') && Buffer.byteLength(sent) > MOST_ANSWERED) {
      response.writeHead(413).end();
      done({ error: `Response payload size exceeded maximum allowed payload size (${MOST_ANSWERED} bytes).` });
      return;
    }
    response.writeHead(202).end();
    const body = JSON.parse(sent);
    if (path === 'init/error' || path === `invocation/${current?.id}/error`) done({ error: body.errorMessage });
    else if (path === `invocation/${current?.id}/response`) done({ value: body });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  function start(): ChildProcess {
    starts++;
    const started = spawn(process.execPath, [RUNTIME], {
      env: {
        ...options.env,
        _HANDLER: options.handler,
        LAMBDA_TASK_ROOT: options.root,
        AWS_LAMBDA_FUNCTION_NAME: name,
        AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${(server.address() as AddressInfo).port}`,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const output of [started.stdout, started.stderr])
      output?.setEncoding('utf8').on('data', (chunk: string) => {
        printed += chunk;
      });
    started.once('exit', (code) => {
      if (child !== started) return;
      child = undefined;
      asking = undefined;
      done({ error: `the process ended with ${code}: ${printed}` });
    });
    return started;
  }

  async function end(): Promise<void> {
    const ended = child;
    child = undefined;
    asking = undefined;
    if (!ended || ended.exitCode !== null) return;
    ended.kill('SIGKILL');
    await once(ended, 'close');
  }

  function invoke(event: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const settle: Invocation['settle'] = (result) =>
        'error' in result ? reject(new Error(result.error)) : resolve(result.value);
      waiting.push({ id: randomUUID(), event, settle });
      next();
    });
  }

  return {
    get printed() {
      return printed;
    },
    get starts() {
      return starts;
    },
    invoke,
    async stop() {
      clearTimeout(timer);
      await end();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
