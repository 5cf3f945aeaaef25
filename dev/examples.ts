import { readdir, readFile } from 'node:fs/promises';
import type { Role } from '../src/auth/viewer.ts';
import { encodeGlobalId } from '../src/schema/electrodb/global-id.ts';
import { seededId } from './seed/ids.ts';
import { personaFor, type SeedOrg } from './seed/index.ts';

const FOLDER = new URL('./examples/', import.meta.url);

/** An example operation, as GraphiQL opens it in a tab of its own. */
export interface Example {
  /** The file's name without its ending, such as `3-my-tasks`. */
  readonly name: string;
  readonly query: string;
  /** Ids of seeded objects for the variables that it declares. */
  readonly variables: Readonly<Record<string, string>>;
  /** Whose view of the data it shows. */
  readonly role: Extract<Role, 'EMPLOYEE' | 'ADMIN'>;
}

/** The examples, in their order, for the data of a seed. */
export async function readExamples(seed: number, org: SeedOrg): Promise<Example[]> {
  const ids: Readonly<Record<string, string>> = {
    employee: encodeGlobalId('Employee', personaFor(seed, org, 'EMPLOYEE')),
    manager: encodeGlobalId('Employee', personaFor(seed, org, 'MANAGER')),
    office: encodeGlobalId('Office', seededId(seed, org, 'office', 0)),
    project: encodeGlobalId('Project', seededId(seed, org, 'project', 0)),
  };
  const files = (await readdir(FOLDER)).sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  return Promise.all(
    files.map(async (file): Promise<Example> => {
      const query = await readFile(new URL(file, FOLDER), 'utf8');
      const variables = Object.fromEntries(Object.entries(ids).filter(([name]) => query.includes(`$${name}: ID!`)));
      return {
        name: file.replace('.graphql', ''),
        query,
        variables,
        role: query.includes('viewer {') ? 'EMPLOYEE' : 'ADMIN',
      };
    }),
  );
}
