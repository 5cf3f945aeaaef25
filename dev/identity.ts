import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import type { Role } from '../src/auth/policy.ts';
import type { Clock } from '../src/runtime.ts';
import { readJson, writeJson } from './json-file.ts';

/** Who signs development tokens, and for whom. */
export const ISSUER = 'https://roster.localhost/development';
export const AUDIENCE = 'roster';

const ALGORITHM = 'ES256';
const LIFETIME_SECONDS = 30 * 24 * 60 * 60;

/** The viewer that a token stands for. */
export interface Persona {
  readonly org: string;
  readonly role: Role;
  readonly employee?: string | undefined;
}

/** Signs development tokens with a local key, kept in a file so that tokens outlive a restart. */
export interface Identity {
  /** The public key set as JSON, for `AUTH_JWKS`. */
  readonly jwks: string;
  /** A token that is good for 30 days. */
  token(persona: Persona): Promise<string>;
}

/** The identity of a key file, which is made when it is missing. */
export async function openIdentity(file: string, clock: Pick<Clock, 'now'>): Promise<Identity> {
  const key = (await readJson<JWK>(file)) ?? (await makeKey(file));
  const { d: _private, ...publicKey } = key;
  const signer = await importJWK(key, ALGORITHM);
  return {
    jwks: JSON.stringify({ keys: [publicKey] }),
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
  const key = { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: ALGORITHM, use: 'sig' };
  await writeJson(file, key);
  return key;
}
