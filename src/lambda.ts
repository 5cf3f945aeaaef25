import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { REQUEST_ID_HEADER } from './request.ts';
import type { Logger } from './runtime.ts';

/** Anything that answers requests, such as Yoga. */
export interface Fetcher {
  /** @param context `timeLeftMs` is for all of the request, milliseconds */
  fetch(request: Request, context: { readonly timeLeftMs: number }): Response | Promise<Response>;
}

/** What is kept of a call's time to hand over the answer, milliseconds. */
const HANDING_OVER_MS = 1_000;
/** Characters above which a body is in base64: longer text may grow beyond what Lambda lets through when it is quoted. */
const MOST_TEXT = 1_000_000;

/**
 * Answers an event of an API Gateway HTTP API (payload format 2.0).
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 *
 * @param remainingMs what Lambda has left for the call
 */
export async function answer(
  server: Fetcher,
  event: APIGatewayProxyEventV2,
  { remainingMs, log }: { readonly remainingMs: number; readonly log: Logger },
): Promise<APIGatewayProxyStructuredResultV2> {
  let request: Request;
  try {
    request = requestOf(event);
  } catch (error) {
    // A method, header or address that no Request can be made of. The error may quote it, which the log must not.
    const { requestId } = event.requestContext;
    log.info({ status: 400, outcome: 'refused', codes: ['NOT_A_REQUEST'], requestId }, 'request');
    return {
      statusCode: 400,
      headers: { 'content-type': 'text/plain', [REQUEST_ID_HEADER]: requestId },
      body: `bad request: ${(error as Error).message}`,
    };
  }
  return resultOf(await server.fetch(request, { timeLeftMs: remainingMs - HANDING_OVER_MS }));
}

function requestOf(event: APIGatewayProxyEventV2): Request {
  const { method } = event.requestContext.http;
  const headers = new Headers();
  for (const [name, value] of Object.entries(event.headers)) if (value !== undefined) headers.set(name, value);
  // What API Gateway's own log calls the request; a client's name for it must not get there.
  headers.set(REQUEST_ID_HEADER, event.requestContext.requestId);
  if (event.cookies?.length) headers.set('cookie', event.cookies.join('; '));
  const query = event.rawQueryString ? `?${event.rawQueryString}` : '';
  const body = event.body === undefined || event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64') : event.body;
  return new Request(`https://${event.requestContext.domainName}${event.rawPath}${query}`, {
    method,
    headers,
    ...(method === 'GET' || method === 'HEAD' ? {} : { body }),
  });
}

async function resultOf(response: Response): Promise<APIGatewayProxyStructuredResultV2> {
  const cookies = response.headers.getSetCookie();
  const headers = Object.fromEntries([...response.headers].filter(([name]) => name !== 'set-cookie'));
  return {
    statusCode: response.status,
    headers,
    ...bodyOf(await response.text()),
    ...(cookies.length > 0 ? { cookies } : {}),
  };
}

const bodyOf = (text: string): Pick<APIGatewayProxyStructuredResultV2, 'body' | 'isBase64Encoded'> =>
  text.length > MOST_TEXT ? { body: Buffer.from(text).toString('base64'), isBase64Encoded: true } : { body: text };
