import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { LambdaFunction } from './function.ts';

/**
 * Sends a request through what an HTTP API does before and behind a function (payload format 2.0).
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export async function throughGateway(target: LambdaFunction, request: Request): Promise<Response> {
  try {
    return responseOf((await target.invoke(await eventOf(request))) as APIGatewayProxyStructuredResultV2);
  } catch {
    // It says no more of whatever went wrong in the function, and neither does this: `printed` has it.
    return Response.json({ message: 'Internal Server Error' }, { status: 500 });
  }
}

async function eventOf(request: Request): Promise<APIGatewayProxyEventV2> {
  const { hostname, pathname, search, searchParams } = new URL(request.url);
  const { cookie, ...headers } = Object.fromEntries(request.headers);
  const body = Buffer.from(await request.arrayBuffer());
  // It takes bodies of these types for text, and whatever is compressed for none.
  const isText = /json|text|xml/.test(headers['content-type'] ?? '') && !headers['content-encoding'];
  const routeKey = `${request.method} ${pathname}`;
  return {
    version: '2.0',
    routeKey,
    rawPath: pathname,
    rawQueryString: search.slice(1),
    ...(cookie ? { cookies: cookie.split('; ') } : {}),
    headers,
    queryStringParameters: Object.fromEntries(
      [...searchParams.keys()].map((name) => [name, searchParams.getAll(name).join(',')]),
    ),
    requestContext: {
      accountId: '123456789012',
      apiId: 'api',
      domainName: hostname,
      domainPrefix: 'api',
      http: {
        method: request.method,
        path: pathname,
        protocol: 'HTTP/1.1',
        sourceIp: '203.0.113.1',
        userAgent: 'test',
      },
      requestId: crypto.randomUUID(),
      routeKey,
      stage: '$default',
      time: new Date().toUTCString(),
      timeEpoch: Date.now(),
    },
    ...(body.length > 0 ? { body: body.toString(isText ? 'utf8' : 'base64') } : {}),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

function responseOf(result: APIGatewayProxyStructuredResultV2): Response {
  const headers = new Headers(Object.entries(result.headers ?? {}).map(([name, value]) => [name, String(value)]));
  for (const cookie of result.cookies ?? []) headers.append('set-cookie', cookie);
  const body = result.body && Buffer.from(result.body, result.isBase64Encoded ? 'base64' : 'utf8');
  return new Response(body || null, { status: result.statusCode ?? 200, headers });
}
