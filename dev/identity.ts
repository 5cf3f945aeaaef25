import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import type { Role } from '../src/auth/viewer.ts';
import { DEVELOPMENT_ISSUER, DEVELOPMENT_KEY_PREFIX } from '../src/development.ts';
import type { Clock } from '../src/runtime.ts';
import { makeJson, readJson } from './json-file.ts';

/** Who signs development tokens, and for whom. */
export const ISSUER = DEVELOPMENT_ISSUER;
export const AUDIENCE = 'roster';

const ALGORITHM = 'ES256';
const KEY_ID_LENGTH = 8;
/** Long: GraphiQL keeps tokens in its tabs, and they open nothing but this machine's data. */
const LIFETIME_SECONDS = 180 * 24 * 60 * 60;

/** The viewer that a token stands for. */
export interface Persona {
  readonly org: string;
  readonly role: Role;
  readonly employee?: string | undefined;
}

/** Signs development tokens with a local key, kept in a file so that tokens outlive a restart. */
export interface Identity {
  /** The variables of whoever is to accept its tokens. */
  readonly env: Readonly<Record<'AUTH_ISSUER' | 'AUTH_AUDIENCE' | 'AUTH_JWKS' | 'AUTH_MAX_LIFETIME_SECONDS', string>>;
  /** Tells this key from any other. */
  readonly keyId: string;
  /** A token that is good for 180 days. */
  token(persona: Persona): Promise<string>;
}

/** The identity of a key file, which is made when it is missing. */
export async function openIdentity(file: string, clock: Pick<Clock, 'now'>): Promise<Identity> {
  const key = (await readJson<JWK>(file)) ?? (await makeKey(file));
  const { d: _private, ...publicKey } = key;
  const signer = await importJWK(key, ALGORITHM);
  return {
    env: {
      AUTH_ISSUER: ISSUER,
      AUTH_AUDIENCE: AUDIENCE,
      AUTH_JWKS: JSON.stringify({ keys: [publicKey] }),
      AUTH_MAX_LIFETIME_SECONDS: String(LIFETIME_SECONDS),
    },
    keyId: key.kid ?? '',
    token: ({ org, role, employee }) => {
      const now = Math.floor(clock.now().getTime() / 1_000);
      return new SignJWT({ org, role, ...(employee ? { employee } : {}) })
        .setProtectedHeader({ alg: ALGORITHM, kid: key.kid ?? '' })
        .setSubject(employee ?? `${role.toLowerCase()}@${org}`)
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setIssuedAt(now)
        .setExpirationTime(now + LIFETIME_SECONDS)
        .sign(signer);
    },
  };
}

async function makeKey(file: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const jwk = await exportJWK(privateKey);
  // A token of few characters is more easily pasted.
  const kid = `${DEVELOPMENT_KEY_PREFIX}${(await calculateJwkThumbprint(jwk)).slice(0, KEY_ID_LENGTH)}`;
  // The stack and a script's `npm run token` may both be the first.
  return makeJson(file, { ...jwk, kid, alg: ALGORITHM, use: 'sig' });
}
