import { errors, type JWTPayload, jwtVerify } from 'jose';
import { KeysUnavailableError, type TokenProblem, UnauthenticatedError } from '../errors.ts';
import type { Clock } from '../runtime.ts';
import { type ClaimNames, claimIn, viewerOf } from './claims.ts';
import { createKeySet } from './key-set.ts';
import type { Viewer } from './viewer.ts';

/** Whose tokens are accepted. */
export interface TokenOptions {
  readonly issuer: string;
  /** Any of these. */
  readonly audiences: readonly string[];
  /** Address of the issuer's key set, or the key set itself as JSON. */
  readonly jwks: string;
  readonly claims: ClaimNames;
  /** How long a token may be good in all, from its `iat` to its `exp`. */
  readonly maxLifetimeSeconds: number;
  readonly clock: Clock;
}

/** Turns an `Authorization` header into a viewer. */
export interface TokenVerifier {
  /**
   * @throws UnauthenticatedError saying what is wrong with the token and how to get a good one, KeysUnavailableError when
   *   the issuer's keys can't be had
   */
  verify(authorization: string | null): Promise<Viewer>;
}

// Symmetric algorithms are left out: a public key must never be taken for a shared secret.
const ALGORITHMS = ['ES256', 'ES384', 'EdDSA', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
/** Allowed difference between the issuer's clock and ours. */
const SKEW_SECONDS = 30;
/** Characters; API Gateway takes 10,240 bytes of headers in all. */
const MAX_TOKEN_LENGTH = 8_192;
/** What a token may say that it is: an access token, or no more than a JWT. Others, such as logout tokens, are no keys. */
const TYPES = ['jwt', 'at+jwt', 'application/at+jwt'];

/** Verifies bearer tokens; docs/authentication.md says what they need. */
export function createTokenVerifier(options: TokenOptions): TokenVerifier {
  const { issuer, audiences, claims: names, maxLifetimeSeconds, clock } = options;
  const keys = createKeySet(options.jwks, clock);
  return {
    async verify(authorization) {
      const { payload, protectedHeader } = await jwtVerify(tokenIn(authorization), keys, {
        issuer,
        algorithms: ALGORITHMS,
        clockTolerance: SKEW_SECONDS,
        currentDate: clock.now(),
        // Refuses an `iat` in the future as well.
        maxTokenAge: maxLifetimeSeconds,
        requiredClaims: ['exp', 'iat'],
      }).catch((cause: unknown) => {
        throw refusal(cause);
      });
      assertIsAccessToken(protectedHeader.typ, payload);
      assertIsFor(audiences, names.audience, payload);
      assertEnds(payload, maxLifetimeSeconds);
      return viewerOf(payload, names);
    },
  };
}

/** @throws UnauthenticatedError */
function tokenIn(authorization: string | null): string {
  const how = 'send a JSON Web Token as "Authorization: Bearer TOKEN"';
  if (!authorization) throw new UnauthenticatedError(`there is no Authorization header; ${how}`, { reason: 'MISSING' });
  if (authorization.length > MAX_TOKEN_LENGTH)
    throw new UnauthenticatedError(`the Authorization header is longer than ${MAX_TOKEN_LENGTH} characters; ${how}`, {
      reason: 'MALFORMED',
    });
  const token = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization)?.[1];
  if (!token)
    throw new UnauthenticatedError(`the Authorization header is not of the form "Bearer TOKEN"; ${how}`, {
      reason: 'MALFORMED',
    });
  // Node ignores surplus bits at the end of a part: one token must not have several spellings.
  if (!token.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part))
    throw new UnauthenticatedError('the token is not in canonical base64url', { reason: 'MALFORMED' });
  return token;
}

/** @throws UnauthenticatedError for what is a token for something else */
function assertIsAccessToken(type: string | undefined, payload: JWTPayload): void {
  if (type !== undefined && !TYPES.includes(type.toLowerCase()))
    throw new UnauthenticatedError(`the token is of type "${type.slice(0, 40)}"; send an access token`, {
      reason: 'TYPE',
    });
  // Cognito's, whose id tokens are signed by the same keys.
  const use = claimIn(payload, 'token_use');
  if (use !== undefined && use !== 'access')
    throw new UnauthenticatedError('the token\'s claim "token_use" is not "access"; send an access token', {
      reason: 'TYPE',
    });
}

/** @throws UnauthenticatedError */
function assertIsFor(audiences: readonly string[], name: string, payload: JWTPayload): void {
  const value = claimIn(payload, name);
  if (![value].flat().some((each) => typeof each === 'string' && audiences.includes(each)))
    throw new UnauthenticatedError(`the token's claim "${name}" is not what this API expects`, { reason: 'AUDIENCE' });
}

/** @throws UnauthenticatedError for a token that is good for too long, however soon it is stolen */
function assertEnds({ iat = 0, exp = Number.POSITIVE_INFINITY }: JWTPayload, maxLifetimeSeconds: number): void {
  if (exp - iat > maxLifetimeSeconds)
    throw new UnauthenticatedError(
      `the token is good for more than ${maxLifetimeSeconds} seconds; get one that expires sooner`,
      { reason: 'LIFETIME' },
    );
}

function refusal(cause: unknown): Error {
  if (cause instanceof KeysUnavailableError) return cause;
  // A key of the issuer's that can't be used, such as RSA of too few bits: nobody must lose a good token for that.
  if (!(cause instanceof errors.JOSEError) || cause instanceof errors.JWKSInvalid)
    return new KeysUnavailableError(1, { cause });
  const [reason, message] = problemOf(cause);
  return new UnauthenticatedError(message, { reason, cause });
}

function problemOf(cause: errors.JOSEError): [TokenProblem, string] {
  if (cause instanceof errors.JWTExpired) return ['EXPIRED', 'the token has expired; get a new one'];
  if (cause instanceof errors.JWTClaimValidationFailed)
    return [CLAIM_PROBLEMS[cause.claim] ?? 'CLAIMS', `the token's claim "${cause.claim}" is not what this API expects`];
  if (cause instanceof errors.JWKSNoMatchingKey || cause instanceof errors.JWKSMultipleMatchingKeys)
    return ['KEY', 'the token does not name a key of the issuer that this API trusts'];
  if (cause instanceof errors.JWSSignatureVerificationFailed)
    return ['SIGNATURE', 'the token is not signed by the key that it names'];
  if (cause instanceof errors.JOSEAlgNotAllowed)
    return ['ALGORITHM', 'the token is signed by an algorithm that this API does not accept'];
  return ['MALFORMED', 'the token can not be verified: it is no signed JSON Web Token that this API understands'];
}

const CLAIM_PROBLEMS: Readonly<Record<string, TokenProblem>> = {
  iss: 'ISSUER',
  nbf: 'NOT_YET_VALID',
  iat: 'NOT_YET_VALID',
};
