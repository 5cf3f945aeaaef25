import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import * as z from 'zod/mini';
import { isKeySafe } from '../entities/core/keys.ts';
import { UnauthenticatedError, UnavailableError } from '../errors.ts';
import type { Clock } from '../runtime.ts';
import { ROLES, type Viewer } from './viewer.ts';

/** Whose tokens are accepted. */
export interface TokenOptions {
  readonly issuer: string;
  readonly audience: string;
  /** Address of the issuer's key set, or the key set itself as JSON. */
  readonly jwks: string;
  readonly clock: Clock;
}

/** Turns an `Authorization` header into a viewer. */
export interface TokenVerifier {
  /** @throws UnauthenticatedError saying what is wrong with the token and how to get a good one */
  verify(authorization: string | null): Promise<Viewer>;
}

// Symmetric algorithms are left out: a public key must never be taken for a shared secret.
const ALGORITHMS = ['ES256', 'ES384', 'EdDSA', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
/** Allowed difference between the issuer's clock and ours. */
const SKEW_SECONDS = 30;

const id = z.string().check(z.refine(isKeySafe), z.maxLength(64));
const Claims = z.object({
  sub: z.string().check(z.minLength(1)),
  org: id,
  role: z.enum(ROLES),
  employee: z.optional(id),
});

/** Verifies bearer tokens: JWTs with the claims `sub`, `org`, `role` and, for employees, `employee`. */
export function createTokenVerifier({ issuer, audience, jwks, clock }: TokenOptions): TokenVerifier {
  const keys: JWTVerifyGetKey = jwks.startsWith('{')
    ? createLocalJWKSet(JSON.parse(jwks))
    : createRemoteJWKSet(new URL(jwks));
  return {
    async verify(authorization) {
      const token = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization ?? '')?.[1];
      if (!token) {
        const problem = authorization
          ? 'the Authorization header is not of the form "Bearer TOKEN"'
          : 'there is no Authorization header';
        throw new UnauthenticatedError(`${problem}; send a JSON Web Token as "Authorization: Bearer TOKEN"`);
      }
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        clockTolerance: SKEW_SECONDS,
        currentDate: clock.now(),
        requiredClaims: ['exp'],
      }).catch((cause: unknown) => {
        if (isAboutToken(cause)) throw new UnauthenticatedError(reasonOf(cause), { cause });
        throw new UnavailableError('tokens can not be verified at the moment; try again', { cause });
      });
      const claims = Claims.safeParse(payload);
      if (!claims.success) {
        const names = claims.error.issues.map(({ path }) => path.join('.')).join(', ');
        throw new UnauthenticatedError(
          `the token's claims ${names} are missing or wrong; it needs sub, org and role (${ROLES.join(', ')})`,
        );
      }
      const { sub, org, role, employee } = claims.data;
      return { org, subject: sub, role, employee };
    },
  };
}

/** Rather than about the issuer's keys, which could not be had: nobody must lose a good token for that. */
const isAboutToken = (cause: unknown): boolean =>
  cause instanceof errors.JOSEError &&
  !(cause instanceof errors.JWKSTimeout || cause instanceof errors.JWKSInvalid || cause.code === 'ERR_JOSE_GENERIC');

function reasonOf(cause: unknown): string {
  if (cause instanceof errors.JWTExpired) return 'the token has expired; get a new one';
  if (cause instanceof errors.JWTClaimValidationFailed)
    return `the token's claim "${cause.claim}" is not what this API expects`;
  if (cause instanceof errors.JWKSNoMatchingKey || cause instanceof errors.JWSSignatureVerificationFailed) {
    return 'the token is signed by a key that this API does not know';
  }
  if (cause instanceof errors.JOSEAlgNotAllowed)
    return 'the token is signed by an algorithm that this API does not accept';
  return 'the token can not be verified';
}
