import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { CreateTableCommand, DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { startDynoxide } from '../dev/servers/dynamodb.ts';
import { startMeilisearch } from '../dev/servers/meilisearch.ts';
import { freePort } from '../dev/servers/port.ts';
import { readStackFile } from '../dev/stack-file.ts';
import { ensureTable } from '../dev/table.ts';
import { realLogger } from '../src/logger.ts';
import { EXPLAIN_HEADER } from '../src/plugins/explain.ts';
import { realClock } from '../src/runtime.ts';
import { dynamoOptions } from '../src/services.ts';
import { cleanUp, type DevCommand, newFolder, runToken, serversOf, startDev } from './fixtures/dev-command.ts';
import { expectEverythingIndexed, finds, hire, TABLE_NAME } from './fixtures/dev-data.ts';
import { isAlive, kill9, until } from './fixtures/processes.ts';
import { codeBlocks, shapeOf } from './support/markdown.ts';

const ROLES = ['CLIENT', 'EMPLOYEE', 'MANAGER', 'HR', 'ADMIN'];
const log = realLogger({ level: 'silent' });
const folders: string[] = [];

/** Seeded by the first start, and used by all tests that need no folder of their own. */
let seeded: string;
let dev: DevCommand;

const folder = async () => {
  folders.push(await newFolder());
  return folders.at(-1) ?? '';
};

/** A folder with a copy of the seeded data. */
async function copyOfSeeded(): Promise<string> {
  const copy = await folder();
  await cp(join(seeded, '.data'), join(copy, '.data'), { recursive: true });
  return copy;
}

const serverOf = (name: 'dynoxide' | 'meilisearch', where: string) => {
  const found = serversOf(where).find(({ args }) => !args.includes('leash.sh') && args.includes(`/${name} `));
  if (!found) throw new Error(`there is no ${name} in ${where}`);
  return found.pid;
};

afterAll(() => cleanUp(folders));

describe('from nothing', { timeout: 60_000 }, () => {
  const health: number[] = [];
  let early: string;
  let waiting: string;

  // Killed as soon as it seeds, and started again, when both servers are killed as well.
  beforeAll(async () => {
    seeded = await folder();
    early = (await runToken(seeded, ['--role', 'EMPLOYEE'])).out.trim();
    const first = await startDev(seeded, { args: ['--seed', '7'] });
    await first.printed(/seeding: /);
    await first.signal('SIGKILL');
    await until(() => serversOf(seeded).length === 0);

    dev = await startDev(seeded);
    const killing = killServersHalfWay(dev);
    await vi.waitUntil(
      async () => {
        const status = await statusOf(dev);
        if (status !== undefined && status !== health.at(-1)) health.push(status);
        if (status === 503) waiting ??= await (await fetch(dev.url, { headers: { accept: 'text/html' } })).text();
        return status === 200;
      },
      { timeout: 200_000, interval: 50 },
    );
    await killing;
    await dev.up();
  }, 240_000);

  async function killServersHalfWay(command: DevCommand): Promise<void> {
    await command.printed(/seeding: [2-9]\d{3} of/);
    for (const name of ['meilisearch', 'dynoxide'] as const) kill9(serverOf(name, command.folder));
  }

  /** Undefined before the port is bound. */
  const statusOf = ({ url }: DevCommand) =>
    fetch(`${url}/health`).then(
      ({ status }) => status,
      () => undefined,
    );

  it('is bound at once, and answers 503 until it is ready', () => {
    expect(health).toEqual([503, 200]);
    expect(waiting).toMatch(/http-equiv="refresh".*Roster is starting/);
  });

  it('shows how far it is, then addresses, what was seeded and how long it took', () => {
    process.stdout.write(`\n  cold start: ${/up after .* s/.exec(dev.output)?.[0]}\n`);
    expect(dev.output).toMatch(
      /seeding: \d+ of 9\d{3}\n[\s\S]*indexing: \d+ of \d+\n[\s\S]*Roster is up after [\d.]+ s\./,
    );
    expect(dev.output).toContain(`GraphiQL     ${dev.url}/graphql\n`);
    // The seed that it was begun with.
    expect(dev.output).toMatch(
      /Example data of seed 7\.\n\n {2}globex +\d+ offices, 2000 employees, 100 projects, 5000 tasks\n/,
    );
    expect(dev.output).not.toMatch(/undefined|\[object/);
  });

  it('has everything in the indexes, in spite of all kills', async () => {
    await expectEverythingIndexed(dev);
  });

  it('shows a token for every role, and each works', async () => {
    for (const role of ROLES) {
      const { data } = await dev.graphql(dev.token(role), '{ viewer { organization role employee { firstName } } }');
      const employee = role === 'CLIENT' ? null : { firstName: expect.any(String) };
      expect(data.viewer).toEqual({ organization: 'globex', role, employee });
    }
  });

  it('takes a token that was printed before the first start', async () => {
    const { data } = await dev.graphql(early, '{ viewer { organization role } }');
    expect(data.viewer).toEqual({ organization: 'globex', role: 'EMPLOYEE' });
  });

  it('serves a GraphiQL that loads nothing from elsewhere, and whose tabs all answer', async () => {
    const page = await (await fetch(dev.url, { headers: { accept: 'text/html' } })).text();
    const tags = page.replace(/<(script|style)>[\s\S]*?<\/\1>/g, '');
    expect(tags).not.toMatch(/\b(src|href|action)="(?!data:)/);
    expect(page).not.toMatch(/@import|url\(["']?(?!data:|#)[^)]*\/\//);
    const options = /startGraphiQL\(document\.getElementById\('root'\), (\{.*\})\);\n/.exec(page)?.[1];
    const { defaultTabs } = JSON.parse(options ?? '{}');
    expect(defaultTabs).toHaveLength((await readdir('dev/examples')).length);
    for (const { query, variables, headers } of defaultTabs) {
      const answer = await dev.post(JSON.parse(headers), { query, variables: JSON.parse(variables) });
      expect(answer, query).toMatchObject({ status: 200, data: expect.anything() });
      expect(answer.errors, query).toBeUndefined();
      // Each finds something, or it would show nothing.
      for (const { edges = [undefined] } of Object.values<{ edges?: unknown[] }>(answer.data))
        expect(edges.length, query).toBeGreaterThan(0);
      // What it costs stands below the result.
      expect(answer.extensions.explain.totals.calls, query).toBeGreaterThan(0);
    }
  });

  it('gives the tokens in its page to nobody else', async () => {
    const accept = 'text/html';
    const foreign = await new Promise<string>((resolve, reject) => {
      const url = `${dev.url}/graphql`;
      request(url, { headers: { host: 'rebound.example', accept } }, (response) => resolve(text(response)))
        .once('error', reject)
        .end();
    });
    expect(foreign).toContain('GraphiQL');
    expect(foreign).not.toContain('Bearer e');
    const page = await fetch(`${dev.url}/graphql`, { headers: { origin: 'http://elsewhere.example', accept } });
    expect(page.headers.get('access-control-allow-origin')).toBeNull();
    const api = await fetch(`${dev.url}/graphql?query={__typename}`, { headers: { origin: 'http://localhost:5173' } });
    expect(api.headers.get('access-control-allow-origin')).not.toBeNull();
  });

  it('lets pages of other origins ask what an operation costs', async () => {
    const headers = {
      origin: 'http://localhost:5173',
      'access-control-request-method': 'POST',
      'access-control-request-headers': `authorization,content-type,${EXPLAIN_HEADER}`,
    };
    const preflight = await fetch(`${dev.url}/graphql`, { method: 'OPTIONS', headers });
    expect(preflight.headers.get('access-control-allow-headers')).toContain(EXPLAIN_HEADER);
  });

  it('answers the command of docs/explain.md as the document shows', async () => {
    const [command, shown] = (await codeBlocks('docs/explain.md')).map(({ text }) => text);
    const [, role = ''] = /\$\(npm run -s token -- --role (\w+)\)/.exec(command ?? '') ?? [];
    const [, body = ''] = /-d '(.+)'/.exec(command ?? '') ?? [];
    const given = [...(command ?? '').matchAll(/-H '(.+): (.+)'/g)].map(([, name, value]) => [name, value]);
    const answer = await dev.post(
      {
        authorization: `Bearer ${(await runToken(seeded, ['--role', role], 'npm')).out.trim()}`,
        ...Object.fromEntries(given),
      },
      JSON.parse(body),
    );
    const { data, extensions } = JSON.parse(shown ?? '');
    expect(shapeOf({ data: answer.data, extensions: answer.extensions })).toEqual(shapeOf({ data, extensions }));
    expect(command).toContain('http://localhost:4000/graphql');
  });

  it('lets searches find who was hired, and as they are now, and nobody who was dismissed', async () => {
    const id = await hire(dev, 'Wilhelmina');
    const hiredAt = performance.now();
    await until(() => finds(dev, 'wilhelmina', id));
    process.stdout.write(`\n  from mutation to search: ${Math.round(performance.now() - hiredAt)} ms\n`);
    const update = 'mutation ($input: UpdateEmployeeInput!) { updateEmployee(input: $input) { __typename } }';
    await dev.graphql(dev.token('HR'), update, { input: { id, title: 'Balloonist' } });
    await until(() => finds(dev, 'balloonist', id));
    const dismiss = 'mutation ($input: DismissEmployeeInput!) { dismissEmployee(input: $input) { __typename } }';
    await dev.graphql(dev.token('HR'), dismiss, { input: { id } });
    await until(async () => !(await finds(dev, 'balloonist', id)));
  });

  it('keeps the organizations apart', async () => {
    const initech = (await runToken(seeded, ['--role', 'ADMIN', '--org', 'initech'])).out.trim();
    const query = '{ viewer { organization employee { id } } searchEmployees(query: "") { totalCount } }';
    const theirs = await dev.graphql(initech, query);
    expect(theirs.data).toMatchObject({ viewer: { organization: 'initech' }, searchEmployees: { totalCount: 12 } });
    const byId = 'query ($id: ID!) { employee(id: $id) { firstName } }';
    const variables = { id: (await dev.graphql(dev.token('HR'), query)).data.viewer.employee.id };
    expect((await dev.graphql(initech, byId, variables)).data).toEqual({ employee: null });
    expect((await dev.graphql(dev.token('HR'), byId, variables)).data.employee).not.toBeNull();
  });

  it('refuses a second start on the same data', async () => {
    const { code, output } = await (await startDev(seeded)).ended;
    expect(output).toBe(
      `\nRoster is running already on the data in ${seeded}/.data at ${dev.url} (process ${dev.pid}); use that one, or stop it first\n`,
    );
    expect(code).toBe(1);
    expect((await fetch(`${dev.url}/health`)).status).toBe(200);
  });

  it.each(['meilisearch', 'dynoxide'] as const)('comes back when %s is killed, and loses nothing', async (name) => {
    const killed = serverOf(name, seeded);
    kill9(killed);
    await until(async () => !(await dev.graphql(dev.token('HR'), '{ offices(first: 1) { edges { cursor } } }')).errors);
    const id = await hire(dev, name === 'dynoxide' ? 'Ptolemaeus' : 'Hieronymus');
    await until(() => finds(dev, name === 'dynoxide' ? 'ptolemaeus' : 'hieronymus', id));
    expect(serverOf(name, seeded)).not.toBe(killed);
    const [ended, back] = ['ended unexpectedly: killed by SIGKILL', 'is up again'];
    const line = (message: string) => `${message}.*"server":"${name}"`;
    expect(dev.output).toMatch(new RegExp(`${line(ended)}[^]*${line(back)}`, 'i'));
  });

  it('stops everything on Ctrl-C', async () => {
    const { code, output } = await dev.interrupt();
    expect([code, output.endsWith('\nStopping…\n')]).toEqual([0, true]);
    expect(serversOf(seeded)).toEqual([]);
  });
});

describe('started again', { timeout: 60_000 }, () => {
  it('has what was there, and seeds nothing; what a killed process left unindexed is found', async () => {
    dev = await (await startDev(seeded, { args: ['--seed', '42'] })).up();
    process.stdout.write(`\n  restart: ${/up after .* s/.exec(dev.output)?.[0]}\n`);
    expect(dev.output).not.toContain('seeding:');
    expect(dev.output).toContain('Example data of seed 7. Data of seed 42 take --reset.');
    const query = '{ searchEmployees(query: "ptolemaeus") { totalCount } }';
    expect((await dev.graphql(dev.token('HR'), query)).data).toEqual({ searchEmployees: { totalCount: 1 } });

    const id = await hire(dev, 'Scheherazade');
    await dev.signal('SIGKILL');
    await until(() => serversOf(seeded).length === 0);
    dev = await (await startDev(seeded)).up();
    expect(await finds(dev, 'scheherazade', id)).toBe(true);
    await expectEverythingIndexed(dev);
  });

  it('stops everything on SIGTERM', async () => {
    expect((await dev.signal('SIGTERM')).code).toBe(0);
    expect(serversOf(seeded)).toEqual([]);
  });
});

describe('--reset', () => {
  it('begins anew, with another seed; tokens stay good', async () => {
    const where = await copyOfSeeded();
    const identity = join(where, '.data', 'identity.json');
    const key = await readFile(identity, 'utf8');
    const begun = await startDev(where, { args: ['--reset', '--seed', '8'] });
    await begun.printed(/seeding: /);
    expect((await begun.interrupt()).code).toBe(0);
    expect(await readFile(identity, 'utf8')).toBe(key);

    const [dataFile, logFile] = [join(where, '.data', 'dynamodb', 'tables.sqlite'), join(where, 'dynoxide.log')];
    const { endpoint, process } = await startDynoxide({ dataFile, logFile, restart: false, log });
    onTestFinished(() => process.stop());
    const client = new DynamoDBClient(dynamoOptions({ dynamodbEndpoint: endpoint }));
    const { Items = [], Count } = await client.send(new ScanCommand({ TableName: TABLE_NAME }));
    expect(Items.find(({ marker }) => marker?.S === 'seed')).toMatchObject({ state: { S: 'started 8' } });
    expect(Count).toBeLessThan(9_000);
  });
});

describe("servers of the user's own", () => {
  const masterKey = 'a-master-key-for-tests';
  const dynoxide = async (dataFile?: string) => {
    const logFile = join(await folder(), 'dynoxide.log');
    const server = await startDynoxide({ logFile, restart: false, log, ...(dataFile ? { dataFile } : {}) });
    onTestFinished(() => server.process.stop());
    return server.endpoint;
  };
  const meilisearch = async () => {
    const where = await folder();
    const places = { dataDir: join(where, 'search'), cacheDir: where, logFile: join(where, 'meilisearch.log') };
    const server = await startMeilisearch({ ...places, masterKey, restart: false, log });
    onTestFinished(() => server.process.stop());
    return server.host;
  };
  const failing = async (env: Readonly<Record<string, string>>, ...args: string[]) => {
    const where = await folder();
    const { code, output } = await (await startDev(where, { env, args })).ended;
    expect(serversOf(where)).toEqual([]);
    expect([code, output]).toEqual([1, expect.not.stringMatching(/\n\s+at /)]);
    return output;
  };

  it('are used, and keep their own data; an empty search engine gets all that is in the table', async () => {
    const [endpoint, host, where] = [await dynoxide(), await meilisearch(), await folder()];
    const client = new DynamoDBClient(dynamoOptions({ dynamodbEndpoint: endpoint }));
    await ensureTable(client, TABLE_NAME, await readStackFile(), realClock());
    const Item = { pk: { S: 'mine' }, sk: { S: 'mine' } };
    await client.send(new PutItemCommand({ TableName: TABLE_NAME, Item }));

    const half = await (await startDev(where, { env: { DYNAMODB_ENDPOINT: endpoint } })).up();
    expect(half.output).toContain('Your own data; nothing was seeded.');
    expect(half.address('DynamoDB')).toBe(endpoint);
    const { data } = await half.graphql(half.token('HR'), '{ viewer { role employee { id } } }');
    expect(data.viewer).toEqual({ role: 'HR', employee: null });
    const office = { name: 'Nine', city: 'Berlin', state: 'Berlin', zip: '10115', country: 'DE', street: 'Nine 9' };
    const create = 'mutation ($input: CreateOfficeInput!) { createOffice(input: $input) { ... on Office { id } } }';
    const input = { ...office, location: { lat: 52.5, lng: 13.4 } };
    expect((await half.graphql(half.token('ADMIN'), create, { input })).errors).toBeUndefined();
    const id = await hire(half, 'Euphrosyne');
    await until(() => finds(half, 'euphrosyne', id));
    await half.interrupt();

    const env = { DYNAMODB_ENDPOINT: endpoint, MEILI_HOST: host, MEILI_API_KEY: masterKey };
    const own = await (await startDev(where, { env })).up();
    expect([own.address('DynamoDB'), own.address('Meilisearch')]).toEqual([endpoint, host]);
    expect(await finds(own, 'euphrosyne', id)).toBe(true);
    await expectEverythingIndexed(own, masterKey);
    expect(serversOf(where)).toEqual([]);
    expect((await own.interrupt()).code).toBe(0);
  });

  it('are refused when they refuse the key', async () => {
    expect(await failing({ MEILI_HOST: await meilisearch(), MEILI_API_KEY: 'another-key-for-tests' })).toMatch(
      /the Meilisearch at http:\S+ refuses: The provided API key is invalid\.\nSet MEILI_API_KEY to/,
    );
  });

  it('are refused when their table is another', async () => {
    const endpoint = await dynoxide();
    const table = (await readStackFile()).table(TABLE_NAME);
    const GlobalSecondaryIndexes = table.GlobalSecondaryIndexes?.slice(0, 2);
    const AttributeDefinitions = table.AttributeDefinitions?.filter(
      ({ AttributeName }) => !AttributeName?.includes('3'),
    );
    const client = new DynamoDBClient(dynamoOptions({ dynamodbEndpoint: endpoint }));
    await client.send(new CreateTableCommand({ ...table, GlobalSecondaryIndexes, AttributeDefinitions }));
    expect(await failing({ DYNAMODB_ENDPOINT: endpoint })).toMatch(
      /the table "roster-dev" is not the one that serverless\.yml defines: its keys are .*gsi2sk", not .*gsi3sk"; .*--reset/,
    );
  });

  it('are missed when nothing listens there, both in one message', async () => {
    const [one, two] = [await freePort(), await freePort()].map((port) => `http://127.0.0.1:${port}`);
    const output = await failing({ DYNAMODB_ENDPOINT: one ?? '', MEILI_HOST: two ?? '', MEILI_API_KEY: masterKey });
    expect(output).toMatch(/DYNAMODB_ENDPOINT is .*, but nothing answers there \(connect ECONNREFUSED .*\); start one/);
    expect(output).toMatch(/MEILI_HOST is .*, but nothing answers there \(connect ECONNREFUSED .*\); start one/);
  });

  it('are not taken for what they are not', async () => {
    const server = createServer((_request, response) => response.end('<html>')).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await until(() => server.listening);
    const address = server.address();
    const DYNAMODB_ENDPOINT = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    const output = await failing({ DYNAMODB_ENDPOINT, MEILI_HOST: DYNAMODB_ENDPOINT, MEILI_API_KEY: masterKey });
    expect(output).toMatch(/what answers there is no DynamoDB[\s\S]*what answers there is no Meilisearch/);
  });
});

describe('what can not be', { timeout: 60_000 }, () => {
  it.concurrent.each<[string, readonly string[], Readonly<Record<string, string>>, RegExp]>([
    ['a port that is no number', ['--port', 'abc'], {}, /^\n--port is "abc"; give a whole number from 1 to 65535\n$/],
    ['a negative seed', ['--seed', '-1'], {}, /^\n--seed is "-1"; give a whole number from 0 to \d+\n$/],
    ['an unknown option', ['--nope'], {}, /^\nUnknown option '--nope'.*"npm run dev -- --help" lists the options\n$/],
    ['a port without its option', ['4001'], {}, /^\nUnexpected argument '4001'.*--help" lists the options\n$/],
    [
      'an option that npm took for its own',
      [],
      { npm_lifecycle_event: 'dev', npm_config_reset: 'true' },
      /^\nnpm has taken --reset for itself; put -- before it: npm run dev -- --reset\n$/,
    ],
    [
      'a log level',
      [],
      { LOG_LEVEL: 'loud' },
      /^\nLOG_LEVEL is "loud"; give one of debug, info, warn, error, silent\n$/,
    ],
    [
      'an address',
      [],
      { DYNAMODB_ENDPOINT: 'localhost:8000' },
      /DYNAMODB_ENDPOINT is "localhost:8000"; give an address/,
    ],
    ['a host without its key', [], { MEILI_HOST: 'http://localhost:7700' }, /MEILI_API_KEY is not; give the key/],
    [
      'a reset of what is not local',
      ['--reset'],
      { DYNAMODB_ENDPOINT: 'http://localhost:8000' },
      /--reset deletes local data only; unset DYNAMODB_ENDPOINT/,
    ],
    [
      'programs that are not there',
      [],
      { DYNOXIDE_BIN: '/none/dynoxide', MEILISEARCH_BIN: '/none/meilisearch' },
      /dynoxide, the local DynamoDB, was not found[\s\S]*DYNAMODB_ENDPOINT[\s\S]*meilisearch, the search engine, was not found[\s\S]*MEILI_HOST/,
    ],
  ])('%s: said without a stack trace, and nothing is left', async (_what, args, env, message) => {
    const where = await folder();
    const { code, output } = await (await startDev(where, { args, env })).ended;
    expect([code, output]).toEqual([1, expect.stringMatching(message)]);
    expect(output).not.toMatch(/\n\s+at /);
    expect(serversOf(where)).toEqual([]);
  });

  it('a port in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await until(() => server.listening);
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const where = await folder();
    const { code, output } = await (await startDev(where, { port })).ended;
    expect(output).toMatch(
      new RegExp(
        `^\nport ${port} is in use by another program; stop that .*, or choose another: npm run dev -- --port \\d+\n$`,
      ),
    );
    expect([code, serversOf(where)]).toEqual([1, []]);
  });

  it('a damaged file', async () => {
    const where = await folder();
    await mkdir(join(where, '.data'));
    await writeFile(join(where, '.data', 'identity.json'), '{');
    const { code, output } = await (await startDev(where)).ended;
    expect([code, output]).toEqual([
      1,
      expect.stringMatching(/^\n\.data\/identity\.json can't be read: .*; delete it/),
    ]);
  });

  it('help is no failure', async () => {
    const { code, output } = await (await startDev(await folder(), { args: ['--help'] })).ended;
    expect([code, output]).toEqual([0, expect.stringMatching(/--port N[\s\S]*--seed N[\s\S]*--reset/)]);
  });
});

describe('npm and the terminal', () => {
  it('npm run -s token prints just a token, and tells what roles there are', async () => {
    const where = await folder();
    const { code, out, err } = await runToken(where, ['--role', 'HR', '--org', 'initech'], 'npm');
    expect([code, err]).toEqual([0, expect.not.stringContaining('--role')]);
    expect(out).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const wrong = await runToken(where, ['--role', 'BOSS'], 'npm');
    expect(wrong).toMatchObject({ code: 1, out: '' });
    expect(wrong.err).toMatch(/--role is BOSS; give one of CLIENT, EMPLOYEE, MANAGER, HR, ADMIN\n/);
  });

  it('prints good tokens when many ask at once for the first', async () => {
    const where = await folder();
    const tokens = await Promise.all(Array.from({ length: 4 }, () => runToken(where, ['--role', 'HR'])));
    const keyIds = tokens.map(({ out }) => Buffer.from(out.split('.')[0] ?? '', 'base64url').toString());
    expect(new Set(keyIds).size).toBe(1);
    const { kid } = JSON.parse(await readFile(join(where, '.data', 'identity.json'), 'utf8'));
    expect(keyIds[0]).toContain(kid);
  });

  it('stops when the npm that started it is killed', async () => {
    const where = await copyOfSeeded();
    const command = await (await startDev(where, { by: 'npm' })).up();
    kill9(command.pid);
    expect((await command.ended).output).toMatch(/\nStopping…\n$/);
    expect(serversOf(where)).toEqual([]);
    expect(isAlive(command.pid)).toBe(false);
  });

  it('shows a bar in a terminal, and Ctrl-C half-way stops everything and leaves the cursor as it was', async () => {
    const where = await folder();
    const command = await startDev(where, { by: 'terminal' });
    await command.printed(/seeding .* [1-9]\d* %/);
    command.type('\x03');
    const { code, output } = await command.ended;
    expect(output).toMatch(/Stopping…/);
    expect(output.lastIndexOf('\x1b[?25h')).toBeGreaterThan(output.lastIndexOf('\x1b[?25l'));
    expect([code, serversOf(where)]).toEqual([0, []]);
  });
});
