import { execFile } from 'node:child_process';
import { access, constants, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readDeployRole } from './support/stack/deploy-role.ts';

const run = promisify(execFile);
const FOLDER = '.github/workflows';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly uses?: string;
  readonly needs?: string | readonly string[];
  readonly if?: string;
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

  it('may do nothing that a job does not ask for, knows no secret but what makes tags, and puts no input into a command', async () => {
    const workflow = await read(name);
    expect(workflow.permissions).toEqual({ contents: 'read' });
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub's
    const text = JSON.stringify(workflow).replace('"ssh-key":"${{ secrets.NOTES_KEY }}"', '');
    expect(text).not.toMatch(/\bsecrets\b|AKIA|aws-secret-access-key/);
    for (const line of commandsOf(workflow)) expect(line).not.toContain('${{');
  });

  it('gives up at some time', async () => {
    for (const job of Object.values((await read(name)).jobs))
      if (!job.uses) expect(job['timeout-minutes']).toBeGreaterThan(0);
  });
});

it('CI ends what is under way for a pull request alone, and no deployment by another one', async () => {
  expect((await read('ci.yml')).concurrency).toEqual({
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub's
    group: "ci-${{ github.event_name == 'pull_request' && github.ref || github.run_id }}",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub's
    'cancel-in-progress': "${{ github.event_name == 'pull_request' }}",
  });
});

it('CI runs what must hold before a change lands', async () => {
  expect(commandsOf(await read('ci.yml'))).toContain('.ci/run');
  await access('.ci/run', constants.X_OK);
});

describe('a deployment', async () => {
  const workflow = await read('deploy.yml');
  const { ci, package: packaging, deploy, note } = workflow.jobs;
  const commands = ({ steps = [] }: Job = {}) =>
    steps.flatMap(({ run = '' }) => run.split('\n').map((line) => line.trim()));
  const inOrder = (job: Job | undefined, starts: readonly string[]) => {
    const places = starts.map((start) => commands(job).findIndex((line) => line.startsWith(start)));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  };

  it('waits for CI, but where it goes back to what has been through it, and for none that is under way', () => {
    expect(ci).toMatchObject({ uses: './.github/workflows/ci.yml', if: "inputs.ref == ''" });
    expect([packaging?.needs, deploy?.needs, note?.needs]).toEqual(['ci', 'package', ['package', 'deploy']]);
    expect(packaging?.if).toContain("needs.ci.result == 'success'");
    expect(workflow.concurrency).toMatchObject({ 'cancel-in-progress': false });
  });

  it('checks keys against what is deployed, and packages with the boundary, where nothing may be done', () => {
    expect(packaging?.permissions).toBeUndefined();
    inOrder(packaging, [
      'commit=$(.ci/deployment commit)',
      'git checkout --quiet --detach "$commit"',
      'npm ci',
      'npm run check:keys -- --back-from',
      'npm run package -- --stage "$STAGE" --param boundary=on',
    ]);
  });

  it.each([
    [{}, 'check:keys'],
    [{ LAST: 'a' }, 'check:keys -- --since a'],
    [
      { LAST: 'a', ACCEPT: ' office.map  $(id) *' },
      'check:keys -- --since a --accept=office.map --accept=$(id) --accept=*',
    ],
    [{ LAST: 'a', ACCEPT: 'office.map', REF: 'b' }, 'check:keys -- --back-from a'],
  ])('checks keys by %j: npm run %s', async (given, asked) => {
    const step = packaging?.steps?.find(({ run }) => run?.includes('check:keys'))?.run ?? '';
    const env = { PATH: process.env['PATH'], LAST: '', REF: '', ACCEPT: '', ...given };
    const { stdout } = await run('bash', ['-e', '-u', '-c', `npm() { echo "$@"; }; ${step}`], { env });
    expect(stdout).toBe(`run ${asked}\n`);
  });

  it('takes its role by OIDC where nothing is built, after the package has been checked', () => {
    expect(deploy).toMatchObject({
      // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub's
      environment: '${{ inputs.stage }}',
      permissions: { contents: 'read', 'id-token': 'write' },
    });
    const others = Object.values(workflow.jobs).filter((job) => job !== deploy);
    for (const { permissions, environment } of others) {
      expect(permissions ?? {}).not.toHaveProperty('id-token');
      expect([undefined, 'notes']).toContain(environment);
    }
    const [credentials, last] = (deploy?.steps ?? []).slice(-2);
    expect(credentials?.uses).toMatch(/^aws-actions\/configure-aws-credentials@/);
    expect(Object.keys(credentials?.with ?? {})).toEqual(['role-to-assume', 'aws-region', 'role-duration-seconds']);
    expect(last?.run).toMatch(/serverless\.js deploy .* --force --package \.serverless$/);
    inOrder(deploy, [
      '.ci/deployment may "$COMMIT"',
      'git checkout --quiet --detach "$COMMIT"',
      'npm ci --ignore-scripts',
      'echo "$CHECKSUM',
      'tar -xzf',
      'node node_modules/serverless/',
    ]);
    for (const line of commands(deploy))
      expect(line).not.toMatch(/^(npm run|npx|npm (ci|install)(?!.*--ignore-scripts))/);
  });

  it('begins each of its jobs with the script of its own commit, beside all of the history', () => {
    for (const { steps = [] } of [packaging, deploy, note].flatMap((job) => job ?? [])) {
      expect(steps[0]).toMatchObject({
        uses: expect.stringMatching(/^actions\/checkout@/),
        with: { 'fetch-depth': 0 },
      });
      expect(steps[0]?.with).not.toHaveProperty('ref');
      expect(steps[1]?.run).toContain('.ci/deployment');
    }
  });

  it('can wait for an index of a large table: the role is taken for longer than the job lasts', async () => {
    const { MaxSessionDuration } = (await readDeployRole()).Resources['DeployRole']?.Properties ?? {};
    const taken = Number(deploy?.steps?.at(-2)?.with?.['role-duration-seconds']);
    expect(deploy?.['timeout-minutes']).toBe(360);
    expect(taken).toBeGreaterThan(360 * 60);
    expect(taken).toBeLessThanOrEqual(Number(MaxSessionDuration));
  });

  it('notes what it has deployed where nothing else is done, by a key that no other branch is given', () => {
    expect(note).toMatchObject({ environment: 'notes', permissions: { contents: 'write' } });
    expect(commands(note)).toEqual(['', '.ci/deployment note "$COMMIT"']);
  });
});
