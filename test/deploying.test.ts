import { readFile } from 'node:fs/promises';
import type { ScheduledEvent } from 'aws-lambda';
import { beforeAll, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { readApiConfig } from '../src/api-config.ts';
import { createServer } from '../src/server.ts';
import { createApiServices } from '../src/services.ts';
import { type Company, createCompany } from './support/company.ts';
import { expectIndexEqualsTable } from './support/index-equality.ts';
import { contextOf } from './support/lambda/context.ts';
import { makeStageKeys } from './support/meilisearch-keys.ts';
import { startRoster, type TestRoster } from './support/roster.ts';
import { readDeployRole } from './support/stack/deploy-role.ts';

const PREFIX = 'deploying-';
let searchKey: string;
let roster: TestRoster;
let company: Company;

beforeAll(async () => {
  const { search, indexing } = await makeStageKeys(PREFIX);
  searchKey = search;
  roster = await startRoster({ SEARCH_INDEX_PREFIX: PREFIX, MEILI_API_KEY: indexing });
  company = await createCompany(roster, 'acme');
  await roster.indexed();
  return () => roster.stop();
});

it('the key for indexing is enough to index, to look after the indexes, to rebuild and to compare them', async () => {
  const { maintain, doctor, reindex } = await import('../handler.ts');
  const context = contextOf();
  expect(await reindex({ all: true, soakMinutes: 0 }, context)).toMatchObject({ outcome: 'soaking' });
  expect(await maintain({} as ScheduledEvent, context)).toMatchObject({ healed: { damaged: [] } });
  expect(await doctor({} as ScheduledEvent, context)).toMatchObject({ outcome: 'finished', drifting: [] });
  await expectIndexEqualsTable(roster);
});

it('the key for graphql is enough to search, to tell how the search is, and to be ready', async () => {
  const { clock, table } = roster.services;
  const services = {
    ...createApiServices(readApiConfig({ ...roster.env, MEILI_API_KEY: searchKey }), { clock }),
    table,
  };
  const server = createServer(services);
  const ask = async (query: string) => {
    const authorization = `Bearer ${await roster.token(company.as.admin)}`;
    const headers = { 'content-type': 'application/json', authorization };
    const body = JSON.stringify({ query });
    return (await server.fetch('http://roster.test/graphql', { method: 'POST', headers, body })).json();
  };
  expect(await ask('{ search(query: "lander") { totalCount } }')).toEqual({ data: { search: { totalCount: 4 } } });
  expect(
    await ask('{ searchOffices(query: "campus") { totalCount } searchHealth { engine { available problem } } }'),
  ).toEqual({
    data: { searchOffices: { totalCount: 1 }, searchHealth: { engine: { available: true, problem: null } } },
  });
  const ready = await server.fetch('http://roster.test/ready');
  expect(await ready.json()).toMatchObject({ checks: { table: true, index: true } });
});

it('the key for graphql can change nothing', async () => {
  const { host } = inject('meilisearch');
  const send = (method: string, path: string) =>
    fetch(`${host}${path}`, { method, headers: { authorization: `Bearer ${searchKey}` } });
  for (const [method, path] of [
    ['DELETE', `/indexes/${PREFIX}office`],
    ['GET', `/indexes/${PREFIX}office/documents`],
    ['DELETE', `/indexes/${PREFIX}office/documents`],
    ['PATCH', `/indexes/${PREFIX}office/settings`],
    ['POST', '/swap-indexes'],
    ['GET', '/keys'],
  ] as const)
    expect((await send(method, path)).status, `${method} ${path}`).toBe(403);
});

it('the parameters that the page sets are those that functions read', async () => {
  const set = (await readFile('docs/deploying.md', 'utf8')).matchAll(/^parameter ([\w-]+) /gm);
  const { functions, provider } = parse(await readFile('serverless.yml', 'utf8'), { merge: true });
  const environments = [provider, ...Object.values(functions as Record<string, { environment?: object }>)];
  const read = environments
    .flatMap(({ environment = {} }) => Object.entries(environment))
    .flatMap(([name, value]) =>
      name.endsWith('_PARAMETER') && typeof value === 'string' ? [value.split('/').at(-1)] : [],
    );
  expect([...set].map(([, name]) => name).sort()).toEqual([...new Set(read)].sort());
});

it('the role for GitHub is for one environment of one repository', async () => {
  const { Resources } = await readDeployRole();
  expect(Resources['DeployRole']?.Properties?.['AssumeRolePolicyDocument']).toMatchObject({
    Statement: [
      {
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: {
            'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
            // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's own
            'token.actions.githubusercontent.com:sub': { 'Fn::Sub': 'repo:${Repository}:environment:${Stage}' },
          },
        },
      },
    ],
  });
});
