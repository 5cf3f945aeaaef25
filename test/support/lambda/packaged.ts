import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startPackager } from '../stack/package.ts';
import type { Template } from '../stack/template.ts';

/** What is deployed, as `npm run package` makes it. */
export interface Packaged {
  readonly template: Template;
  /** Where the zip was unpacked: the functions' task root. */
  readonly root: string;
  /** What the template says of a function, by its name in `serverless.yml`. */
  settingsOf(name: string): FunctionSettings;
  remove(): Promise<void>;
}

/** A function in the template. */
export interface FunctionSettings {
  readonly handler: string;
  readonly timeoutMs: number;
  /** Variables whose values the template holds; what only CloudFormation knows is left out. */
  readonly env: Readonly<Record<string, string>>;
}

interface FunctionProperties {
  readonly Handler: string;
  readonly Timeout: number;
  readonly Environment: { readonly Variables: Readonly<Record<string, unknown>> };
}

/** Packages a stage and unpacks its zip. */
export async function packaged(stage: string): Promise<Packaged> {
  const packager = await startPackager();
  const template = await packager.bundleAndPackage('--stage', stage);
  const root = join(packager.tree, 'unpacked');
  await promisify(execFile)('unzip', ['-q', join(packager.tree, '.serverless/roster.zip'), '-d', root]);
  return { template, root, settingsOf: (name) => settingsOf(template, name), remove: () => packager.stop() };
}

function settingsOf({ Resources }: Template, name: string): FunctionSettings {
  const logicalId = `${name.charAt(0).toUpperCase()}${name.slice(1)}LambdaFunction`;
  const properties = Resources[logicalId]?.Properties as unknown as FunctionProperties | undefined;
  if (!properties) throw new Error(`the template has no function ${name}`);
  const variables = Object.entries(properties.Environment.Variables);
  return {
    handler: properties.Handler,
    timeoutMs: properties.Timeout * 1_000,
    env: Object.fromEntries(variables.flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : []))),
  };
}
