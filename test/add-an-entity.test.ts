import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';

/** What the documented steps need of the tree, besides the packages. */
const TREE = [
  'src',
  'dev',
  'test',
  'scripts',
  'docs',
  'handler.ts',
  'serverless.yml',
  'stack',
  'package.json',
  'tsconfig.json',
];
const CONFIGURATION = ['biome.json', 'vitest.config.ts', 'schema.graphql'];

interface Step {
  readonly file: string;
  readonly code: string;
  /** Added to the end of the file, rather than a file of its own. */
  readonly isLine: boolean;
}

/** The TypeScript of the page, each below the line that names its file. */
async function documented(): Promise<Step[]> {
  const page = await readFile('docs/add-an-entity.md', 'utf8');
  return [...page.matchAll(/^`(src\/[^`]+)`(, one more line:)?\n\n```ts\n([\s\S]*?)^```$/gm)].map(
    ([, file = '', line, code = '']) => ({ file, code, isLine: line !== undefined }),
  );
}

let tree: string;
let steps: readonly Step[];

beforeAll(async () => {
  steps = await documented();
  tree = await mkdtemp(join(tmpdir(), 'roster-add-'));
  await Promise.all([...TREE, ...CONFIGURATION].map((name) => cp(name, join(tree, name), { recursive: true })));
  await symlink(join(process.cwd(), 'node_modules'), join(tree, 'node_modules'));
  for (const { file, code, isLine } of steps) await (isLine ? appendFile : writeFile)(join(tree, file), code);
});

afterAll(() => rm(tree, { recursive: true, force: true }));

/** Runs one of the project's commands in the tree. */
async function run(command: string, args: readonly string[]) {
  const child = spawn(join('node_modules/.bin', command), args, { cwd: tree });
  const [output, errors] = [text(child.stdout), text(child.stderr)];
  const [code] = await once(child, 'close');
  return { code, output: `${await output}${await errors}` };
}

it('is three files and three lines, fewer than 100 in all', () => {
  expect(steps.map(({ file, isLine }) => [file, isLine])).toEqual([
    ['src/entities/invoice.ts', false],
    ['src/entities/index.ts', true],
    ['src/search/invoice.ts', false],
    ['src/search/index.ts', true],
    ['src/schema/invoice.ts', false],
    ['src/schema/index.ts', true],
  ]);
  expect(steps.filter(({ isLine }) => isLine).map(({ code }) => code.trim().split('\n').length)).toEqual([1, 1, 1]);
  expect(steps.flatMap(({ code }) => code.trimEnd().split('\n')).length).toBeLessThan(100);
});

it('compiles, keeps to the style, and is in the schema and the map of access patterns', async () => {
  expect(await run('tsc', ['-p', '.'])).toEqual({ code: 0, output: '' });
  // The lines are added at the end; formatting puts them in order, as the page says.
  const lines = steps.filter(({ isLine }) => isLine).map(({ file }) => file);
  expect(await run('biome', ['check', '--write', '--vcs-enabled=false', ...lines])).toMatchObject({ code: 0 });
  const lint = await run('biome', ['ci', '--vcs-enabled=false', ...steps.map(({ file }) => file)]);
  expect(lint, lint.output).toMatchObject({ code: 0 });
  expect(await run('node', ['scripts/schema.ts'])).toMatchObject({ code: 0 });
  expect(await readFile(join(tree, 'schema.graphql'), 'utf8')).toContain('type Invoice implements Node & Versioned {');
  const map = await run('node', ['scripts/access-patterns.ts']);
  expect(map.output).toContain('| `Project.invoices` | `status`, `dueOn`, `filter` | `invoice.billing` | gsi1 |');
  expect(await run('node', ['scripts/check-keys.ts', '--write'])).toMatchObject({ code: 0 });
  // Six programs, one after the other, of which the compiler alone has much to do.
});

it('works, and is tested by being registered', async () => {
  await cp('test/fixtures/invoices.ts', join(tree, 'test/documented/invoices.test.ts'));
  const { code, output } = await run('vitest', ['run', 'test/documented', 'test/table.test.ts']);
  expect(code, output).toBe(0);
  expect(output).toMatch(/^\d+ passed, 0 failed$/m);
});
