import { spawnSync } from 'node:child_process';
import { beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { HELP, readOptions } from '../dev/rewrite/options.ts';
import { rewrite } from '../dev/rewrite/rewrite.ts';
import { entities } from '../src/entities/all.ts';
import type { Row } from '../src/entities/core/statements.ts';
import { Employee } from '../src/entities/index.ts';
import { decodeGlobalId } from '../src/schema/electrodb/global-id.ts';
import { type Company, createCompany } from './support/company.ts';
import { operation, type ProxiedRoster, startProxiedRoster } from './support/proxied-roster.ts';

let roster: ProxiedRoster;
let acme: Company;
/** The table as the code of today has written it. */
let today: readonly Row[];

beforeAll(async () => {
  roster = await startProxiedRoster();
  acme = await createCompany(roster, 'acme');
  today = await allRows();
  return () => roster.stop();
});

// Each test begins with items from before: without an index, at another place of one, in one that they are in no longer.
beforeEach(async () => {
  const [ada, boss] = [employeeRow('ada'), employeeRow('boss')];
  const { gsi1pk: _pk, gsi1sk: _sk, titleKey: _key, ...notInOffice } = ada;
  const elsewhere = { ...employeeRow('bob'), gsi3sk: '$employee_1#office_x', team: 'people', remark: 'from before' };
  const noLonger = { ...boss, gsi3pk: '$roster#org_acme#manager_somebody', gsi3sk: '$employee_1#team_x' };
  await put(...today, notInOffice as Row, elsewhere, noLonger);
});

const allRows = async (): Promise<readonly Row[]> =>
  (await roster.services.table.scan({ segment: 0, segments: 1, limit: 1_000 })).rows;

const idOf = (name: 'ada' | 'bob' | 'boss') => decodeGlobalId(acme.ids[name], 'id').id;

function employeeRow(name: 'ada' | 'bob' | 'boss'): Row {
  const { pk } = Employee.key('acme', idOf(name));
  const row = today.find((each) => each.pk === pk);
  if (!row) throw new Error(`there is no row of ${name}`);
  return row;
}

const put = (...rows: readonly Row[]) => {
  const last = new Map(rows.map((row) => [`${row.pk} ${row.sk}`, row]));
  return roster.services.table.batchWrite([...last.values()].map((Item) => ({ Put: { Item } })));
};

const withoutRemarks = (rows: readonly Row[]) => new Map(rows.map(({ remark: _, ...row }) => [row.pk, row]));

const colleagues = async (): Promise<unknown> => {
  const query = 'query ($id: ID!) { office(id: $id) { employees { edges { node { firstName } } } } }';
  const { data } = await roster.graphql(acme.as.hr, query, { id: acme.ids.munich });
  return data;
};

const command = (...args: string[]) => commandIn({}, ...args);

function commandIn(env: NodeJS.ProcessEnv, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--', 'dev/rewrite/main.ts', ...args], {
    encoding: 'utf8',
    // Not through the proxy, which answers from the process that waits here.
    env: { ...process.env, ...roster.env, DYNAMODB_ENDPOINT: inject('dynamodb'), ...env },
  });
  return { status, stdout, stderr };
}

const OPTIONS = { entities, isCheck: false, maxRcu: undefined, maxWcu: undefined, onRows: () => undefined };

describe('npm run rewrite', () => {
  it('tells how many items have other keys, and then gives them those of today and changes nothing else', async () => {
    const before = await allRows();
    expect(JSON.stringify(await colleagues())).not.toContain('Ada');
    const check = command('--check', '--stage', 'test');
    expect(check.stdout).toBe('3 of 12 items in stage test have other keys than those of today.\n');
    expect(check.status).toBe(1);
    const where = `stage test is at ${inject('dynamodb')}, by DYNAMODB_ENDPOINT: it is not AWS's own DynamoDB\n`;
    expect(check.stderr.startsWith(where)).toBe(true);
    expect(await allRows()).toEqual(before);
    const written = command('--stage', 'test', '--max-wcu', '1000', '--max-rcu', '1000');
    expect(written.stdout).toBe('3 of 12 items in stage test were given the keys of today.\n');
    expect(written.status).toBe(0);
    expect(withoutRemarks(await allRows())).toEqual(withoutRemarks(today));
    expect(await allRows()).toContainEqual(
      expect.objectContaining({ pk: employeeRow('bob').pk, remark: 'from before' }),
    );
    expect(JSON.stringify(await colleagues())).toContain('Ada');
    expect(command('--check', '--stage', 'test')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^0 of 12/),
    });
  });

  it('lists what no item can be made of, and does the rest', async () => {
    const broken = { ...employeeRow('boss'), office: undefined, gsi1sk: 'from before' };
    await put(broken);
    const { status, stdout } = command('--stage', 'test');
    expect(status).toBe(1);
    expect(stdout).toContain(
      "2 of 12 items in stage test were given the keys of today.\n1 can't be written as they are:\n",
    );
    expect(stdout).toContain(`${broken.pk} $employee_1: `);
    expect(stdout).toContain('office');
  });

  it('takes no address of a stage without encryption, as no function of it would', () => {
    const plain = commandIn({ DYNAMODB_ENDPOINT: 'http://dynamodb.internal:8000' }, '--stage', 'test');
    expect(plain).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /^the settings of stage test are not good: DYNAMODB_ENDPOINT must begin with https:/,
      ),
    });
  });

  it('says which entities there are', () => {
    const { status, stderr } = command('--entity', 'planet', '--stage', 'test');
    expect([status, stderr]).toEqual([2, '--entity is "planet"; give one of employee, office, project, task\n']);
  });

  it.each([
    [['--max-wcu', '0', '--stage', 'test'], /--max-wcu is "0"; give a whole number from 1/],
    [['--stage', 'Prod'], /^--stage: a stage can't be called "Prod"; its name is 1 to 15 small letters/],
    [['--stage', 'prod-eu'], /^--stage: a stage can't be called "prod-eu"/],
    [['--stage', 'a234567890123456'], /^--stage: a stage can't be called "a234567890123456"/],
    [['office'], /"office" means nothing to it; name an entity by --entity office/],
    [['--nothing'], /"npm run rewrite -- --help" lists the options/],
  ])('says what is wrong with %j', (args, message) => {
    expect(() => readOptions(args, {})).toThrow(message);
  });

  it('explains itself', () => {
    expect(readOptions(['--help'], {})).toBe(HELP);
  });
});

it('leaves other entities alone when some are named', async () => {
  const own = entities.filter(({ name }) => ['office', 'task'].includes(name));
  expect(await rewrite(roster.services, { ...OPTIONS, entities: own })).toEqual({ items: 8, stale: 0, failed: [] });
});

describe('an item that somebody writes meanwhile', () => {
  const isAda = ({ pk }: Row) => pk === employeeRow('ada').pk;
  const rowNow = async () => (await allRows()).find(isAda);
  /** Does something to Ada just before she is written. */
  function justBefore(times: number, work: (row: Row) => Promise<void>): void {
    let left = times;
    roster.dynamodb.inject(operation('UpdateItem'), async ({ body }, forward) => {
      const row = body.includes(idOf('ada')) && left-- > 0 ? await rowNow() : undefined;
      if (row) await work(row);
      return forward();
    });
  }
  // Of an older version of the code, which knows nothing of the index.
  const promote = (row: Row) => put({ ...row, title: 'Astronaut', version: Number(row['version']) + 1 } as Row);

  it('keeps what was written, and has the keys of that', async () => {
    justBefore(1, promote);
    expect(await rewrite(roster.services, OPTIONS)).toEqual({ items: 12, stale: 3, failed: [] });
    expect(await rowNow()).toMatchObject({
      title: 'Astronaut',
      titleKey: 'astronaut',
      gsi1sk: expect.stringContaining('astronaut'),
      version: Number(employeeRow('ada')['version']) + 1,
    });
  });

  it('stays deleted', async () => {
    justBefore(1, ({ pk, sk }) => roster.services.table.batchWrite([{ Delete: { Key: { pk, sk } } }]));
    expect(await rewrite(roster.services, OPTIONS)).toEqual({ items: 12, stale: 3, failed: [] });
    expect(await rowNow()).toBeUndefined();
  });

  it('is listed where that goes on and on', async () => {
    justBefore(Number.POSITIVE_INFINITY, promote);
    const { pk, sk } = employeeRow('ada');
    expect((await rewrite(roster.services, OPTIONS)).failed).toEqual([
      { key: `${pk} ${sk}`, reason: 'it was changed 8 times meanwhile' },
    ]);
  });
});
