import type { GraphiQLOptions } from 'graphql-yoga';
import { readExamples } from './examples.ts';
import type { Identity } from './identity.ts';
import { personaFor, type SeedOrg } from './seed/index.ts';

const WELCOME = `# Roster: press the play button. The documentation is behind the book on the left.
query Me {
  viewer { organization role }
}
`;

/** GraphiQL with a tab and a token per example; with one query when there are no seeded objects to show. */
export async function graphiqlOptions(
  identity: Identity,
  org: SeedOrg,
  seed: number | undefined,
): Promise<GraphiQLOptions> {
  const headersOf = async (role: 'EMPLOYEE' | 'ADMIN') => {
    const employee = seed === undefined ? undefined : personaFor(seed, org, role);
    return JSON.stringify({ authorization: `Bearer ${await identity.token({ org, role, employee })}` }, null, 2);
  };
  const admin = await headersOf('ADMIN');
  const examples = seed === undefined ? [] : await readExamples(seed, org);
  const tabs = examples.map(async ({ query, variables, role }) => ({
    query,
    variables: JSON.stringify(variables, null, 2),
    headers: await headersOf(role),
  }));
  return {
    title: 'Roster',
    defaultQuery: WELCOME,
    headers: admin,
    shouldPersistHeaders: true,
    defaultEditorToolsVisibility: 'variables',
    ...(tabs.length > 0 ? { defaultTabs: await Promise.all(tabs) } : {}),
  };
}
