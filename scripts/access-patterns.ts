import { readFile, writeFile } from 'node:fs/promises';
import { lexicographicSortSchema } from 'graphql';
import { entities } from '../src/entities/all.ts';
import { type AccessPattern, accessPatterns, unusedPatterns } from '../src/schema/electrodb/access-patterns.ts';
import { schema as unsorted } from '../src/schema/index.ts';
import { searchPatterns } from '../src/schema/search/patterns.ts';

// Prints every access pattern of the graph and writes docs/access-patterns.md; with --check, fails when that is stale.
const FILE = new URL('../docs/access-patterns.md', import.meta.url);

const schema = lexicographicSortSchema(unsorted);

const code = (text: string) => `\`${text}\``;
const codes = (texts: string) => texts.split(', ').map(code).join(', ');
const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

const patterns = accessPatterns(schema);
const isRead = ({ index, field }: AccessPattern) => !field.startsWith('Mutation.') && index !== 'table';
const reads = patterns.filter(isRead);
const byKey = patterns.filter((pattern) => !isRead(pattern) && !pattern.field.startsWith('Mutation.'));
const writes = patterns.filter(({ field }) => field.startsWith('Mutation.'));
const unused = unusedPatterns(schema, entities);

const text = `# Access patterns

Generated from the schema by \`npm run access-patterns\`; what each query costs in calls is in
[query-costs.md](query-costs.md), and [explain.md](explain.md) shows it for a query of your own.

## Lists, by an index

A sort key's parts in brackets are conditions: arguments that may be left out, from the right. Where a filter or what has
expired leaves a page short, it takes further Queries, each of more rows than the one before. \`totalCount\` takes Queries
that read every row of the list, and is free where the page shows all of it. All rows that are read count towards
[\`WORK_BUDGET_ROWS\`](configuration.md).

${table(
  ['GraphQL', 'conditions', 'access pattern', 'index', 'partition key', 'sort key', 'cost'],
  reads.map(({ field, args, pattern, index, pk, sk, cost }) => [
    code(field),
    args.map(code).join(', '),
    code(pattern),
    index,
    code(pk),
    code(sk),
    cost,
  ]),
)}

## Objects, by their key

${table(
  ['GraphQL', 'entity', 'partition key', 'sort key', 'cost'],
  byKey.map(({ field, pattern, pk, sk, cost }) => [code(field), pattern, ...[pk, sk].map(codes), cost]),
)}

## Writes

${table(
  ['GraphQL', 'entity', 'cost'],
  writes.map(({ field, pattern, cost }) => [code(field), pattern, cost]),
)}

## Searches

${table(
  ['GraphQL', 'index', 'arguments', 'cost'],
  searchPatterns(schema).map(({ field, indexes, args, cost }) => [
    code(field),
    indexes.map(code).join(', '),
    args.map(code).join(', '),
    cost,
  ]),
)}
${
  unused.length === 0
    ? ''
    : `
## Declared, but used by no field

Each costs a write whenever its items change: ${unused.map(code).join(', ')}.
`
}`;

if (process.argv.includes('--check')) {
  if ((await readFile(FILE, 'utf8').catch(() => '')) !== text) {
    process.stderr.write('docs/access-patterns.md is stale; run "npm run access-patterns" and commit what changed\n');
    process.exitCode = 1;
  }
} else {
  await writeFile(FILE, text);
  process.stdout.write(text);
}
