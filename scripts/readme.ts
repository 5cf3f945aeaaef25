import { readFile, writeFile } from 'node:fs/promises';
import { readExamples } from '../dev/examples.ts';

// Puts the example queries into README.md, between its markers; with --check, fails when they are not what dev/examples/ says.
const FILE = new URL('../README.md', import.meta.url);
const [BEGIN, END] = ['<!-- examples -->', '<!-- /examples -->'];
/** The examples that are access patterns; the rest is GraphiQL's. */
const PATTERNS = 8;

const examples = (await readExamples(42, 'globex')).slice(0, PATTERNS).map(({ query, variables }) => {
  const [title = '', ...lines] = query.trimEnd().split('\n');
  const ids = Object.keys(variables).length > 0 ? `\n\`\`\`json\n${JSON.stringify(variables)}\n\`\`\`\n` : '';
  return `**${title.replace('# ', '')}**\n\n\`\`\`graphql\n${lines.join('\n')}\n\`\`\`\n${ids}`;
});
const before = await readFile(FILE, 'utf8');
const [head, rest = ''] = before.split(BEGIN);
const [, tail] = rest.split(END);
const after = `${head}${BEGIN}\n\n${examples.join('\n')}\n${END}${tail}`;

if (!process.argv.includes('--check')) await writeFile(FILE, after);
else if (before !== after) {
  process.stderr.write('README.md is stale; run "npm run readme" and commit what changed\n');
  process.exitCode = 1;
}
