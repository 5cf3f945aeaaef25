import { ROLES } from '../src/auth/policy.ts';
import type { Identity } from './identity.ts';
import { personaOf } from './personas.ts';
import type { SeedSummary } from './seed/index.ts';
import type { Stack } from './stack.ts';

/** What the table was filled with, kept beside it. */
export interface SeedRecord {
  readonly seed: number;
  readonly counts: SeedSummary;
}

/** What the start-up summary tells. */
export interface Summary {
  readonly url: string;
  readonly addresses: Stack['addresses'];
  readonly identity: Identity;
  /** The organization whose tokens are shown. */
  readonly org: string;
  /** Undefined when the data are of other origin. */
  readonly seeded: SeedRecord | undefined;
  readonly elapsedMs: number;
}

/** The start-up summary: how long it took, addresses, data, and a token for each role. */
export async function summaryText({ url, addresses, identity, org, seeded, elapsedMs }: Summary): Promise<string> {
  const tokens = ROLES.map(async (role) => {
    const token = await identity.token(personaOf(org, role, seeded?.seed));
    return `  ${role.padEnd(10)}${token}`;
  });
  return `
Roster is up after ${(elapsedMs / 1_000).toFixed(1)} s.

  GraphiQL     ${url}/graphql
  DynamoDB     ${addresses.dynamodb}
  Meilisearch  ${addresses.meilisearch}

${seeded ? seedText(seeded) : 'Your own data; nothing was seeded.'}

Tokens of ${org}, good for 30 days; send one as "Authorization: Bearer TOKEN":

${(await Promise.all(tokens)).join('\n')}

Others by: npm run -s token -- --role HR --org initech
Stop with Ctrl-C. Begin anew with: npm run dev -- --reset
`;
}

function seedText({ seed, counts }: SeedRecord): string {
  const lines = Object.entries(counts).map(
    ([org, { offices, employees, projects, tasks }]) =>
      `  ${org.padEnd(13)}${offices} offices, ${employees} employees, ${projects} projects, ${tasks} tasks`,
  );
  return [`Data of seed ${seed}:`, '', ...lines].join('\n');
}
