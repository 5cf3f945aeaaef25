import { type Audit, serverAudits } from 'graphql-http';
import { beforeAll, describe, expect, it } from 'vitest';
import { readApiConfig } from '../src/api-config.ts';
import { PREFLIGHT_HEADER } from '../src/plugins/http-door.ts';
import { createServer } from '../src/server.ts';
import { startRoster, type TestRoster } from './support/roster.ts';

let roster: TestRoster;
let authorization: string;

beforeAll(async () => {
  roster = await startRoster();
  authorization = `Bearer ${await roster.token({ org: 'acme', role: 'ADMIN' })}`;
  return () => roster.stop();
});

/** A stage as somebody sees it who may ask; of no issuer of development, with which no such stage starts. */
function open(stage: string, overrides: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>>) {
  const issuer = { AUTH_ISSUER: 'https://issuer.example', AUTH_JWKS: 'https://issuer.example/keys' };
  const config = readApiConfig({ ...roster.env, ...issuer, STAGE: stage, ...overrides });
  const server = createServer({ ...roster.services, config: { ...config, auth: roster.services.config.auth } });
  return async (url: string, init: RequestInit = {}) =>
    server.fetch(new Request(url, { ...init, headers: { authorization, ...headers, ...init.headers } }));
}

/** What the audits of the GraphQL over HTTP specification find, but for what is as it should be. */
async function exceptions(stage: string, overrides = {}, headers = {}) {
  const audits: Audit[] = serverAudits({ url: 'http://roster.test/graphql', fetchFn: open(stage, overrides, headers) });
  expect(audits).toHaveLength(61);
  const found: string[] = [];
  for (const audit of audits) {
    const { status } = await audit.fn();
    if (status !== 'ok') found.push(`${status}: ${audit.name}`);
  }
  return found.sort();
}

it('is all there where tests run', async () => {
  expect(await exceptions('test')).toEqual([]);
});

/** The audit's way to try variables is to look a type up, which no deployed stage tells. */
const BY_INTROSPECTION = [
  'error: MUST allow map {variables} parameter when accepting application/json',
  'notice: MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/graphql-response+json',
  'notice: MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/json',
  'warn: SHOULD allow map {variables} parameter when accepting application/graphql-response+json',
];
/** GETs take a header that the audit does not send, and that the specification leaves to servers to ask for. */
const BY_GET = ['notice: MAY accept application/x-www-form-urlencoded formatted GET requests'];

describe('in production', () => {
  const header = { [PREFLIGHT_HEADER]: '1' };

  it('lacks what takes introspection, and GETs without a header of their own; nothing else', async () => {
    expect(await exceptions('prod')).toEqual([...BY_INTROSPECTION, ...BY_GET].sort());
    expect(await exceptions('prod', {}, header)).toEqual(BY_INTROSPECTION);
    expect(await exceptions('prod', { INTROSPECTION: 'on' }, header)).toEqual([]);
  });
});
