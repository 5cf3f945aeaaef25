import { ROLES } from '../src/auth/viewer.ts';
import type { Identity } from './identity.ts';
import { personaOf } from './personas.ts';
import type { SeedRecord } from './seed-record.ts';
import type { Stack } from './stack.ts';

/** What the start-up summary tells. */
export interface Summary {
  readonly url: string;
  readonly addresses: Stack['addresses'];
  readonly identity: Identity;
  /** The organization whose tokens are shown. */
  readonly org: string;
  /** Undefined when the data are of other origin. */
  readonly seeded: SeedRecord | undefined;
  /** The seed that was asked for, if any was. */
  readonly asked: number | undefined;
  readonly elapsedMs: number;
}

/** The start-up summary: how long it took, addresses, data, and a token for each role. */
export async function summaryText(summary: Summary): Promise<string> {
  const { url, addresses, identity, org, seeded, elapsedMs } = summary;
  const tokens = ROLES.map(async (role) => {
    const token = await identity.token(personaOf(org, role, seeded?.seed));
    return `  ${role.padEnd(10)}${token}`;
  });
  return `
Roster is up after ${(elapsedMs / 1_000).toFixed(1)} s.

  GraphiQL     ${url}/graphql
  DynamoDB     ${addresses.dynamodb}
  Meilisearch  ${addresses.meilisearch}

${dataText(summary)}

Tokens of ${org}, good for 180 days; send one as "Authorization: Bearer TOKEN":

${(await Promise.all(tokens)).join('\n')}

Others by: npm run -s token -- --role HR --org initech
Stop with Ctrl-C. Begin anew with: npm run dev -- --reset
`;
}

function dataText({ seeded, asked }: Summary): string {
  if (!seeded) return 'Your own data; nothing was seeded.';
  const { seed, counts } = seeded;
  const organizations = Object.entries(counts ?? {}).map(
    ([org, { offices, employees, projects, tasks }]) =>
      `  ${org.padEnd(13)}${offices} offices, ${employees} employees, ${projects} projects, ${tasks} tasks`,
  );
  const ignored = asked === undefined || asked === seed ? '' : ` Data of seed ${asked} take --reset.`;
  return [`Example data of seed ${seed}.${ignored}`, ...(organizations.length > 0 ? ['', ...organizations] : [])].join(
    '\n',
  );
}
