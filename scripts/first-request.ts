import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** Loads a bundle and has it answer one request; prints how many milliseconds both take together. */
const PROGRAM = `
const started = performance.now();
const { graphql } = await import(process.env.BUNDLE);
const context = { getRemainingTimeInMillis: () => 29_000 };
const { statusCode, body } = await graphql(JSON.parse(process.env.EVENT), context);
const ms = performance.now() - started;
if (statusCode !== 200 || JSON.parse(body).errors) throw new Error(body);
process.stdout.write(String(ms));
process.exit();
`;

/**
 * Takes the time of loading each bundle and of its first request, each run in a process of its own and by turns.
 *
 * @param urls of the bundles, as `import` takes them
 * @returns the least of each, which is what a busy machine spoils least; milliseconds, in the order of `urls`
 */
export async function timeFirstRequests(urls: readonly string[], runs = 5): Promise<number[]> {
  const env = await environment();
  const times = urls.map((): number[] => []);
  for (let run = 0; run < runs; run++)
    for (const [i, BUNDLE] of urls.entries()) {
      const args = ['--input-type=module', '--eval', PROGRAM];
      const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...env, BUNDLE } });
      times[i]?.push(Number(stdout));
    }
  return times.map((each) => Math.min(...each));
}

/** A configuration, and a request that needs a token, the schema and no other server. */
async function environment(): Promise<Record<string, string>> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const [issuer, audience] = ['https://issuer.example', 'roster'];
  const token = await new SignJWT({ org: 'acme', role: 'HR' })
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject('somebody')
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(privateKey);
  return {
    EVENT: JSON.stringify(eventOf(token)),
    TABLE_NAME: 'roster',
    AWS_REGION: 'eu-central-1',
    MEILI_HOST: 'https://search.example',
    MEILI_API_KEY: 'key',
    AUTH_ISSUER: issuer,
    AUTH_AUDIENCE: audience,
    AUTH_JWKS: JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] }),
    CURSOR_SECRET: 'x'.repeat(32),
    LOG_LEVEL: 'silent',
  };
}

const eventOf = (token: string) => ({
  rawPath: '/graphql',
  rawQueryString: '',
  headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
  requestContext: { domainName: 'api.example', http: { method: 'POST' } },
  body: JSON.stringify({ query: '{ viewer { organization } }' }),
  isBase64Encoded: false,
});
