import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

// What AWS's Node.js runtime is in a function: a process that asks for events and hands them to the handler.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
const env = (name: string): string => process.env[name] ?? '';
const api = `http://${env('AWS_LAMBDA_RUNTIME_API')}/2018-06-01/runtime`;

const post = (path: string, body: unknown) =>
  fetch(`${api}/${path}`, { method: 'POST', body: JSON.stringify(body ?? null) });

const failure = (error: unknown) => ({
  errorType: error instanceof Error ? error.constructor.name : 'Error',
  errorMessage: error instanceof Error ? error.message : String(error),
});

async function load(): Promise<(event: unknown, context: object) => unknown> {
  const [module = '', name = ''] = env('_HANDLER').split('.');
  const exports = await import(pathToFileURL(join(env('LAMBDA_TASK_ROOT'), `${module}.mjs`)).href);
  return exports[name];
}

const handler = await load().catch(async (error: unknown) => {
  await post('init/error', failure(error));
  process.exit(1);
});

for (;;) {
  const next = await fetch(`${api}/invocation/next`);
  const header = (name: string): string => next.headers.get(`lambda-runtime-${name}`) ?? '';
  const id = header('aws-request-id');
  const context = {
    awsRequestId: id,
    invokedFunctionArn: header('invoked-function-arn'),
    functionName: env('AWS_LAMBDA_FUNCTION_NAME'),
    getRemainingTimeInMillis: () => Number(header('deadline-ms')) - Date.now(),
  };
  try {
    await post(`invocation/${id}/response`, await handler(await next.json(), context));
  } catch (error) {
    await post(`invocation/${id}/error`, failure(error));
  }
}
