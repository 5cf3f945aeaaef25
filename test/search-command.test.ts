import { beforeAll, describe, expect, it } from 'vitest';
import { createItem } from '../src/entities/core/write.ts';
import { Office } from '../src/entities/index.ts';
import { searches } from '../src/search/all.ts';
import { heal } from '../src/search/doctor/heal.ts';
import { documentId } from '../src/search/document.ts';
import { officeSearch } from '../src/search/index.ts';
import { apply } from '../src/search/indexer/apply.ts';
import { declarationOf } from '../src/search/indexer/declaration.ts';
import { searchStates } from '../src/search/indexer/state.ts';
import { changeState } from '../src/search/indexer/transitions.ts';
import { runs } from '../src/search/rebuild/run-record.ts';
import { runSearch, SearchCommand, startSearch } from './fixtures/search-command.ts';
import { createCompany } from './support/company.ts';
import { expectIndexEqualsTable, searchEngine, uidOf } from './support/index-equality.ts';
import { startRoster, type TestRoster } from './support/roster.ts';

let roster: TestRoster;
const org = 'acme';
const place = { zip: '1', city: 'Graz', state: 'Steiermark', country: 'AT', location: { lat: 47, lng: 15 } };

beforeAll(async () => {
  // How fast a busy machine answers is not what this is about.
  roster = await startRoster({ SEARCH_TIMEOUT_MS: '20000' });
  await createCompany(roster, org);
  // Not by the stream, which would go on indexing behind the commands' backs.
  await heal(roster.services, searches, { patienceMs: 0 });
  return () => roster.stop();
});

const search = (...args: string[]) => runSearch([...args, '--stage', 'test'], roster.env);
/** The same as a process, so that each command is run once as its users do. */
const searchProcess = (...args: string[]) => startSearch([...args, '--stage', 'test'], roster.env);
const state = async (entity: string) => searchStates.get(roster.services.table, entity);
const patience = ['--patience', '0'];
const liveIndex = () => searchEngine(roster).index(uidOf(roster, officeSearch.open));

describe('the command line', () => {
  it.each([
    [[], 0, /Looks after the search indexes[\s\S]*reindex[\s\S]*redrive/],
    [['--help'], 0, /Looks after the search indexes/],
    [['reindex', '--help'], 0, /--roll-back/],
    [['doctor', '--help'], 0, /Exit code: 0 when/],
    [['quarantine', '-h'], 0, /retry --all/],
    [['status', '--help'], 0, /--json/],
    [['redrive', '--help'], 0, /dead-letter queue/],
    [['rebuild'], 2, /^"rebuild" is no command of npm run search; give one of status, reindex, doctor/],
    [['doctor', '--fast'], 2, /Unknown option '--fast'.*"npm run search -- doctor --help" lists/],
    [['doctor', 'office'], 2, /^"office" means nothing to doctor/],
    [['doctor', '--max-rcu', '-1'], 2, /^--max-rcu is "-1"; give a whole number from 1 to/],
    [['reindex', '--finish', '--abort'], 2, /^--finish and --abort exclude each other/],
    [['reindex', '--all', '--entity', 'task'], 2, /^--all and --entity exclude each other/],
    [['reindex', '--finish', '--max-rcu', '5'], 2, /^--max-rcu means nothing to --finish/],
    [['quarantine'], 2, /^quarantine was asked for nothing; give list, show KEY/],
    [['quarantine', 'retry'], 2, /^quarantine was asked for "retry"/],
    [['status', '--env-file', 'x'], 2, /^--env-file has the settings of a stage; say which one/],
    [['status', '--stage', 'a/b'], 2, /^--stage: a stage can't be called "a\/b"; its name is 1 to 15 small letters/],
  ])('%j', async (args, code, output) => {
    expect(await runSearch(args, {})).toMatchObject({ code, output: expect.stringMatching(output) });
  });

  it.each([
    [['--help'], 0, /^Looks after the search indexes/, /^$/],
    // Which Node would take for its own.
    [['status', '--stage', 'prod', '--env-file', 'none'], 2, /^$/, /^--env-file none can't be read: ENOENT/],
  ])('%j as a process: results on standard output, all else on standard error', async (args, code, out, err) => {
    const ended = await startSearch(args, {});
    expect(ended).toMatchObject({ code, out: expect.stringMatching(out) });
    expect(ended.output.replace(ended.out, '')).toMatch(err);
  });

  it('does not let npm take its options', async () => {
    const env = { npm_lifecycle_event: 'search', npm_config_max_rcu: '5' };
    expect(await runSearch(['doctor'], env)).toMatchObject({
      code: 2,
      output: expect.stringContaining('npm has taken --max-rcu'),
    });
  });

  it('says that there is no such table, and which entities there are', async () => {
    const env = { ...roster.env, TABLE_NAME: 'nowhere' };
    expect((await runSearch(['status', '--stage', 'test'], env)).output).toMatch(/^there is no such table/);
    expect((await search('doctor', '--entity', 'spaceship')).output).toMatch(
      /"spaceship" is not searchable; give one of employee, office/,
    );
  });
});

describe('status', () => {
  it('shows all entities, and what is wrong', async () => {
    const { code, out } = await searchProcess('status');
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(
        /The search of stage test:[\s\S]*employee +live +0[\s\S]*Rebuilds: none[\s\S]*Search engine: \d+ tasks to do/,
      ),
    ]);
    await changeState(roster.services, officeSearch, (current) => ({ ...current, declaration: 'another' }));
    await searchEngine(roster).createIndex(`${roster.env['SEARCH_INDEX_PREFIX']}invoice`).waitTask();
    const { out: later } = await search('status');
    expect(later).toMatch(/office +live +0 +0 to repair, \S+ +built by another declaration: reindex/);
    expect(later).toContain('Indexes that no entity has: invoice');
    expect(JSON.parse((await search('status', '--json')).out).entities).toHaveLength(4);
  });

  it('shows what the table knows when the search engine is away', async () => {
    const env = { ...roster.env, MEILI_HOST: 'http://127.0.0.1:9' };
    const { code, out } = await runSearch(['status', '--stage', 'test'], env);
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/employee +live[\s\S]*Search engine: the search engine did not answer/),
    ]);
  });
});

describe('doctor', () => {
  const drift = async () => {
    const orphan = { id: documentId(org, 'nobody'), org, _bucket: 0, name: 'Nowhere' };
    await liveIndex().addDocuments([orphan]).waitTask();
    const [first] = (await liveIndex().getDocuments<{ id: string }>({ filter: 'org = acme' })).results;
    await liveIndex()
      .deleteDocument(first?.id ?? '')
      .waitTask();
    await liveIndex().updateSortableAttributes([]).waitTask();
  };

  it('finds nothing wrong with what is right', async () => {
    await changeState(roster.services, officeSearch, (current) => ({ ...current, declaration: undefined }));
    expect(await searchProcess('doctor', ...patience)).toMatchObject({
      code: 0,
      out: expect.stringMatching(
        /index +documents +expected +missing[\s\S]*office +3 +3 +0 +0 +0 +0 +0 +as declared[\s\S]*The indexes equal the table\.\n$/,
      ),
    });
  });

  it('finds what differs, repairs it, and tells by its exit code', async () => {
    // Built by today's declaration, so that changed settings are somebody's doing.
    await changeState(roster.services, officeSearch, (current) => ({
      ...current,
      declaration: declarationOf(officeSearch),
    }));
    await drift();
    const found = await search('doctor', '--entity', 'office', ...patience, '--json');
    expect(found.code).toBe(1);
    expect(JSON.parse(found.out)).toMatchObject({
      indexes: [
        {
          index: 'office',
          documents: 3,
          expected: 3,
          missing: { count: 1 },
          orphan: { count: 1, examples: ['acme_nobody'] },
          settings: ['sortableAttributes'],
        },
      ],
      unknown: ['invoice'],
    });
    const repaired = await search('doctor', '--repair', ...patience, '--max-rcu', '1000');
    expect([repaired.code, repaired.out]).toEqual([
      0,
      expect.stringMatching(/^Repaired: \d+ items indexed[\s\S]*The indexes equal the table/),
    ]);
    await expectIndexEqualsTable(roster);
  });

  it('sees an index that is gone', async () => {
    await searchEngine(roster).deleteIndex(uidOf(roster, officeSearch.open)).waitTask();
    expect(await search('doctor', ...patience)).toMatchObject({
      code: 1,
      out: expect.stringMatching(/office +gone +3 +3/),
    });
    expect((await search('doctor', '--repair', ...patience)).code).toBe(0);
    await expectIndexEqualsTable(roster);
    expect((await state('office'))?.damage).toBeUndefined();
  });
});

describe('reindex', () => {
  it('rebuilds nothing when no declaration has changed', async () => {
    expect(await search('reindex')).toMatchObject({
      code: 0,
      out: expect.stringContaining('no index has changed; --all'),
    });
    expect(await search('reindex', '--finish')).toMatchObject({
      code: 2,
      output: expect.stringContaining('no rebuild is under way'),
    });
  });

  it('rebuilds those whose declaration has changed, and puts them back or keeps them', async () => {
    const changed = () => changeState(roster.services, officeSearch, (current) => ({ ...current, declaration: 'old' }));
    await changed();
    const first = await search('reindex', '--soak', '5');
    expect(first.output).toMatch(
      /Rebuilding the indexes of office beside[\s\S]*filling: [\s\S]*verifying[\s\S]*swapping/,
    );
    expect(first.out).toMatch(/^The new indexes of office are in their place.*until 20[\s\S]*--finish/);
    expect((await search('status')).out).toMatch(
      /office +soaking \([0-9a-z]{26}\)[\s\S]*in place, the indexes from before are kept until/,
    );
    expect(await search('reindex', '--abort')).toMatchObject({
      code: 2,
      output: expect.stringContaining('--finish keeps them'),
    });
    expect(await search('reindex', '--all')).toMatchObject({
      code: 2,
      output: expect.stringContaining('end it first'),
    });
    expect(await search('reindex')).toMatchObject({ code: 0, out: expect.stringContaining('are in their place') });
    expect(await search('reindex', '--roll-back')).toMatchObject({
      code: 0,
      out: expect.stringContaining('back in their place'),
    });
    expect(await state('office')).toMatchObject({ phase: 'live', declaration: 'old' });
    expect((await search('reindex', '--entity', 'office', '--max-rcu', '10000')).code).toBe(0);
    expect(await search('reindex', '--finish')).toMatchObject({
      code: 0,
      out: 'The indexes from before are removed: office.\n',
    });
    expect(await state('office')).toMatchObject({ phase: 'live' });
    await expectIndexEqualsTable(roster);
  });

  it('stopped by Ctrl-C it leaves what it has done, and the next start goes on; a second one is refused meanwhile', async () => {
    const start = () => new SearchCommand(['reindex', '--all', '--max-rcu', '1', '--stage', 'test'], roster.env);
    const running = start();
    await running.printed(/filling/);
    const second = await start().ended;
    expect([second.code, second.output]).toEqual([
      2,
      expect.stringMatching(/a rebuild of .*employee.* is under way since .*; wait for it, or stop/),
    ]);
    running.child.kill('SIGINT');
    const stopped = await running.ended;
    expect([stopped.code, stopped.output]).toEqual([130, expect.stringMatching(/Stopping…/)]);
    expect((await search('status')).out).toMatch(/nobody works on it|building/);
    const goesOn = await search('reindex');
    expect([goesOn.code, goesOn.out]).toEqual([0, expect.stringMatching(/are in their place/)]);
    expect((await search('reindex', '--finish')).code).toBe(0);
    await expectIndexEqualsTable(roster);
  });

  it('killed with -9, it is joined at once by the next start on the same machine, or given up', async () => {
    const running = new SearchCommand(['reindex', '--entity', 'task', '--max-rcu', '1', '--stage', 'test'], roster.env);
    await running.printed(/filling/);
    running.child.kill('SIGKILL');
    await running.ended;
    expect(await search('reindex', '--finish')).toMatchObject({
      code: 2,
      output: expect.stringContaining('not in their place yet'),
    });
    expect((await search('reindex', '--abort')).out).toBe(
      'The rebuild is given up, and what it had made is removed: task.\n',
    );
    expect(await runs.list(roster.services.table, 'runs', new Date())).toEqual([]);
    await expectIndexEqualsTable(roster);
  });
});

describe('quarantine', () => {
  it('is empty', async () => {
    expect(await searchProcess('quarantine', 'list')).toMatchObject({ code: 0, out: 'Nothing is in quarantine.\n' });
  });

  it('lists, shows and tries again', async () => {
    const { services } = roster;
    const { office } = await createItem(services, Office, org, { ...place, name: 'Fine' });
    const key = Office.key(org, office);
    const row = await services.table.get(key, { consistent: true });
    const put = (item: object) => services.table.batchWrite([{ Put: { Item: { ...item } } }]);
    await put({ ...row, location: { lat: 200, lng: 15 } });
    await apply(services, [key]);
    const id = `office_acme_${office}`;
    expect((await search('quarantine', 'list')).out).toMatch(
      new RegExp(`^key +since +attempts +reason\\n${id} +2\\S+ +\\d+ +_geo.lat is not degrees`),
    );
    expect((await search('quarantine', 'show', id)).out).toMatch(/organization +acme[\s\S]*item +version 1/);
    expect(await search('quarantine', 'show', 'no')).toMatchObject({
      code: 2,
      output: expect.stringMatching(/^nothing is in quarantine under "no"/),
    });
    expect(await search('quarantine', 'retry', id)).toMatchObject({
      code: 1,
      out: expect.stringContaining('0 of 1 left quarantine'),
    });
    expect((await search('status')).out).toMatch(/office +live +1/);
    await put({ ...row });
    expect(await search('quarantine', 'retry', '--all')).toMatchObject({ code: 0, out: '1 of 1 left quarantine.\n' });
    await expectIndexEqualsTable(roster);
  });
});
