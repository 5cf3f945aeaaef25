import { access, constants, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const FOLDER = '.github/workflows';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly uses?: string;
  readonly needs?: string;
  readonly environment?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly 'timeout-minutes'?: number;
  readonly steps?: readonly Step[];
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly concurrency: { readonly group: string; readonly 'cancel-in-progress': unknown };
  readonly jobs: Readonly<Record<string, Job>>;
}

const read = async (name: string): Promise<Workflow> => parse(await readFile(join(FOLDER, name), 'utf8'));
const stepsOf = ({ jobs }: Workflow) => Object.values(jobs).flatMap(({ steps = [] }) => steps);
const commandsOf = (workflow: Workflow) =>
  stepsOf(workflow).flatMap(({ run = '' }) => run.split('\n').map((line) => line.trim()));
const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as { scripts: Record<string, string> };

describe.each(await readdir(FOLDER))('%s', (name) => {
  it('runs scripts that there are', async () => {
    const named = commandsOf(await read(name)).flatMap((line) => /^npm run ([\w:-]+)/.exec(line)?.[1] ?? []);
    expect(named.filter((script) => !(script in scripts))).toEqual([]);
  });

  it('uses actions at a commit that nobody can change, and workflows of its own', async () => {
    const workflow = await read(name);
    for (const { uses } of stepsOf(workflow)) if (uses) expect(uses).toMatch(/^[\w.-]+\/[\w.-]+@[0-9a-f]{40}$/);
    for (const { uses } of Object.values(workflow.jobs)) if (uses) await access(uses);
  });

  it('may do nothing that a job does not ask for, knows no secret, and puts no input into a command', async () => {
    const workflow = await read(name);
    expect(workflow.permissions).toEqual({ contents: 'read' });
    expect(JSON.stringify(workflow)).not.toMatch(/\bsecrets\b|AKIA|aws-secret-access-key/);
    for (const line of commandsOf(workflow)) expect(line).not.toContain('${{');
  });

  it('gives up at some time', async () => {
    for (const job of Object.values((await read(name)).jobs))
      if (!job.uses) expect(job['timeout-minutes']).toBeGreaterThan(0);
  });
});

it('CI runs what must hold before a change lands', async () => {
  expect(commandsOf(await read('ci.yml'))).toContain('.ci/run');
  await access('.ci/run', constants.X_OK);
});

it('a deployment waits for CI, takes its role by OIDC, checks keys against what is deployed, and packages first', async () => {
  const workflow = await read('deploy.yml');
  const { ci, deploy } = workflow.jobs;
  expect(ci?.uses).toBe('./.github/workflows/ci.yml');
  expect(deploy).toMatchObject({
    needs: 'ci',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub's
    environment: '${{ inputs.stage }}',
    permissions: { contents: 'write', 'id-token': 'write' },
  });
  const credentials = stepsOf(workflow).find(({ uses }) => uses?.startsWith('aws-actions/configure-aws-credentials@'));
  expect(Object.keys(credentials?.with ?? {})).toEqual(['role-to-assume', 'aws-region']);
  const order = ['npm ci', 'npm run check:keys -- --since', 'npm run package --', 'npx serverless deploy', 'git push'];
  const commands = commandsOf(workflow);
  const places = order.map((start) => commands.findIndex((line) => line.startsWith(start)));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(places).not.toContain(-1);
  expect(workflow.concurrency).toMatchObject({ 'cancel-in-progress': false });
});
