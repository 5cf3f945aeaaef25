import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { openIdentity } from '../dev/identity.ts';
import { readApiConfig } from '../src/api-config.ts';
import { openDoor } from './support/auth-door.ts';
import { startIssuer, type TestIssuer } from './support/issuer.ts';
import { testClock } from './support/roster.ts';

const clock = testClock();
let issuer: TestIssuer;

beforeEach(async () => {
  clock.set('2026-06-30T09:00:00.000Z');
  issuer = await startIssuer(clock);
  return () => issuer.stop();
});

const later = (seconds: number) => clock.set(new Date(clock.now().getTime() + seconds * 1_000).toISOString());

const CLAIMS = { iss: 'https://login.example.com', aud: 'roster', sub: 'u-1', org: 'acme', role: 'HR' };
const door = () => {
  const { iss: AUTH_ISSUER, aud: AUTH_AUDIENCE } = CLAIMS;
  return openDoor({ AUTH_ISSUER, AUTH_AUDIENCE, AUTH_JWKS: issuer.jwksUri }, clock);
};
const bearer = async (claims: Readonly<Record<string, unknown>> = CLAIMS) => `Bearer ${await issuer.sign(claims)}`;

/** The settings under a heading of docs/authentication.md. */
async function settingsOf(heading: string): Promise<Record<string, string>> {
  const [, section = ''] = (await readFile('docs/authentication.md', 'utf8')).split(`## ${heading}\n`);
  const [, block = ''] = /```sh\n(.*?)```/s.exec(section) ?? [];
  return parseEnv(block) as Record<string, string>;
}

/** Access tokens as the providers' documentation shows them. */
const PROVIDERS = {
  'Amazon Cognito': {
    header: { alg: 'RS256', kid: 'key-1' },
    claims: {
      sub: 'aaaaaaaa-bbbb-cccc-dddd-example',
      'cognito:groups': ['eu-central-1_EXAMPLE_Google', 'MANAGER'],
      iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_EXAMPLE',
      version: 2,
      client_id: '2example34567890',
      origin_jti: 'aaaaaaaa-bbbb-cccc-dddd-example',
      token_use: 'access',
      scope: 'phone openid profile email',
      auth_time: 1_782_810_000,
      jti: 'aaaaaaaa-bbbb-cccc-dddd-example',
      username: 'my-test-user',
      'https://roster.example/org': 'acme',
      'https://roster.example/employee': '01jz0000000000000000000001',
    },
  },
  Auth0: {
    header: { alg: 'RS256', typ: 'JWT', kid: 'key-1' },
    claims: {
      iss: 'https://example.eu.auth0.com/',
      sub: 'auth0|123456',
      aud: ['https://api.roster.example', 'https://example.eu.auth0.com/userinfo'],
      azp: 'my_client_id',
      scope: 'openid profile',
      'https://roster.example/org': 'acme',
      'https://roster.example/role': 'MANAGER',
    },
  },
  'Any other issuer': {
    header: { alg: 'RS256', typ: 'at+jwt', kid: 'key-1' },
    claims: {
      iss: 'https://login.example.com/realms/roster',
      aud: 'roster',
      sub: '5ba552d67',
      client_id: 's6BhdRkqt3',
      jti: 'dbe39bf3a3ba4238a513f51d6e1691c4',
      org: 'acme',
      role: 'MANAGER',
      employee: '01jz0000000000000000000001',
    },
  },
} as const;

describe.each(Object.entries(PROVIDERS))('%s', (name, { header, claims }) => {
  const open = async () => openDoor({ ...(await settingsOf(name)), AUTH_JWKS: issuer.jwksUri }, clock);

  it('has its access tokens accepted by the settings of the documentation', async () => {
    const { status, viewer } = await (await open()).ask(`Bearer ${await issuer.sign(claims, header)}`);
    expect([status, viewer]).toEqual([200, { organization: 'acme', role: 'MANAGER' }]);
  });

  it('has no token of another tenant accepted', async () => {
    const { ask } = await open();
    const theirs = await issuer.sign({ ...claims, iss: 'https://login.example.org' }, header);
    expect((await ask(`Bearer ${theirs}`)).error?.extensions).toMatchObject({ reason: 'ISSUER' });
    const other = await issuer.sign({ ...claims, aud: 'another', client_id: 'another' }, header);
    expect((await ask(`Bearer ${other}`)).error?.extensions).toMatchObject({ reason: 'AUDIENCE' });
  });
});

it("an id token of Cognito's is refused, whose app client and key are the access token's", async () => {
  const { client_id, ...claims } = PROVIDERS['Amazon Cognito'].claims;
  const { ask } = openDoor({ ...(await settingsOf('Amazon Cognito')), AUTH_JWKS: issuer.jwksUri }, clock);
  const idToken = await issuer.sign({ ...claims, aud: client_id, token_use: 'id' });
  expect((await ask(`Bearer ${idToken}`)).error).toMatchObject({
    message: 'the token\'s claim "token_use" is not "access"; send an access token',
    extensions: { reason: 'TYPE' },
  });
});

it.each([[['MANAGER', 'HR']], [['visitors']], [[]], [[['HR']]], ['hr']])('groups %j give no role', async (role) => {
  const { error } = await door().ask(await bearer({ ...CLAIMS, role }));
  expect(error?.message).toBe(
    "the token's claims role are missing or wrong; it needs sub, org and role (exactly one of CLIENT, EMPLOYEE, MANAGER, HR, ADMIN)",
  );
});

describe('the key set', () => {
  it('is fetched once for all requests, and again when it has aged', async () => {
    const { ask } = door();
    const authorization = await bearer();
    expect(issuer.requests).toBe(0);
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(authorization)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    later(599);
    await ask(authorization);
    expect(issuer.requests).toBe(1);
    later(2);
    await Promise.all(Array.from({ length: 20 }, () => ask(authorization)));
    expect(issuer.requests).toBe(2);
  });

  it('is fetched anew for the key of a new token', async () => {
    const { ask } = door();
    await ask(await bearer());
    await issuer.rotate();
    later(31);
    expect((await ask(await bearer())).status).toBe(200);
    expect(issuer.requests).toBe(2);
  });

  it('loses the keys that the issuer has withdrawn', async () => {
    const { ask } = door();
    const old = await bearer();
    expect((await ask(old)).status).toBe(200);
    (issuer.keys as unknown[]).splice(0);
    await issuer.rotate();
    later(601);
    expect((await ask(old)).error?.extensions).toMatchObject({ reason: 'KEY' });
  });

  it('is not asked for by a flood of tokens whose keys there are not', async () => {
    const { ask } = door();
    await ask(await bearer());
    for (const round of [1, 2, 3]) {
      later(31);
      const flood = await Promise.all(
        Array.from({ length: 100 }, async (_, i) => issuer.sign(CLAIMS, { kid: `forged-${round}-${i}` })),
      );
      const answers = await Promise.all(flood.map((token) => ask(`Bearer ${token}`)));
      for (const { status, error } of answers) expect([status, error?.extensions['reason']]).toEqual([401, 'KEY']);
      expect(issuer.requests).toBe(1 + round);
    }
  });
});

describe('while the issuer is away', () => {
  const outages: Readonly<Record<string, Parameters<TestIssuer['answerBy']>[0]>> = {
    'answers 500': (response) => response.writeHead(500).end(),
    'cuts connections': (response) => response.destroy(),
    'answers no JSON': (response) => response.end('<html>'),
    'answers no key set': (response) => response.end('{"keys":{}}'),
    'sends elsewhere': (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
  };

  it.each(Object.entries(outages))(
    'and %s, tokens are verified by the keys of before, for hours',
    async (_how, fault) => {
      const { ask } = door();
      await ask(await bearer());
      issuer.answerBy(fault);
      later(4 * 3_600);
      expect((await ask(await bearer())).status).toBe(200);
      expect(issuer.requests).toBe(2);
      // It is not asked for every token.
      for (const _each of Array(10)) expect((await ask(await bearer())).status).toBe(200);
      expect(issuer.requests).toBe(2);
      later(1);
      expect((await ask(await bearer())).status).toBe(503);
      issuer.answerBy();
      later(1);
      expect((await ask(await bearer())).status).toBe(200);
    },
  );

  it.each(Object.entries(outages))(
    'and %s, a process without keys says so, and when to come again',
    async (_how, fault) => {
      const { ask, log } = door();
      issuer.answerBy(fault);
      const { status, headers, error } = await ask(await bearer());
      expect([status, headers.get('retry-after')]).toEqual([503, '1']);
      expect(error).toMatchObject({
        message: 'tokens can not be verified at the moment; try again',
        extensions: { code: 'SERVICE_UNAVAILABLE', retryable: true, retryAfterSeconds: 1 },
      });
      expect(JSON.stringify(error)).not.toContain('127.0.0.1');
      const failures = log.entries.filter(({ level }) => level === 'error');
      expect(failures.map(({ msg }) => msg)).toEqual(['a service that this one needs did not answer']);
      expect((await ask(await bearer())).status).toBe(503);
      expect(issuer.requests).toBe(1);
      issuer.answerBy();
      later(1);
      expect((await ask(await bearer())).status).toBe(200);
    },
  );

  it('a key that may be new is not taken for a forged one', async () => {
    const { ask } = door();
    const old = await bearer();
    await ask(old);
    await issuer.rotate();
    issuer.answerBy((response) => response.writeHead(503).end());
    later(31);
    const fresh = await bearer();
    const { status, headers } = await ask(fresh);
    expect([status, headers.get('retry-after')]).toEqual([503, '30']);
    expect((await ask(old)).status).toBe(200);
    issuer.answerBy();
    later(30);
    expect((await ask(fresh)).status).toBe(200);
  });

  it('an issuer that hangs holds nobody up for long, and only once', async () => {
    const { ask } = door();
    await ask(await bearer());
    issuer.answerBy(() => undefined);
    onTestFinished(() => issuer.answerBy());
    later(601);
    const authorization = await bearer();
    const first = ask(authorization);
    expect((await ask(authorization)).status).toBe(200);
    expect((await first).status).toBe(200);
    expect(issuer.requests).toBe(2);
  });
});

describe('a deployed process', () => {
  const GOOD = {
    TABLE_NAME: 't',
    MEILI_HOST: 'https://search.example.com',
    MEILI_API_KEY: 'key',
    CURSOR_SECRET: 'x'.repeat(32),
    AUTH_ISSUER: 'https://login.example.com',
    AUTH_AUDIENCE: 'roster',
    AUTH_JWKS: 'https://login.example.com/jwks.json',
  };
  const DEPLOYED = [
    { AWS_LAMBDA_FUNCTION_NAME: 'roster-dev-graphql' },
    { NODE_ENV: 'production' },
    { STAGE: 'prod' },
    { STAGE: 'dev', NODE_ENV: 'production' },
  ];
  const REFUSED: [Record<string, string>, string][] = [
    [{ AUTH_ISSUER: 'roster-dev' }, 'AUTH_ISSUER is "roster-dev", whose tokens are for development'],
    [{ AUTH_JWKS: '{"keys":[{"kid":"a"},{"kid":"dev-K3y"}]}' }, 'AUTH_JWKS holds a development key'],
    [{ AUTH_JWKS: 'http://login.example.com/jwks.json' }, 'AUTH_JWKS must begin with https:'],
  ];

  it.each(DEPLOYED)('%j does not start as if it were in development', (deployed) => {
    expect(readApiConfig({ ...GOOD, ...deployed }).auth.audiences).toEqual(['roster']);
    for (const [given, problem] of REFUSED) {
      expect(() => readApiConfig({ ...GOOD, ...deployed, ...given })).toThrow(problem);
      expect(readApiConfig({ ...GOOD, ...given, NODE_ENV: 'development' }).auth).toBeDefined();
    }
  });

  it('takes several audiences, none of them empty', () => {
    expect(readApiConfig({ ...GOOD, AUTH_AUDIENCE: 'web, mobile' }).auth.audiences).toEqual(['web', 'mobile']);
    expect(() => readApiConfig({ ...GOOD, AUTH_AUDIENCE: 'web,' })).toThrow('AUTH_AUDIENCE must name one audience');
  });
});

it('keys of development are known by their ids', async () => {
  const file = join(tmpdir(), `roster-identity-${randomUUID()}.json`);
  onTestFinished(() => rm(file, { force: true }));
  const { env } = await openIdentity(file, clock);
  expect(JSON.parse(await readFile(file, 'utf8')).kid).toMatch(/^dev-/);
  const others = {
    TABLE_NAME: 't',
    MEILI_HOST: 'https://s.example',
    MEILI_API_KEY: 'k',
    CURSOR_SECRET: 'x'.repeat(32),
  };
  const lambda = { AWS_LAMBDA_FUNCTION_NAME: 'roster-dev-graphql' };
  expect(() => readApiConfig({ ...others, ...env, ...lambda, AUTH_ISSUER: 'https://login.example.com' })).toThrow(
    "environment: AUTH_JWKS holds a development key; give the address of the issuer's key set",
  );
});
