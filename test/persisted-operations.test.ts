import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'graphql';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readDocuments } from '../dev/operations/documents.ts';
import { documentHash, trustedDocuments } from '../src/schema/trusted-documents.ts';
import { createServer, type Server } from '../src/server.ts';
import { startRoster, type TestRoster } from './support/roster.ts';

const DOCUMENT = 'query Me { viewer { organization } }';
let roster: TestRoster;
let strict: Server;
let lax: Server;
let folder: string;
let authorization: string;

beforeAll(async () => {
  roster = await startRoster();
  authorization = `Bearer ${await roster.token({ org: 'acme', role: 'ADMIN' })}`;
  folder = await mkdtemp(join(tmpdir(), 'roster-documents-'));
  return async () => {
    await rm(folder, { recursive: true });
    await roster.stop();
  };
});

beforeEach(() => {
  const { config } = roster.services;
  strict = createServer({
    ...roster.services,
    config: { ...config, doors: { ...config.doors, operations: 'registered' } },
  });
  lax = createServer(roster.services);
  roster.calls.length = 0;
});

const register = (text: string, id = documentHash(text)) =>
  roster.services.table.batchWrite([trustedDocuments.put(id, { text }, roster.clock.now())]);

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code: string } }[];
}

async function send(server: Server, body: object) {
  const headers = { 'content-type': 'application/json', authorization };
  const request = new Request('http://roster.test/graphql', { method: 'POST', headers, body: JSON.stringify(body) });
  const response = await server.fetch(request);
  const { data, errors } = (await response.json()) as Answer;
  const [error] = errors ?? [];
  return { status: response.status, data, code: error?.extensions?.code, ...(error && { message: error.message }) };
}

const byId = (sha256Hash: unknown, more = {}) => ({
  extensions: { persistedQuery: { version: 1, sha256Hash } },
  ...more,
});
const ANSWER = { status: 200, data: { viewer: { organization: 'acme' } }, code: undefined };

describe('a registered document', () => {
  beforeEach(() => register(DOCUMENT));

  it('is run by its id, and read once by each process', async () => {
    for (const server of [strict, lax]) {
      roster.calls.length = 0;
      for (let i = 0; i < 3; i++) expect(await send(server, byId(documentHash(DOCUMENT)))).toEqual(ANSWER);
      expect(roster.calls).toHaveLength(1);
    }
  });

  it('is run with variables and by GET', async () => {
    const text = 'query Office($id: ID!) { office(id: $id) { id } viewer { role } }';
    await register(text);
    const { status, data } = await send(strict, byId(documentHash(text), { variables: { id: 'T2ZmaWNlOm5vbmU' } }));
    expect([status, data]).toEqual([200, { office: null, viewer: { role: 'ADMIN' } }]);
    const extensions = encodeURIComponent(JSON.stringify(byId(documentHash(DOCUMENT)).extensions));
    const got = await strict.fetch(
      new Request(`http://roster.test/graphql?extensions=${extensions}`, { headers: { authorization } }),
    );
    expect(await got.json()).toEqual({ data: ANSWER.data });
  });

  it('keeps to the limits all the same', async () => {
    const deep = `{ viewer { employee { ${'manager { '.repeat(30)}id${' }'.repeat(30)} } } }`;
    await register(deep);
    expect(await send(strict, byId(documentHash(deep)))).toMatchObject({ status: 400, code: 'DOCUMENT_TOO_DEEP' });
  });

  it('is not run when another text stands in its place', async () => {
    const id = documentHash('{ viewer { role } }');
    await register(DOCUMENT, id);
    expect(await send(strict, byId(id))).toMatchObject({ status: 400, code: 'DOCUMENT_NOT_REGISTERED' });
  });
});

describe('any other document', () => {
  it('is run where nothing else is said', async () => {
    expect(await send(lax, { query: DOCUMENT })).toEqual(ANSWER);
    expect(await send(lax, {})).toMatchObject({ status: 400, code: 'DOCUMENT_REQUIRED' });
  });

  it('is refused where registered ones alone are run, also beside the id of one', async () => {
    await register(DOCUMENT);
    const refused = { status: 400, data: undefined, code: 'REGISTERED_DOCUMENTS_ONLY' };
    expect(await send(strict, { query: DOCUMENT })).toMatchObject(refused);
    expect(await send(strict, byId(documentHash(DOCUMENT), { query: '{ __typename }' }))).toMatchObject(refused);
    expect(await send(strict, {})).toMatchObject({ status: 400, code: 'DOCUMENT_REQUIRED' });
  });

  it.each(['', 'x', '../etc', `${'a'.repeat(63)}G`, 'a'.repeat(64), '__proto__'])(
    'has no id such as "%s"',
    async (id) => {
      expect(await send(strict, byId(id))).toMatchObject({ status: 400, code: 'DOCUMENT_NOT_REGISTERED' });
    },
  );

  it('that is unknown is looked for again after ten seconds, and not before', async () => {
    const text = 'query Late { viewer { organization } }';
    const id = documentHash(text);
    const now = roster.clock.now().getTime();
    expect(await send(strict, byId(id))).toMatchObject({ code: 'DOCUMENT_NOT_REGISTERED' });
    await register(text);
    roster.clock.set(new Date(now + 9_999).toISOString());
    expect(await send(strict, byId(id))).toMatchObject({ code: 'DOCUMENT_NOT_REGISTERED' });
    roster.clock.set(new Date(now + 10_000).toISOString());
    expect(await send(strict, byId(id))).toEqual(ANSWER);
  });
});

describe('npm run operations', () => {
  function command(...args: string[]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--', 'dev/operations/main.ts', ...args], {
      encoding: 'utf8',
      env: { ...process.env, ...roster.env },
    });
    return { status, stdout, stderr };
  }
  const stored = (text: string) => trustedDocuments.get(roster.services.table, documentHash(text));
  /** What it says of a table that is not AWS's. */
  const where = () =>
    `stage test is at ${roster.env['DYNAMODB_ENDPOINT']}, by DYNAMODB_ENDPOINT: it is not AWS's own DynamoDB\n`;
  const inStage = (...args: string[]) => command(...args, '--stage', 'test');

  async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
    const dir = await mkdtemp(join(folder, 'frontend-'));
    await mkdir(join(dir, 'below'));
    for (const [name, content] of Object.entries(files)) await writeFile(join(dir, name), content);
    return dir;
  }

  it('registers what a frontend has: files, and the lists that its tools write', async () => {
    const [a, b, c, d] = ['A', 'B', 'C', 'D'].map((name) => `query ${name} { viewer { organization } }`) as [
      string,
      string,
      string,
      string,
    ];
    const operations = [{ id: documentHash(c), name: 'C', type: 'query', body: c }];
    const dir = await folderOf({
      'a.graphql': a,
      'below/b.gql': b,
      'apollo.json': JSON.stringify({ format: 'apollo-persisted-query-manifest', version: 1, operations }),
      'codegen.json': JSON.stringify({ [documentHash(d)]: d, [documentHash(a)]: a }),
      'readme.md': 'no document',
    });
    expect(inStage('register', dir)).toEqual({
      status: 0,
      stdout: '4 of 4 documents are new to stage test; all are registered.\n',
      stderr: where(),
    });
    expect(inStage('register', dir).stdout).toMatch(/^0 of 4 documents are new/);
    for (const text of [a, b, c, d]) expect(await send(strict, byId(documentHash(text)))).toEqual(ANSWER);
    expect(inStage('list').stdout).toContain(`${documentHash(c)}  C\n`);
    expect(inStage('remove', documentHash(c)).status).toBe(0);
    expect(await stored(c)).toBeUndefined();
  });

  it('registers nothing when one of them is wrong, and says where each is', async () => {
    const good = 'query Good { viewer { role } }';
    const dir = await folderOf({
      'good.graphql': good,
      'bad.graphql': 'query Bad {\n  viewer { nothing }\n}',
      'broken.graphql': '{',
      'fragment.graphql': 'fragment F on Viewer { role }',
    });
    const { status, stderr } = inStage('register', dir);
    expect(status).toBe(1);
    expect(stderr).toContain('nothing was registered:\n');
    expect(stderr).toContain(`${join(dir, 'bad.graphql')}:2: Cannot query field "nothing" on type "Viewer".`);
    expect(stderr).toContain(`${join(dir, 'broken.graphql')}:1: Syntax Error`);
    expect(stderr).toContain(`${join(dir, 'fragment.graphql')}:1: Fragment "F" is never used.`);
    expect(await stored(good)).toBeUndefined();
  });

  const page = (more: string) => `{ projects(first: 100) { edges { node { id ${more} } } } }`;
  const tasks = 'tasks(first: 100) { edges { node { id title status } } }';
  const TOO_MUCH: readonly (readonly [
    what: string,
    text: string,
    problem: RegExp,
    variable: Record<string, string>,
  ])[] = [
    [
      'brackets',
      `query Q { ${'viewer { '.repeat(70)}role${' }'.repeat(70)} }`,
      /: the document is nested 71 levels deep where 60 are allowed/,
      {},
    ],
    [
      'depth',
      `query Q { viewer { employee { ${'manager { '.repeat(20)}id${' }'.repeat(20)} } } }`,
      / query Q: the document has 23 levels of fields where 20 are allowed/,
      { MAX_DEPTH: '23' },
    ],
    [
      'aliases',
      `query Q { ${Array.from({ length: 101 }, (_, i) => `a${i}: __typename`).join(' ')} }`,
      / query Q: the document has 101 aliases where 100 are allowed/,
      { MAX_ALIASES: '101' },
    ],
    [
      'directives',
      `query Q { viewer { ${'role @skip(if: false) '.repeat(51)} } }`,
      / query Q: the document has 51 directives where 50 are allowed/,
      { MAX_DIRECTIVES: '51' },
    ],
    [
      'words',
      `query Q { nodes(ids: [${'"a" '.repeat(5_000)}]) { id } }`,
      / query Q: the document has 5014 words, names and signs where 5000 are allowed/,
      { MAX_TOKENS: '5014' },
    ],
    [
      'cost',
      `query Q ${page(`${tasks} more: ${tasks} again: ${tasks}`)}`,
      / query Q: the answer could hold 120802 values where 100000 are allowed/,
      { MAX_COST: '1000000' },
    ],
  ];

  it('registers nothing that the server would refuse, and names the limit in the words of the server', async () => {
    const dir = await folderOf(Object.fromEntries(TOO_MUCH.map(([what, text]) => [`${what}.graphql`, text])));
    const { status, stderr } = inStage('register', dir);
    expect(status).toBe(1);
    for (const [what, text, problem] of TOO_MUCH) {
      const line = stderr.split('\n').find((each) => each.includes(`${what}.graphql`)) ?? '';
      expect(line).toMatch(problem);
      await register(text);
      const { data, message = '' } = await send(lax, byId(documentHash(text)));
      expect(data).toBeUndefined();
      // The parser of the server gives up at the first word too many, without a figure.
      expect(line).toContain(what === 'words' ? '' : message);
      expect(message).toMatch(what === 'words' ? '5000 tokens' : / where \d+ are allowed/);
    }
    const words = TOO_MUCH.find(([what]) => what === 'words')?.[1] ?? '';
    expect(() => parse(words, { maxTokens: 5_013 })).toThrow('5013 tokens');
    expect(parse(words, { maxTokens: 5_014 }).definitions).toHaveLength(1);
  });

  it('goes by the limits of the stage, and takes unknown variables to be small', async () => {
    const pages = 'query Pages($first: Int!, $ids: [ID!]!, $deep: Boolean!)';
    const dear = tasks.replace('100', '$first');
    const hidden = dear.replace(')', ') @include(if: $deep)');
    const text = `${pages} ${page(`${dear} a: ${dear} b: ${hidden}`)} `.replace(
      '{ projects',
      '{ nodes(ids: $ids) { id } projects',
    );
    const files = Object.fromEntries(TOO_MUCH.slice(1).map(([what, body]) => [`${what}.graphql`, body]));
    const dir = await folderOf({ ...files, 'variables.graphql': text });
    const settings = TOO_MUCH.flatMap(([, , , variable]) =>
      Object.entries(variable).map(([name, value]) => `${name}=${value}`),
    );
    const file = join(dir, 'stage.env');
    await writeFile(file, settings.join('\n'));
    expect(inStage('register', dir, '--env-file', file)).toMatchObject({ status: 0, stderr: where() });
    await writeFile(file, [...settings, 'MAX_COST=100'].join('\n'));
    expect(inStage('register', dir, '--env-file', file).stderr).toMatch(
      /variables\.graphql query Pages: the answer could hold \d+ values where 100 are allowed/,
    );
    await writeFile(file, 'MAX_COST=much');
    expect(inStage('register', dir, '--env-file', file)).toMatchObject({
      status: 1,
      stderr: 'the limits of the server are not known: MAX_COST must be a whole number\n',
    });
  });

  it.each([
    [
      'a list by another algorithm',
      { 'list.json': JSON.stringify({ abc: '{ viewer { role } }' }) },
      /"abc" is not the SHA-256/,
    ],
    ['a list that is none', { 'list.json': '[1]' }, /list\.json is no list of documents/],
    ['what is no JSON', { 'list.json': '{' }, /list\.json is no JSON/],
    ['nothing', {}, /has no documents/],
  ])('refuses %s', async (_what, files, message) => {
    await expect(readDocuments(await folderOf(files))).rejects.toThrow(message);
  });

  it.each([
    [['register'], /is none of: register DIR, list, remove/],
    [['register', 'no-such-folder', '--stage', 'test'], /no-such-folder can't be read/],
    [['list', '--stage', 'prod-eu'], /^--stage: a stage can't be called "prod-eu"; its name is 1 to 15 small letters/],
    [['list', '--env-file', 'x'], /say which one by --stage/],
    [['list', '--nothing'], /"npm run operations -- --help" lists the options/],
  ])('says what is wrong with %j', (args, message) => {
    const { status, stderr } = command(...args);
    expect([status, stderr]).toEqual([1, expect.stringMatching(message)]);
  });

  it('explains itself, as docs/persisted-operations.md does', async () => {
    expect(command('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('register DIR') });
    const page = await readFile('docs/persisted-operations.md', 'utf8');
    for (const [line] of page.matchAll(/^npm run operations -- .*$/gm)) {
      const args = line.replace('npm run operations -- ', '').split(' ');
      expect(args[0]).toMatch(/^(register|list|remove)$/);
      expect(args.slice(-2)).toEqual(['--stage', 'prod']);
    }
  });
});
