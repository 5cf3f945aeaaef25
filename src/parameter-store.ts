import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import * as z from 'zod/mini';
import type { Environment } from './config.ts';
import type { FetchParameters } from './parameters.ts';
import type { Clock } from './runtime.ts';

/** What one request may ask for. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html */
const MOST_NAMES = 10;
const TIMEOUT_MS = 3_000;
const ATTEMPTS = 3;
/** Of an answer that says what went wrong; characters. */
const MOST_SAID = 300;

const Answer = z.object({ Parameters: z.array(z.object({ Name: z.string(), Value: z.string() })) });

/**
 * Asks the SSM Parameter Store for decrypted values, by the credentials and the region that Lambda puts into the
 * environment; `AWS_ENDPOINT_URL_SSM` names another address than the region's own. AWS's client would add more code to a
 * cold start than this one request is worth; the signer is there already, for DynamoDB.
 */
export function ssmParameters(env: Environment, clock: Pick<Clock, 'backOff'>): FetchParameters {
  return async (names) => {
    const groups = Array.from({ length: Math.ceil(names.length / MOST_NAMES) }, (_, i) =>
      names.slice(i * MOST_NAMES, (i + 1) * MOST_NAMES),
    );
    const answers = await Promise.all(groups.map((group) => getParameters(env, clock, group)));
    return new Map(answers.flat().map(({ Name, Value }) => [Name, Value]));
  };
}

async function getParameters(env: Environment, clock: Pick<Clock, 'backOff'>, names: readonly string[]) {
  for (let attempt = 1; ; attempt++) {
    const response = await request(env, JSON.stringify({ Names: names, WithDecryption: true }));
    if (response.ok) return parametersIn(await response.text());
    // It quotes what was sent, never a value.
    const said = (await response.text()).slice(0, MOST_SAID);
    // A burst of cold starts asks more often than the Parameter Store answers in a second.
    const mayPass = response.status >= 500 || response.status === 429 || said.includes('Throttling');
    if (!mayPass || attempt === ATTEMPTS) throw new Error(`it answered ${response.status}: ${said}`);
    await clock.backOff(attempt);
  }
}

function parametersIn(text: string) {
  try {
    return Answer.parse(JSON.parse(text)).Parameters;
  } catch {
    // The parser's own message would quote values, and log them.
    throw new Error('its answer is not one of GetParameters');
  }
}

async function request(env: Environment, body: string): Promise<Response> {
  const region = env['AWS_REGION'] ?? '';
  const url = new URL(env['AWS_ENDPOINT_URL_SSM'] ?? `https://ssm.${region}.amazonaws.com`);
  const sessionToken = env['AWS_SESSION_TOKEN'];
  const signer = new SignatureV4({
    service: 'ssm',
    region,
    sha256: Hash.bind(null, 'sha256'),
    credentials: {
      accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '',
      ...(sessionToken ? { sessionToken } : {}),
    },
  });
  const { method, headers } = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: {},
    headers: {
      host: url.host,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AmazonSSM.GetParameters',
    },
    body,
  });
  return fetch(url, { method, headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
}
