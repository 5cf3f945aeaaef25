import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose';
import type { Clock } from '../../src/runtime.ts';

/** An issuer of tokens with a key set that is served by HTTP, as those of identity providers are. */
export interface TestIssuer {
  /** Address of the key set. */
  readonly jwksUri: string;
  /** How often the key set was asked for. */
  readonly requests: number;
  /** The keys that it serves, the newest last. */
  readonly keys: readonly JWK[];
  /** A token that was issued now and expires in an hour, signed by the newest key. @param header instead of the usual one */
  sign(claims: Readonly<Record<string, unknown>>, header?: Partial<JWTHeaderParameters>): Promise<string>;
  /** Signs by a new key from now on, and serves it beside the others unless told otherwise. */
  rotate(options?: { readonly publish: boolean }): Promise<void>;
  /** What to answer instead of the key set; the key set again when left out. */
  answerBy(answer?: (response: ServerResponse) => void): void;
  stop(): Promise<void>;
}

/** Starts an issuer. */
export async function startIssuer(clock: Pick<Clock, 'now'>, algorithm = 'RS256'): Promise<TestIssuer> {
  const keys: JWK[] = [];
  let requests = 0;
  let made = 0;
  let signer: CryptoKey | undefined;
  let custom: ((response: ServerResponse) => void) | undefined;
  const server = createServer((_request, response) => {
    requests++;
    if (custom) custom(response);
    else response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }));
  });
  const issuer: TestIssuer = {
    get jwksUri() {
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}/.well-known/jwks.json`;
    },
    get requests() {
      return requests;
    },
    keys,
    async sign(claims, header = { alg: algorithm, kid: `key-${made}`, typ: 'JWT' }) {
      if (!signer) throw new Error('there is no key to sign by');
      const now = Math.floor(clock.now().getTime() / 1_000);
      const payload = { iat: now, exp: now + 3_600, ...claims };
      return new SignJWT(payload).setProtectedHeader({ alg: algorithm, ...header }).sign(signer);
    },
    async rotate({ publish } = { publish: true }) {
      const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
      signer = privateKey;
      made++;
      if (publish) keys.push({ ...(await exportJWK(publicKey)), kid: `key-${made}`, alg: algorithm, use: 'sig' });
    },
    answerBy(answer) {
      custom = answer;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  await issuer.rotate();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return issuer;
}
