import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Template } from './template.ts';

/** What packaging takes of the tree, besides the libraries. */
const TREE = ['handler.ts', 'package.json', 'scripts', 'serverless.yml', 'src', 'stack', 'tsconfig.json'];

/** Packages the stack, one template after another, in a copy of the tree, whose `dist/` nobody else writes to. */
export interface Packager {
  /** The copy. */
  readonly tree: string;
  /** The template as it would be deployed, by the command that everybody uses; takes arguments of the Serverless Framework. */
  bundleAndPackage(...args: readonly string[]): Promise<Template>;
  /** The template of another stage or with other parameters, with the bundle that is there. */
  packageAgain(...args: readonly string[]): Promise<Template>;
  stop(): Promise<void>;
}

export async function startPackager(): Promise<Packager> {
  const tree = await mkdtemp(join(tmpdir(), 'roster-package-'));
  await Promise.all(TREE.map((name) => cp(name, join(tree, name), { recursive: true })));
  await symlink(join(process.cwd(), 'node_modules'), join(tree, 'node_modules'));
  return {
    tree,
    // Without taking times, which would take time.
    bundleAndPackage: (...args) => packaged(tree, 'npm', ['run', '-s', 'package', '--', '--no-timing', ...args]),
    packageAgain: (...args) => packaged(tree, 'npx', ['serverless', 'package', ...args]),
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
