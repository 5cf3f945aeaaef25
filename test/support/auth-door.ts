import { readApiConfig } from '../../src/api-config.ts';
import type { Clock } from '../../src/runtime.ts';
import { createServer } from '../../src/server.ts';
import { createApiServices } from '../../src/services.ts';
import { recordLog } from './log.ts';

/** The answer to a token. */
export interface DoorAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Of the answer as it came, in characters. */
  readonly length: number;
  readonly viewer: { readonly organization: string; readonly role: string } | undefined;
  readonly error: { readonly message: string; readonly extensions: Readonly<Record<string, unknown>> } | undefined;
}

/** A server whose table and search engine are away: asking who the viewer is takes neither. */
export function openDoor(env: Readonly<Record<string, string>>, clock: Clock) {
  const log = recordLog();
  const config = readApiConfig({
    TABLE_NAME: 'none',
    DYNAMODB_ENDPOINT: 'http://127.0.0.1:1',
    MEILI_HOST: 'http://127.0.0.1:1',
    MEILI_API_KEY: 'none',
    CURSOR_SECRET: 'a secret of thirty-two characters',
    ...env,
  });
  const server = createServer(createApiServices(config, { clock, log }));
  const body = JSON.stringify({ query: '{ viewer { organization role } }' });
  return {
    log,
    /** Asks who the viewer of an Authorization header is; of none when left out. */
    async ask(authorization?: string): Promise<DoorAnswer> {
      const headers = {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json',
        ...(authorization === undefined ? {} : { authorization }),
      };
      const response = await server.fetch(new Request('http://roster.test/graphql', { method: 'POST', headers, body }));
      const text = await response.text();
      const { data, errors } = JSON.parse(text);
      return {
        status: response.status,
        headers: response.headers,
        length: text.length,
        viewer: data?.viewer,
        error: errors?.[0],
      };
    },
  };
}
