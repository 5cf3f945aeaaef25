import type { GraphiQLOptions, YogaServerOptions } from 'graphql-yoga';
import type { Cors } from '../src/plugins/cors.ts';
import { EXPLAIN_HEADER } from '../src/plugins/explain.ts';
import { readExamples } from './examples.ts';
import { graphiqlPage } from './graphiql-page.ts';
import type { Identity } from './identity.ts';
import { personaOf } from './personas.ts';
import type { SeedOrg } from './seed/index.ts';

const WELCOME = {
  query: `# Roster: press the play button. The documentation is behind the book on the left.
query Me {
  viewer { organization role }
}
`,
  variables: {},
  role: 'ADMIN',
} as const;

/** What `createServer` needs to show GraphiQL. */
type GraphiQL = Required<Pick<YogaServerOptions<object, object>, 'graphiql' | 'renderGraphiQL'>> & {
  readonly cors: Cors;
};

/**
 * GraphiQL with a tab and a token per example, and what each costs in its result; with one query when there are no seeded objects to show.
 *
 * @param seed of the data; undefined when they are of other origin
 */
export async function graphiqlFor(identity: Identity, org: SeedOrg, seed: number | undefined): Promise<GraphiQL> {
  const headersOf = async (role: 'EMPLOYEE' | 'ADMIN') => {
    const authorization = `Bearer ${await identity.token(personaOf(org, role, seed))}`;
    // What a query costs is seen as it is written.
    return JSON.stringify({ authorization, [EXPLAIN_HEADER]: '1' }, null, 2);
  };
  const examples = seed === undefined ? [WELCOME] : await readExamples(seed, org);
  const tabs = examples.map(async ({ query, variables, role }) => ({
    query,
    variables: JSON.stringify(variables, null, 2),
    headers: await headersOf(role),
  }));
  const withoutTokens: GraphiQLOptions = { title: 'Roster', defaultTabs: [{ query: WELCOME.query }] };
  const options: GraphiQLOptions = {
    title: 'Roster',
    headers: await headersOf('ADMIN'),
    defaultTabs: await Promise.all(tabs),
    shouldPersistHeaders: true,
    defaultEditorToolsVisibility: 'variables',
  };
  return {
    graphiql: (request) => (isLocal(request) ? options : withoutTokens),
    renderGraphiQL: await graphiqlPage(`${identity.keyId} ${seed}`),
    cors: (request) => (wantsPage(request) ? false : { origin: '*' }),
  };
}

// The page holds tokens. Neither another site's script may read it, nor a name that somebody points at this machine.
const wantsPage = (request: Request): boolean => request.headers.get('accept')?.includes('text/html') ?? false;
const isLocal = (request: Request): boolean =>
  /^(localhost|.+\.localhost|127\.0\.0\.1|\[::1\])$/.test(new URL(request.url).hostname);
