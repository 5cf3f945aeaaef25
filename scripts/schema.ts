import { readFile, writeFile } from 'node:fs/promises';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { schema } from '../src/schema/index.ts';

// Prints the schema to schema.graphql; with --check, fails when the file is not what the code says.
const FILE = new URL('../schema.graphql', import.meta.url);
const printed = `${printSchema(lexicographicSortSchema(schema))}\n`;

if (process.argv.includes('--check')) {
  const committed = await readFile(FILE, 'utf8').catch(() => '');
  if (committed !== printed) {
    process.stderr.write('schema.graphql is stale; run "npm run schema" and commit what changed\n');
    process.exitCode = 1;
  }
} else {
  await writeFile(FILE, printed);
}
