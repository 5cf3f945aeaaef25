import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import * as z from 'zod/mini';
import type { Environment } from './config.ts';
import type { FetchParameters } from './parameters.ts';
import type { Clock } from './runtime.ts';

/** What one request may ask for. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html */
const MOST_NAMES = 10;
/** For one answer; the Parameter Store's own take some milliseconds. */
const TIMEOUT_MS = 3_000;
/** Of an answer that says what went wrong; characters. */
const MOST_SAID = 300;

const Answer = z.object({ Parameters: z.array(z.object({ Name: z.string(), Value: z.string() })) });

/**
 * Asks the SSM Parameter Store for decrypted values, by the credentials and the region that Lambda puts into the
 * environment; `AWS_ENDPOINT_URL_SSM` names another address than the region's own. AWS's client would add more code to a
 * cold start than this one request is worth; the signer is there already, for DynamoDB.
 *
 * It asks again, at growing random intervals, where the Parameter Store is out of order, does not answer, or has too much
 * to do: an account has 40 requests a second unless it pays for more, and a burst of cold starts is more.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-throughput.html
 */
export function ssmParameters(env: Environment, clock: Pick<Clock, 'backOff' | 'monotonicMs'>): FetchParameters {
  return async (names, withinMs) => {
    const deadlineMs = clock.monotonicMs() + withinMs;
    const groups = Array.from({ length: Math.ceil(names.length / MOST_NAMES) }, (_, i) =>
      names.slice(i * MOST_NAMES, (i + 1) * MOST_NAMES),
    );
    const answers = await Promise.all(groups.map((group) => getParameters(env, clock, group, deadlineMs)));
    return new Map(answers.flat().map(({ Name, Value }) => [Name, Value]));
  };
}

async function getParameters(
  env: Environment,
  clock: Pick<Clock, 'backOff' | 'monotonicMs'>,
  names: readonly string[],
  deadlineMs: number,
) {
  const body = JSON.stringify({ Names: names, WithDecryption: true });
  for (let attempt = 1; ; attempt++) {
    const leftMs = deadlineMs - clock.monotonicMs();
    const answer = await request(env, body, Math.min(TIMEOUT_MS, Math.ceil(leftMs)));
    if ('text' in answer) return parametersIn(answer.text);
    if (answer.mayPass) await clock.backOff(attempt);
    if (!answer.mayPass || clock.monotonicMs() >= deadlineMs) throw new Error(answer.problem, { cause: answer.cause });
  }
}

/**
 * Where a region has its Parameter Store: those of China are under a domain of their own.
 * https://docs.amazonaws.cn/en_us/aws/latest/userguide/endpoints-Beijing.html
 */
export const ssmAddress = (region: string): string =>
  `https://ssm.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;

/** What came of a request: the text of an answer, or why there is none, and whether the next attempt may have one. */
type Outcome = { readonly text: string } | Failure;

interface Failure {
  readonly problem: string;
  readonly mayPass: boolean;
  readonly cause?: unknown;
}

function parametersIn(text: string) {
  try {
    return Answer.parse(JSON.parse(text)).Parameters;
  } catch {
    // The parser's own message would quote values, and log them.
    throw new Error('its answer is not one of GetParameters');
  }
}

async function request(env: Environment, body: string, timeoutMs: number): Promise<Outcome> {
  const region = env['AWS_REGION'] ?? '';
  const url = new URL(env['AWS_ENDPOINT_URL_SSM'] ?? ssmAddress(region));
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
  try {
    return await outcomeOf(await fetch(url, { method, headers, body, signal: AbortSignal.timeout(timeoutMs) }));
  } catch (cause) {
    // Reset, refused or too late. What went wrong with the connection is the cause of what fetch says.
    const { message } = ((cause as Error).cause ?? cause) as Error;
    return { problem: `it did not answer: ${message}`, mayPass: true, cause };
  }
}

async function outcomeOf(response: Response): Promise<Outcome> {
  const text = await response.text();
  if (response.ok) return { text };
  // It quotes what was sent, never a value.
  const said = text.slice(0, MOST_SAID);
  const mayPass = response.status >= 500 || response.status === 429 || said.includes('Throttling');
  return { problem: `it answered ${response.status}: ${said}`, mayPass };
}
