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

/**
 * What a deployed process must not start with. Anyone who has seen a development token, or the file of its key, could
 * sign tokens of any organization and role; what libraries and Roster tell developers is not for clients.
 *
 * @returns each problem with its cure, none outside deployments
 */
export function developmentProblems(env: Environment): string[] {
  if (!isDeployed(env)) return [];
  const { AUTH_ISSUER, AUTH_JWKS = '', ERRORS, EXPLAIN, NODE_ENV } = env;
  return [
    ...(NODE_ENV === 'development'
      ? ['NODE_ENV is "development", in which libraries tell clients of their insides; set "production"']
      : []),
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
const isPlainHttp = (address: string): boolean =>
  address.startsWith('http:') &&
  URL.canParse(address) &&
  !['localhost', '127.0.0.1', '[::1]'].includes(new URL(address).hostname);
