import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';
import { entityRefusals } from '../scripts/keys/entity-changes.ts';
import type { Layout } from '../scripts/keys/layout.ts';
import { explain } from '../scripts/keys/refusal.ts';
import { declaredLayout, SNAPSHOT, textOf } from '../scripts/keys/snapshot.ts';
import { tableRefusals } from '../scripts/keys/table-changes.ts';

// biome-ignore lint/suspicious/noTemplateCurlyInString: the variables of serverless.yml look like this
const STAGE = '${sls:stage}';

let today: Layout;
let folder: string;

beforeAll(async () => {
  today = await declaredLayout();
  folder = await mkdtemp(join(tmpdir(), 'roster-keys-'));
  return () => rm(folder, { recursive: true });
});

// biome-ignore lint/suspicious/noExplicitAny: a test may change anything in it
type Edit = (layout: any) => void;

/** Today's layout with something else in it. */
function edited(edit: Edit): Layout {
  const layout = structuredClone(today);
  edit(layout);
  return layout;
}

/** What is refused of a change from today's layout, by name. */
const refused = (after: Layout) => [...entityRefusals(today, after), ...tableRefusals(today, after)];

describe('is refused', () => {
  it.each<[string, Edit, ...[string, RegExp][]]>([
    ['an entity that is gone', (layout) => delete layout.entities.task, ['task', /Its items stay in the table/]],
    [
      'an entity with another name, which is one that is gone',
      ({ entities }) => {
        entities.job = entities.task;
        delete entities.task;
      },
      ['task', /has another name/],
    ],
    [
      'another key of items',
      ({ entities }) => {
        entities.task.sk = '$task_2';
      },
      ['task', /have the key .*\/ \$task_1, and would be looked for at .*\/ \$task_2/],
    ],
    [
      'another order of composites',
      ({ entities }) => {
        entities.project.indexes.portfolio.sk = '$project_1#project_{project}#status_{status}';
      },
      ['project.portfolio', /are at gsi3 .*status_\{status\}#project.* looked for at gsi3 .*#status_\{status\}\./],
    ],
    [
      'another index',
      ({ entities }) => {
        entities.project.indexes.portfolio.index = 'gsi2';
      },
      ['project.portfolio', /are at gsi3 .* looked for at gsi2/],
    ],
    [
      'another collection, which is part of the sort key',
      ({ entities }) => {
        const { assignments } = entities.task.indexes;
        assignments.sk = assignments.sk.replace('$assignments', '$duties');
        assignments.collection = 'duties';
      },
      ['task.assignments', /\$assignments#task_1.*\$duties#task_1/],
    ],
    [
      'an index that some items are in no longer, or at last',
      ({ entities }) => {
        delete entities.employee.indexes.reports.sparse;
      },
      ['employee.reports', /where there is manager, and would/],
    ],
    [
      'a new access pattern of an entity that has items',
      ({ entities }) => {
        entities.project.indexes.leads = { index: 'gsi2', pk: 'lead', sk: 'project' };
      },
      ['project.leads', /have no key of gsi2, and would be missing/],
    ],
    [
      'an access pattern that is gone',
      ({ entities }) => {
        delete entities.employee.indexes.reports;
      },
      ['employee.reports', /keep their key of gsi3/],
    ],
    [
      'a value of a key that is gone',
      ({ entities }) => {
        entities.task.values.status = ['done', 'in-progress', 'open'];
      },
      ['task.status', /"blocked" can't be asked for any more/],
    ],
    [
      'another key of the table',
      ({ table }) => {
        table.key = ['id', 'sk'];
      },
      ['table', /its key is pk \(S\), sk \(S\); with id, sk \(S\) CloudFormation makes another table, which is empty/],
    ],
    [
      'another name of the table',
      ({ table }) => {
        table.name = `staff-${STAGE}`;
      },
      [
        'table',
        /it is called roster-\$\{sls:stage\}; under the name staff-\$\{sls:stage\} .* another table, which is empty/,
      ],
    ],
    [
      'another type of an attribute of its key',
      ({ table }) => {
        table.types.sk = 'N';
      },
      ['table', /its key is pk \(S\), sk \(S\); with pk \(S\), sk \(N\) CloudFormation makes another table/],
    ],
    [
      'another type of an attribute of the key of an index',
      ({ table }) => {
        table.types.gsi2sk = 'N';
      },
      ['gsi2', /gsi2sk \(S\), .*gsi2sk \(N\), .* deleted and made anew, which CloudFormation refuses/],
    ],
    [
      'another projection of an index',
      ({ table }) => {
        table.projections.gsi1 = 'KEYS_ONLY';
      },
      ['gsi1', /projection \(ALL\); for .*projection \(KEYS_ONLY\) it would be deleted and made anew/],
    ],
    [
      'another attribute by which items expire',
      ({ table }) => {
        table.timeToLive = 'ttl';
      },
      ['table', /items expire by expires/],
    ],
    [
      'another key of an index',
      ({ table }) => {
        table.indexes.gsi3 = ['gsi3pk', 'createdAt'];
      },
      ['gsi3', /deleted and made anew, which CloudFormation refuses/],
    ],
    [
      'two more indexes',
      ({ table }) => {
        table.indexes.gsi4 = ['gsi4pk', 'gsi4sk'];
        table.indexes.gsi5 = ['gsi5pk', 'gsi5sk'];
      },
      ['table', /gsi4 is added, gsi5 is added; DynamoDB makes or deletes one index at a time/],
    ],
    [
      'an index together with what uses it',
      ({ table, entities }) => {
        table.indexes.gsi4 = ['gsi4pk', 'gsi4sk'];
        entities.invoice = { ...entities.project, indexes: { ledger: { index: 'gsi4', pk: 'a', sk: 'b' } } };
      },
      ['gsi4', /invoice\.ledger would use it while DynamoDB still makes it/],
    ],
    [
      'an index that what is deployed still uses',
      ({ table, entities }) => {
        delete table.indexes.gsi2;
        delete entities.task.indexes.assignments;
        delete entities.employee.indexes.assignments;
      },
      ['employee.assignments', /keep their key of gsi2/],
      ['task.assignments', /keep their key of gsi2/],
      ['gsi2', /employee\.assignments, task\.assignments of what is deployed now use it/],
    ],
  ])('%s', (_what, edit, ...expected) => {
    const found = refused(edited(edit));
    expect(found.map(({ what }) => what)).toEqual(expected.map(([what]) => what));
    for (const [i, [, why]] of expected.entries()) expect(found[i]?.why).toMatch(why);
    for (const each of found) expect(explain(each)).toMatch(/\n {2}1\. .+\n {2}2\. /);
  });
});

it('is fine: a new entity, a new value, one more index, and one index less that nobody uses', () => {
  const more = edited(({ table, entities }) => {
    entities.invoice = structuredClone(entities.project);
    entities.task.values.status.push('waiting');
    table.indexes.gsi4 = ['gsi4pk', 'gsi4sk'];
  });
  expect(refused(more)).toEqual([]);
  expect(tableRefusals(more, today)).toEqual([]);
});

it('is fine: what was not looked at when it was deployed', () => {
  const early = edited(({ table }) => {
    for (const unknown of ['name', 'types', 'projections']) delete table[unknown];
  });
  expect(tableRefusals(early, today)).toEqual([]);
});

it('the name of the table is noted as its stages have it', () => {
  expect(today.table.name).toBe(`roster-${STAGE}`);
});

/** Git finds the repository's objects, and puts new ones where they are gone after the tests. */
const gitEnv = () => ({
  ...process.env,
  GIT_OBJECT_DIRECTORY: join(folder, 'objects'),
  GIT_ALTERNATE_OBJECT_DIRECTORIES: execFileSync('git', ['rev-parse', '--git-path', 'objects'], {
    encoding: 'utf8',
  }).trim(),
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.com',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.com',
});

/** A commit that has deployed a layout. */
async function committed(layout: Layout): Promise<string> {
  await mkdir(join(folder, 'objects'), { recursive: true });
  const git = (args: readonly string[], input: string) =>
    execFileSync('git', args, { env: gitEnv(), input, encoding: 'utf8' }).trim();
  const blob = git(['hash-object', '-w', '--stdin'], textOf(layout));
  const tree = git(['mktree'], `100644 blob ${blob}\tkeys.json\n`);
  return git(['commit-tree', git(['mktree'], `040000 tree ${tree}\tstack\n`), '-m', 'deployed'], '');
}

/** The command with a snapshot that is something else than today's. */
async function check(before: Layout, ...args: readonly string[]) {
  const file = join(folder, 'keys.json');
  await writeFile(file, textOf(before));
  const child = spawn(process.execPath, ['scripts/check-keys.ts', '--snapshot', file, ...args], { env: gitEnv() });
  const [output, errors] = [text(child.stdout), text(child.stderr)];
  const [code] = await once(child, 'close');
  return { code, output: await output, errors: await errors, noted: await readFile(file, 'utf8') };
}

it('the committed snapshot is what the code says', async () => {
  expect(await readFile(SNAPSHOT, 'utf8')).toBe(textOf(today));
});

it('the command refuses and explains, notes nothing then, and takes what was made safe by hand', async () => {
  const before = edited(({ entities }) => {
    entities.robot = entities.project;
  });
  const refusal = await check(before, '--write');
  expect(refusal).toMatchObject({ code: 1, output: '', noted: textOf(before) });
  expect(refusal.errors).toMatch(
    /^These changes must not be made in one go; see docs\/changing-keys\.md\.\n\nrobot: it is gone/,
  );
  expect(await check(before, '--write', '--accept', 'robot')).toMatchObject({ code: 0, noted: textOf(today) });
});

it('the command tells a stale snapshot, and a name that nothing is refused under', async () => {
  const before = edited(({ entities }) => delete entities.task);
  expect(await check(before)).toMatchObject({ code: 1, errors: expect.stringContaining('is stale; run "npm run') });
  expect(await check(before, '--write', '--accept', 'tsk')).toMatchObject({
    code: 1,
    errors: expect.stringContaining('--accept tsk: nothing of that name is refused'),
    noted: textOf(before),
  });
});

it('the command compares the table with what a commit has deployed, and says so where there is no such commit', async () => {
  expect(await check(today, '--since', 'no-such-commit')).toMatchObject({
    code: 1,
    errors: expect.stringContaining('there is no commit no-such-commit; give one that is deployed'),
  });
});

it('the command refuses what the table of a commit that is deployed can not follow, forth and back', async () => {
  const commit = await committed(
    edited(({ table }) => Object.assign(table.indexes, { gsi4: ['a', 'b'], gsi5: ['c', 'd'] })),
  );
  for (const option of ['--since', '--back-from'])
    expect(await check(today, option, commit)).toMatchObject({
      code: 1,
      errors: expect.stringContaining('gsi4 is removed, gsi5 is removed'),
    });
});

it('the command refuses to leave out steps that were noted one by one, until somebody says that they are done', async () => {
  const commit = await committed(
    edited(({ entities }) => {
      delete entities.project.indexes.portfolio;
      entities.robot = entities.project;
    }),
  );
  const refusal = await check(today, '--since', commit);
  expect(refusal).toMatchObject({ code: 1, output: '' });
  expect(refusal.errors).toMatch(
    /project\.portfolio: of what is deployed, items that are there already have no key of gsi3/,
  );
  expect(refusal.errors).toMatch(
    /robot: of what is deployed, it is gone.*\n {2}1\. Where commits since then have several steps/,
  );
  expect(refusal.errors).toContain('npm run rewrite -- --check --stage STAGE');
  expect((await check(today, '--since', commit, '--accept', 'robot')).errors).not.toContain('robot:');
  expect(await check(today, '--since', commit, '--accept', 'robot', '--accept', 'project.portfolio')).toMatchObject({
    code: 0,
  });
  const table = await committed(edited(({ table }) => Object.assign(table.indexes, { a: ['b'], c: ['d'] })));
  expect(await check(today, '--since', table, '--accept', 'table')).toMatchObject({
    code: 1,
    errors: expect.stringContaining('--accept table: nothing of that name is refused'),
  });
});

it('the command says what going back does to items, and lets it be done', async () => {
  const commit = await committed(
    edited(({ entities }) => {
      entities.robot = entities.project;
    }),
  );
  const losses = 'Until newer code is deployed again:\n\nrobot: it is gone, or has another name.';
  expect(await check(today, '--back-from', commit)).toMatchObject({ code: 0, output: expect.stringContaining(losses) });
});
