import { execFile } from 'node:child_process';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';

// What the workflow Deploy asks before it deploys, and notes after it has, in a repository of its own.

const script = resolve('.ci/deployment');
const run = promisify(execFile);
let folder: string;
let clone: string;
/** The commits of main, the first one first. */
let main: readonly string[];
/** One that has never come to main. */
let foreign: string;

const env = {
  PATH: process.env['PATH'],
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.com',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.com',
};

const git = async (...args: readonly string[]) => (await run('git', args, { cwd: clone, env })).stdout.trim();
const commit = async (message: string) => {
  await git('commit', '--quiet', '--allow-empty', '--message', message);
  return git('rev-parse', 'HEAD');
};

/** The script, as a run of the workflow on main's last commit calls it. */
async function deployment(args: readonly string[], given: Readonly<Record<string, string>> = {}): Promise<string> {
  const own = { STAGE: 'prod', GITHUB_REF: 'refs/heads/main', GITHUB_SHA: main.at(-1) ?? '', RUN: '42', ...given };
  return (await run(script, args, { cwd: clone, env: { ...env, ...own } })).stdout.trim();
}

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'roster-deployment-')));
  clone = join(folder, 'clone');
  await run('git', ['init', '--quiet', '--bare', join(folder, 'origin')], { env });
  await run('git', ['clone', '--quiet', join(folder, 'origin'), clone], { env });
  await git('checkout', '--quiet', '-b', 'main');
  main = [await commit('first'), await commit('second'), await commit('third')];
  await git('push', '--quiet', 'origin', 'main');
  await git('checkout', '--quiet', '-b', 'feature');
  foreign = await commit('not reviewed');
  return () => rm(folder, { recursive: true });
});

beforeEach(async () => {
  const tags = (await git('tag', '--list')).split('\n').filter(Boolean);
  if (tags.length > 0) await git('tag', '--delete', ...tags);
});

const [EARLIER, LATER, TO_COME] = [
  'deployed-prod-20260101T000000Z-1',
  'deployed-prod-20260102T000000Z-2',
  'deployed-prod-20991231T000000Z-1',
];

describe('what is deployed', () => {
  it("is the run's commit, or that of the tag of a deployment", async () => {
    expect(await deployment(['commit'])).toBe(main[2]);
    await git('tag', EARLIER, main[0] ?? '');
    await git('tag', LATER, main[1] ?? '');
    expect(await deployment(['commit'])).toBe(main[2]);
    expect(await deployment(['commit'], { REF: EARLIER })).toBe(main[0]);
  });

  it('is on main, however it is called', async () => {
    await git('tag', LATER, foreign);
    await expect(deployment(['commit'], { REF: LATER })).rejects.toThrow(`${foreign} is not on main`);
    await expect(deployment(['commit'], { GITHUB_SHA: foreign })).rejects.toThrow(`${foreign} is not on main`);
    await expect(deployment(['may', foreign])).rejects.toThrow(`${foreign} is not on main`);
    expect(await deployment(['may', main[0] ?? ''])).toBe('');
  });

  it('is asked for on main', async () => {
    const given = { GITHUB_REF: 'refs/heads/feature' };
    for (const args of [['commit'], ['may', main[2] ?? ''], ['note', main[2] ?? '']])
      await expect(deployment(args, given)).rejects.toThrow('from main, not from refs/heads/feature');
  });

  it.each([
    ['another stage', 'deployed-dev-20260101T000000Z-1'],
    ['a stage whose name begins so', 'deployed-prodeu-20260101T000000Z-1'],
    ['a deployment to come', TO_COME],
    ['nothing that was deployed', 'v1'],
    ['a name and a half', `${EARLIER}-x`],
  ])('is not what a tag of %s names', async (_what, REF) => {
    await git('tag', REF, main[0] ?? '');
    await expect(deployment(['commit'], { REF })).rejects.toThrow(`${REF} is not the tag of a deployment of prod`);
  });

  it('is nothing that a tag is missing of', async () => {
    await git('branch', '--force', EARLIER, main[0] ?? '');
    await expect(deployment(['commit'], { REF: EARLIER })).rejects.toThrow(`there is no tag ${EARLIER}`);
    await git('branch', '--delete', '--force', EARLIER);
  });

  it('is nothing older than what the stage has, unless somebody says so, as where an old run is run again', async () => {
    await git('tag', LATER, main[2] ?? '');
    await expect(deployment(['commit'], { GITHUB_SHA: main[1] ?? '' })).rejects.toThrow(
      `${main[1]} is older than ${LATER}, which prod has`,
    );
    expect(await deployment(['commit'])).toBe(main[2]);
  });
});

describe('the last deployment', () => {
  it('is none before the first, and of this stage', async () => {
    await git('tag', 'deployed-dev-20260103T000000Z-3', main[2] ?? '');
    expect(await deployment(['last'])).toBe('');
  });

  it('is the last one that was noted, of whatever commit', async () => {
    await git('tag', EARLIER, main[2] ?? '');
    await git('tag', LATER, main[0] ?? '');
    expect(await deployment(['last'])).toBe(LATER);
  });

  it('is none on another branch, none to come, and none of another form', async () => {
    await git('tag', EARLIER, main[0] ?? '');
    await git('tag', LATER, foreign);
    await git('tag', TO_COME, main[1] ?? '');
    await git('tag', 'deployed-prod-9', main[1] ?? '');
    expect(await deployment(['last'])).toBe(EARLIER);
  });

  it('is what has just been noted, in the repository that all clone', async () => {
    await git('tag', EARLIER, main[2] ?? '');
    const noted = await deployment(['note', main[0] ?? '']);
    expect(noted).toMatch(/^deployed-prod-\d{8}T\d{6}Z-42$/);
    expect(await deployment(['last'])).toBe(noted);
    expect(await git('ls-remote', 'origin', `refs/tags/${noted}`)).toBe(`${main[0]}\trefs/tags/${noted}`);
    expect(await deployment(['commit'], { REF: noted })).toBe(main[0]);
  });
});
