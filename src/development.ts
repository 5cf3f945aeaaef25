import { listOf } from './variables.ts';

/** Who signs the tokens of `npm run dev`. */
export const DEVELOPMENT_ISSUER = 'roster-dev';

/** How the ids of its keys begin, so that such a key is known wherever it turns up. */
export const DEVELOPMENT_KEY_PREFIX = 'dev-';

type Environment = Readonly<Record<string, string | undefined>>;

const DEVELOPMENT = ['development', 'dev', 'test'];

/** Whether a stage of this name is one in which nobody's data are. */
export const isDevelopmentStage = (stage: string): boolean => DEVELOPMENT.includes(stage);

/** True in Lambda, and wherever `NODE_ENV` or `STAGE` names anything but development. */
export const isDeployed = ({ AWS_LAMBDA_FUNCTION_NAME, NODE_ENV, STAGE }: Environment): boolean =>
  Boolean(AWS_LAMBDA_FUNCTION_NAME) ||
  [NODE_ENV, STAGE].some((name) => name !== undefined && name !== '' && !DEVELOPMENT.includes(name));

/** Variables whose addresses may be without encryption in a deployment, where `PLAIN_HTTP` names them. */
export const PLAIN_HTTP_VARIABLES = ['MEILI_HOST', 'DYNAMODB_ENDPOINT'] as const;

/**
 * What no deployed process must start with: what libraries tell developers is not for clients, and whoever is on the way of
 * a request without encryption has its keys.
 *
 * @returns each problem with its cure, none outside deployments
 */
export function deploymentProblems(env: Environment): string[] {
  if (!isDeployed(env)) return [];
  const { NODE_ENV, PLAIN_HTTP = '' } = env;
  const plain = PLAIN_HTTP_VARIABLES.filter((name) => !listOf(PLAIN_HTTP).includes(name) && isPlainHttp(env[name]));
  return [
    ...(NODE_ENV === 'development'
      ? ['NODE_ENV is "development", in which libraries tell clients of their insides; set "production"']
      : []),
    ...plain.map(
      (name) =>
        `${name} must begin with https:, or keys and data could be read on the way; only in a network that nobody else reads, name it in PLAIN_HTTP`,
    ),
  ];
}

/**
 * What no deployed API must start with. Anyone who has seen a development token, or the file of its key, could sign tokens
 * of any organization and role; what Roster tells developers is not for clients.
 *
 * @returns each problem with its cure, none outside deployments
 */
export function apiDeploymentProblems(env: Environment): string[] {
  if (!isDeployed(env)) return [];
  const { AUTH_ISSUER, AUTH_JWKS = '', ERRORS, EXPLAIN, MEILI_HOST, SEARCH_PUBLIC_HOST, SEARCH_TOKEN_KEY } = env;
  // Where browsers are sent; Meilisearch may be without encryption for the functions alone.
  const publicHost = SEARCH_PUBLIC_HOST ?? (SEARCH_TOKEN_KEY && MEILI_HOST);
  return [
    ...(ERRORS === 'shown' ? ['ERRORS is "shown", which tells clients of our insides; unset it'] : []),
    ...(EXPLAIN === 'everyone' ? ['EXPLAIN is "everyone", who would see keys of the table; unset it'] : []),
    ...(AUTH_ISSUER === DEVELOPMENT_ISSUER
      ? [`AUTH_ISSUER is "${DEVELOPMENT_ISSUER}", whose tokens are for development; name the issuer of this stage`]
      : []),
    ...(keyIdsOf(AUTH_JWKS).some((id) => id.startsWith(DEVELOPMENT_KEY_PREFIX))
      ? ["AUTH_JWKS holds a development key; give the address of the issuer's key set"]
      : []),
    ...(isPlainHttp(AUTH_JWKS)
      ? ['AUTH_JWKS must begin with https:, or whoever is on the way could put keys of their own in its place']
      : []),
    ...(isPlainHttp(publicHost)
      ? ['SEARCH_PUBLIC_HOST must begin with https:, or search tokens and hits could be read on their way to browsers']
      : []),
  ];
}

/** The ids of keys given as JSON; none where it is an address, or no key set, which is another problem. */
function keyIdsOf(jwks: string): string[] {
  if (!jwks.startsWith('{')) return [];
  try {
    const { keys } = JSON.parse(jwks) as { readonly keys?: unknown };
    return Array.isArray(keys) ? keys.map((key: unknown) => String(Object(key)['kid'])) : [];
  } catch {
    // Whatever is wrong with the JSON is told by who reads the configuration.
    return [];
  }
}

/** This machine itself may be asked without encryption. */
function isPlainHttp(address = ''): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return protocol === 'http:' && !['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}
