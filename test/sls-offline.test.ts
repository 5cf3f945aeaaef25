import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { tellHolder } from '../dev/holder.ts';
import { localSettings, offlineEnvironment } from '../dev/offline.ts';
import { pathsIn } from '../dev/paths.ts';
import { runningEnvironment } from '../dev/running.ts';
import { freePort, isFree } from '../dev/servers/port.ts';
import { cleanUp, DevCommand } from './fixtures/dev-command.ts';
import { type Company, createCompany } from './support/company.ts';
import { startFramework } from './support/framework.ts';
import { codeBlocks } from './support/markdown.ts';
import { startRoster, type TestRoster } from './support/roster.ts';

// The command of docs/packaging.md, on servers of one's own, as in a terminal that names them.
let roster: TestRoster;
let acme: Company;
let api: DevCommand;
let lambdaPort: number;

async function startOffline(): Promise<DevCommand> {
  const blocks = await codeBlocks('docs/packaging.md');
  const command = blocks.find(({ text }) => text.startsWith('npx sls offline'))?.text.trim() ?? '';
  const port = await freePort();
  lambdaPort = await freePort();
  const line = `${command} --httpPort ${port} --lambdaPort ${lambdaPort}`;
  const { PATH, HOME } = process.env;
  return new DevCommand(process.cwd(), port, ['/bin/sh', '-c', line], { PATH, HOME, ...roster.env });
}

beforeAll(async () => {
  roster = await startRoster();
  // The process knows no clock but the real one.
  roster.clock.set(new Date().toISOString());
  api = await startOffline();
  const up = api.printed(/Server ready/);
  acme = await createCompany(roster, 'acme');
  await up;
  return async () => {
    await cleanUp([]);
    await roster.stop();
  };
});

it('answers queries and mutations by a development token, and finds what was written', async () => {
  const manager = await roster.token(acme.as.manager);
  const board = await api.graphql(manager, 'query ($id: ID!) { project(id: $id) { name tasks { totalCount } } }', {
    id: acme.ids.project,
  });
  expect(board).toMatchObject({ status: 200, data: { project: { name: 'Apollo', tasks: { totalCount: 5 } } } });
  const create = `mutation ($project: ID!) {
    createTask(input: { title: "Polish the zeppelin", project: $project }) { ... on Task { version } }
  }`;
  expect((await api.graphql(manager, create, { project: acme.ids.project })).data).toEqual({
    createTask: { version: 1 },
  });
  await roster.indexed();
  const search = '{ search(query: "zeppelin") { edges { node { ... on Task { title } } } } }';
  expect((await api.graphql(manager, search)).data.search.edges).toEqual([{ node: { title: 'Polish the zeppelin' } }]);
});

it('answers a GET, is healthy and ready for anybody, and refuses a token that is none', async () => {
  const authorization = `Bearer ${await roster.token(acme.as.employee)}`;
  const get = await fetch(`${api.url}/graphql?query=${encodeURIComponent('{ viewer { role } }')}`, {
    headers: { authorization },
  });
  expect(await get.json()).toEqual({ data: { viewer: { role: 'EMPLOYEE' } } });
  for (const path of ['/health', '/ready']) expect((await fetch(`${api.url}${path}`)).status, path).toBe(200);
  expect(await api.graphql('nonsense', '{ viewer { role } }')).toMatchObject({
    status: 401,
    errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
  });
});

it('has the other functions, by their names', async () => {
  const functions = `http://localhost:${lambdaPort}/2015-03-31/functions`;
  const maintained = await fetch(`${functions}/roster-dev-maintain/invocations`, { method: 'POST', body: '{}' });
  expect(await maintained.json()).toMatchObject({ outdated: [], healed: { damaged: [] } });
});

it('stands on the servers of "npm run dev", and on none where nothing tells of any', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'roster-offline-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  // AWS's own table is none of them, whatever else the terminal says.
  await expect(localSettings(dir, { MEILI_HOST: 'http://localhost:7700' })).rejects.toThrow(
    /there are no servers to work on: start "npm run dev" in another terminal, or set DYNAMODB_ENDPOINT/,
  );
  const paths = pathsIn(join(dir, '.data'));
  await mkdir(paths.root);
  const servers = { dynamodb: 'http://localhost:8000', meilisearch: { host: 'http://localhost:7700', apiKey: 'key' } };
  await tellHolder(paths, { pid: process.pid, port: 4000, servers });
  expect(await localSettings(dir, { LOG_LEVEL: 'debug', OTHER: 'x' })).toEqual({
    ...(await runningEnvironment(paths)),
    METRICS: 'log',
    LOG_LEVEL: 'debug',
  });
});

it('gives functions no credentials of AWS, no parameter to ask for, and nothing that only CloudFormation can tell', () => {
  const template = {
    STAGE: 'dev',
    MEILI_HOST_PARAMETER: '/roster/dev/meili-host',
    SEARCH_TOKEN_KEY: { 'Fn::If': ['HasSearchTokens', 'x', { Ref: 'AWS::NoValue' }] },
  };
  const env = offlineEnvironment(template, roster.env, 'http://localhost:3002');
  expect(env).toMatchObject({ ...roster.env, STAGE: 'dev', AWS_ACCESS_KEY_ID: 'local', AWS_SESSION_TOKEN: '' });
  expect(Object.keys(env)).not.toContain('MEILI_HOST_PARAMETER');
  expect(Object.keys(env)).not.toContain('SEARCH_TOKEN_KEY');
});

it('accepts tokens of development in stages of development alone, and says so before it serves anything', () => {
  const start = (STAGE: string) => offlineEnvironment({ STAGE }, roster.env, 'http://localhost:3002');
  expect(start('dev')).toMatchObject({ STAGE: 'dev' });
  expect(() => start('prod')).toThrow(/AUTH_ISSUER is "roster-dev", whose tokens are for development/);
});

// The last of those that ask it.
it('ends by Ctrl-C', async () => {
  await api.interrupt();
  expect(await Promise.all([api.port, lambdaPort].map(isFree))).toEqual([true, true]);
});

it('is loaded for its own command alone, and not where a deployment has the keys to an account', async () => {
  const { plugins } = parse(await readFile('serverless.yml', 'utf8'));
  const commandsWith = async (command: string) => {
    const framework = await startFramework(command, { plugins });
    return Object.keys(framework.pluginManager.getCommands());
  };
  const { cache } = createRequire(import.meta.url);
  const isLoaded = () => Object.keys(cache).some((file) => file.includes('/node_modules/serverless-offline/'));
  for (const command of ['deploy', 'package', 'remove']) {
    const commands = await commandsWith(command);
    expect(commands).toContain(command);
    expect(commands).not.toContain('offline');
  }
  expect(isLoaded()).toBe(false);
  // What is loaded stays so.
  expect(await commandsWith('offline')).toContain('offline');
  expect(isLoaded()).toBe(true);
});
