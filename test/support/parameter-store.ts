import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** Stands for the SSM Parameter Store, of which there is no emulator: answers GetParameters, over HTTP. */
export interface ParameterStore {
  /** What `ssmParameters` finds it by, beside credentials that nobody else takes. */
  readonly env: Readonly<Record<string, string>>;
  /** Its parameters by name, each a `SecureString`. */
  readonly values: Map<string, string>;
  /** The names that each request asked for. */
  readonly requests: (readonly string[])[];
  /** What to answer instead; the parameters again when left out. */
  answerBy(answer?: (response: ServerResponse) => void): void;
  stop(): Promise<void>;
}

const KEY_ID = 'AKIAIOSFODNN7EXAMPLE';
const SESSION = 'a-session-token';

/** Starts one. */
export async function startParameterStore(values: Readonly<Record<string, string>> = {}): Promise<ParameterStore> {
  const held = new Map(Object.entries(values));
  const requests: string[][] = [];
  let custom: ((response: ServerResponse) => void) | undefined;
  const server = createServer(async (request, response) => {
    const { Names, WithDecryption } = (await json(request)) as { Names: string[]; WithDecryption: boolean };
    requests.push(Names);
    const say = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
    };
    const refusal = refusalOf(request.headers, Names);
    if (custom) custom(response);
    else if (refusal) say(400, { __type: refusal });
    else
      say(200, {
        Parameters: Names.flatMap((Name) => {
          const Value = held.get(Name);
          if (Value === undefined) return [];
          return [{ Name, Type: 'SecureString', Value: WithDecryption ? Value : 'encrypted', Version: 1 }];
        }),
        InvalidParameters: Names.filter((name) => !held.has(name)),
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    env: {
      AWS_ENDPOINT_URL_SSM: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: KEY_ID,
      AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      AWS_SESSION_TOKEN: SESSION,
    },
    values: held,
    requests,
    answerBy(answer) {
      custom = answer;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** As the service itself refuses: what is not signed, and more than ten names or one of them twice. */
function refusalOf(headers: Readonly<Record<string, unknown>>, names: readonly string[]): string | undefined {
  const day = String(headers['x-amz-date']).slice(0, 8);
  const credential = `AWS4-HMAC-SHA256 Credential=${KEY_ID}/${day}/eu-central-1/ssm/aws4_request, SignedHeaders=`;
  if (!String(headers['authorization']).startsWith(credential)) return 'IncompleteSignature';
  if (headers['x-amz-security-token'] !== SESSION) return 'UnrecognizedClientException';
  if (headers['x-amz-target'] !== 'AmazonSSM.GetParameters') return 'UnknownOperationException';
  if (names.length > 10 || new Set(names).size < names.length) return 'ValidationException';
  return undefined;
}
