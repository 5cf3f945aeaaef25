import { expect, it } from 'vitest';
import { openDoor } from './support/auth-door.ts';
import { hostileWorld } from './support/hostile-tokens.ts';
import { random } from './support/random.ts';
import { NOW, testClock } from './support/roster.ts';

// TOKEN_SEED=n replays what a run printed.
const seed = Number(process.env['TOKEN_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const FORGERIES = 2_100;
const KINDS = 21;
/** Characters of an answer that says why. */
const MAX_ANSWER = 400;

const claims = { iss: 'https://issuer.example', aud: 'roster', sub: 'somebody', org: 'acme', role: 'ADMIN' };
const world = hostileWorld(Date.parse(NOW) / 1_000, claims);
const env = { AUTH_ISSUER: claims.iss, AUTH_AUDIENCE: claims.aud, AUTH_JWKS: JSON.stringify(world.jwks) };

it(`of ${FORGERIES} forged tokens none opens anything, and each is told why (TOKEN_SEED=${seed})`, async () => {
  const { ask, log } = openDoor(env, testClock());
  const next = random(seed);
  const seen = new Map<string, Set<unknown>>();
  for (let i = 0; i < FORGERIES; i++) {
    const { what, authorization, reasons } = world.forge(next);
    const { status, headers, length, viewer, error } = await ask(authorization);
    const told = `${what}: ${authorization.slice(0, 2_000)}`;
    expect([status, viewer], told).toEqual([401, undefined]);
    expect(error?.extensions['code'], told).toBe('UNAUTHENTICATED');
    expect(reasons, told).toContain(error?.extensions['reason']);
    expect(headers.get('www-authenticate'), told).toBe(
      `Bearer error="invalid_token", error_description="${error?.extensions['reason']}"`,
    );
    expect(length, told).toBeLessThan(MAX_ANSWER);
    seen.set(what, (seen.get(what) ?? new Set()).add(error?.extensions['reason']));
  }
  expect(seen.size).toBe(KINDS);
  expect(new Set([...seen.values()].flatMap((reasons) => [...reasons]))).toEqual(
    new Set('MALFORMED TYPE ALGORITHM KEY SIGNATURE ISSUER AUDIENCE EXPIRED NOT_YET_VALID LIFETIME CLAIMS'.split(' ')),
  );
  // Nobody is woken by what strangers send.
  expect(log.entries.filter(({ level }) => level === 'error')).toEqual([]);
});

it('what is like the forgeries, but right, is accepted', async () => {
  const { ask } = openDoor(env, testClock());
  const now = Date.parse(NOW) / 1_000;
  const rights: [object, object?][] = [
    [{}],
    [{}, { typ: undefined }],
    [{}, { typ: 'at+jwt' }],
    [{}, { typ: 'application/AT+JWT' }],
    // Keys in headers are not looked at, whoever put them there.
    [{}, { jku: 'https://attacker.example', jwk: {}, x5t: 'x' }],
    [{ aud: ['other', 'roster'] }],
    [{ iat: now + 30, nbf: now + 30 }],
    [{ iat: now - 3_600, exp: now - 29 }],
    [{ exp: now + 86_400 }],
    [{ role: ['other', 'ADMIN', 'ADMIN'] }],
    [{ token_use: 'access', employee: undefined }],
    [{ more: 'x'.repeat(5_000) }],
  ];
  for (const [changed, header] of rights) {
    const { status, viewer } = await ask(`Bearer ${world.good(changed, header)}`);
    expect([status, viewer], JSON.stringify([changed, header])).toEqual([200, { organization: 'acme', role: 'ADMIN' }]);
  }
  expect((await ask(`bearer  ${world.good()}`)).status).toBe(200);
  const { status, headers, error } = await ask();
  expect([status, headers.get('www-authenticate'), error?.extensions['reason']]).toEqual([401, 'Bearer', 'MISSING']);
});
