import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { REQUEST_ID_HEADER } from './request.ts';

/** Anything that answers requests, such as Yoga. */
export interface Fetcher {
  fetch(request: Request): Response | Promise<Response>;
}

/**
 * Answers an event of an API Gateway HTTP API (payload format 2.0).
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export async function answer(
  server: Fetcher,
  event: APIGatewayProxyEventV2,
): Promise<APIGatewayProxyStructuredResultV2> {
  let request: Request;
  try {
    request = requestOf(event);
  } catch (error) {
    // A method, header or address that no Request can be made of.
    return {
      statusCode: 400,
      headers: { 'content-type': 'text/plain' },
      body: `bad request: ${(error as Error).message}`,
    };
  }
  return resultOf(await server.fetch(request));
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
    body: await response.text(),
    ...(cookies.length > 0 ? { cookies } : {}),
  };
}
