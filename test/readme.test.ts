import { access, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

const documents = [
  'README.md',
  ...(await readdir('docs')).filter((name) => name.endsWith('.md')).map((name) => join('docs', name)),
];
const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as { scripts: Record<string, string> };

it.each(documents)('%s names only scripts that there are', async (file) => {
  const text = await readFile(file, 'utf8');
  const named = [...text.matchAll(/npm run (?:-s )?([a-z:-]+)/g)].map(([, script]) => script ?? '');
  expect(named.filter((script) => !(script in scripts))).toEqual([]);
});

it.each(documents)('%s links only to files that there are', async (file) => {
  const text = await readFile(file, 'utf8');
  const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link]) => join(dirname(file), link ?? ''));
  for (const link of links) await expect(access(link), link).resolves.toBeUndefined();
});

it('the README shows the example queries as GraphiQL opens them', async () => {
  const readme = await readFile('README.md', 'utf8');
  for (const name of await readdir('dev/examples')) {
    const [, ...lines] = (await readFile(join('dev/examples', name), 'utf8')).trimEnd().split('\n');
    if (Number.parseInt(name, 10) <= 8) expect(readme, name).toContain(lines.join('\n'));
  }
});
