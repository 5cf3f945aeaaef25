import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { streamFilters } from '../../../src/search/indexer/event-filter.ts';
import type { Template } from './template.ts';

/** What packaging takes of the tree, besides the libraries. */
const TREE = [
  'handler.ts',
  'package.json',
  'package-lock.json',
  'scripts',
  'serverless.yml',
  'src',
  'stack',
  'tsconfig.json',
];

/** Packages the stack of any stage, one after the other, in a copy of the tree, whose `dist/` nobody else writes to. */
export interface Packager {
  /** The copy. */
  readonly tree: string;
  /** The template as it would be deployed, with an empty bundle, on which none depends. @param args of the Serverless Framework */
  package(...args: readonly string[]): Promise<Template>;
  /** The same with the bundle, by the command that everybody uses. */
  bundleAndPackage(...args: readonly string[]): Promise<Template>;
  /** Changes the source, as if the bundle were from before that. */
  touchSource(): Promise<void>;
  stop(): Promise<void>;
}

export async function startPackager(): Promise<Packager> {
  const tree = await mkdtemp(join(tmpdir(), 'roster-package-'));
  await mkdir(join(tree, 'dist/bundle'), { recursive: true });
  await Promise.all([
    ...TREE.map((name) => cp(name, join(tree, name), { recursive: true })),
    symlink(join(process.cwd(), 'node_modules'), join(tree, 'node_modules')),
    writeFile(join(tree, 'dist/stream-filters.json'), JSON.stringify(streamFilters())),
  ]);
  // After the sources, as `npm run package` does.
  await writeFile(join(tree, 'dist/bundle/handler.mjs'), '');
  return {
    tree,
    package: (...args) => packaged(tree, 'node_modules/.bin/serverless', ['package', ...args]),
    // Without taking times, which would take time.
    bundleAndPackage: (...args) => packaged(tree, 'npm', ['run', '-s', 'package', '--', '--no-timing', ...args]),
    touchSource: () => writeFile(join(tree, 'handler.ts'), ''),
    stop: () => rm(tree, { recursive: true, force: true }),
  };
}

/** @throws Error with everything that the command printed when it fails */
async function packaged(tree: string, command: string, args: readonly string[]): Promise<Template> {
  const child = spawn(command, args, { cwd: tree, stdio: ['ignore', 'pipe', 'pipe'] });
  const [output, errors] = [text(child.stdout), text(child.stderr)];
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the stack was not packaged: ${await output}${await errors}`);
  return JSON.parse(await readFile(join(tree, '.serverless/cloudformation-template-update-stack.json'), 'utf8'));
}
