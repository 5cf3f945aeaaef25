import type { ScheduledEvent } from 'aws-lambda';
import { beforeAll, expect, it, vi } from 'vitest';
import AfterDeploy from '../scripts/after-deploy.cjs';
import { taskSearch } from '../src/search/index.ts';
import { changeState } from '../src/search/indexer/transitions.ts';
import { startFramework } from './support/framework.ts';
import { type LambdaAnswer, type LambdaApi, startLambdaApi } from './support/lambda/api.ts';
import { contextOf } from './support/lambda/context.ts';
import { startRoster, type TestRoster } from './support/roster.ts';

let roster: TestRoster;
let maintain: () => Promise<unknown>;
/** What Lambda answers to the call. */
let answer: () => Promise<LambdaAnswer>;
let lambda: LambdaApi;

beforeAll(async () => {
  lambda = await startLambdaApi(() => answer());
  roster = await startRoster();
  const handlers = await import('../handler.ts');
  maintain = () => handlers.maintain({} as ScheduledEvent, contextOf());
  return async () => {
    lambda.stop();
    await roster.stop();
  };
});

/** What a deployment by the framework itself says last. */
async function afterDeploy(): Promise<string> {
  const framework = await startFramework('deploy', {
    functions: { maintain: { handler: 'handler.maintain', name: 'roster-test-maintain' } },
  });
  const plugin = new AfterDeploy(framework);
  const write = vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
  try {
    await plugin.hooks['after:deploy:deploy']();
    return write.mock.calls.map(([line]) => line).join('');
  } finally {
    write.mockRestore();
  }
}

it('tells whoever has deployed which indexes are to be rebuilt', async () => {
  answer = async () => ({ status: 200, body: JSON.stringify(await maintain()) });
  expect(await afterDeploy()).toBe('The search indexes of test are as declared.\n');
  expect(lambda.calls).toEqual([
    { path: '/2015-03-31/functions/roster-test-maintain/invocations', type: undefined, event: {} },
  ]);
  await changeState(roster.services, taskSearch, (current) => ({ ...current, declaration: 'old' }));
  expect(await afterDeploy()).toBe(
    'Search indexes to be rebuilt, since their declaration has changed: task\n  npm run search -- reindex --stage test\n',
  );
});

it.each([
  [
    'the function fails',
    { status: 200, headers: { 'x-amz-function-error': 'Unhandled' }, body: '{"errorMessage":"MEILI_HOST is missing"}' },
    'MEILI_HOST is missing',
  ],
  [
    'it must not be called',
    { status: 403, headers: { 'x-amzn-errortype': 'AccessDeniedException' }, body: '{"message":"not authorized"}' },
    'not authorized',
  ],
])('does not fail a deployment when %s', async (_what, answered, problem) => {
  answer = async () => answered;
  expect(await afterDeploy()).toBe(
    `The search indexes of test could not be looked at: ${problem}\n` +
      'Once that is mended, this tells what is to be done: npm run search -- status --stage test\n',
  );
});
