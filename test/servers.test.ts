import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { Meilisearch } from 'meilisearch';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DYNOXIDE, findBinary, MEILISEARCH } from '../dev/servers/binaries.ts';
import { startDynamoDbLocal, startDynoxide } from '../dev/servers/dynamodb.ts';
import { startMeilisearch } from '../dev/servers/meilisearch.ts';
import { freePort, isFree } from '../dev/servers/port.ts';
import { type ServerProcess, type SupervisedServer, supervise } from '../dev/servers/process.ts';
import { realLogger } from '../src/logger.ts';
import { isAlive, kill9, leashOf, processes, until } from './fixtures/processes.ts';

const PARENT = fileURLToPath(new URL('./fixtures/parent.ts', import.meta.url));
const log = realLogger({ level: 'silent' });
const masterKey = 'a-master-key-for-tests';

let dir: string;
let cleanUps: (() => unknown)[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'roster-servers-'));
  cleanUps = [];
});

afterEach(async () => {
  await Promise.all(cleanUps.map((cleanUp) => cleanUp()));
  await rm(dir, { recursive: true, force: true });
});

/** Stops a server at the end of the test, however the test ends. */
function stopped<T extends { process: ServerProcess }>(server: T): T {
  cleanUps.push(() => server.process.stop());
  return server;
}

type Dynoxide = Parameters<typeof startDynoxide>[0];
const dynoxide = async (options: Partial<Dynoxide> = {}) =>
  stopped(await startDynoxide({ logFile: join(dir, 'dynoxide.log'), restart: true, log, ...options }));

type Search = Parameters<typeof startMeilisearch>[0];
const meilisearch = async (options: Partial<Search> = {}) => {
  const places = { dataDir: join(dir, 'search'), cacheDir: join(dir, 'cache'), logFile: join(dir, 'meilisearch.log') };
  return stopped(await startMeilisearch({ ...places, masterKey, restart: true, log, ...options }));
};

/** A shell script as a server: ready once it has printed `up`. */
const script = (text: string, options: Partial<SupervisedServer> = {}): SupervisedServer => ({
  name: 'a script',
  command: '/bin/sh',
  args: ['-c', text],
  logFile: join(dir, 'script.log'),
  ready: async (_signal, output) => (await output()).includes('up\n'),
  restart: false,
  log,
  ...options,
});

const supervised = async (server: SupervisedServer) => stopped({ process: await supervise(server) }).process;

function dynamoDb(endpoint: string): DynamoDBClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint, region: 'eu-central-1', credentials });
  cleanUps.push(() => client.destroy());
  return client;
}

const portOf = (url: string) => Number(new URL(url).port);

async function writeItem(client: DynamoDBClient): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: 'letters',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    }),
  );
  await client.send(new PutItemCommand({ TableName: 'letters', Item: { pk: { S: 'a' }, name: { S: 'alpha' } } }));
}

async function readItem(client: DynamoDBClient): Promise<string | undefined> {
  const { Item } = await client.send(new GetItemCommand({ TableName: 'letters', Key: { pk: { S: 'a' } } }));
  return Item?.['name']?.S;
}

describe('dynoxide', { timeout: 60_000 }, () => {
  it('is ready when it is handed over, and gone with its port free when it is stopped', async () => {
    const { endpoint, process } = await dynoxide();
    expect((await dynamoDb(endpoint).send(new ListTablesCommand({}))).TableNames).toEqual([]);
    const leash = leashOf(process.pid);
    await Promise.all([process.stop(), process.stop()]);
    expect([isAlive(process.pid), isAlive(leash)]).toEqual([false, false]);
    expect(await isFree(portOf(endpoint))).toBe(true);
    expect(process.restarts).toBe(0);
  });

  it('comes back on its port with its data after kill -9', async () => {
    const { endpoint, process } = await dynoxide({ dataFile: join(dir, 'data', 'table.db') });
    const client = dynamoDb(endpoint);
    await writeItem(client);
    for (const restarts of [1, 2]) {
      kill9(process.pid);
      await until(() => process.restarts === restarts);
      expect(await readItem(client)).toBe('alpha');
    }
  });

  it('is replaced, and leaves no orphan, when its leash is killed', async () => {
    const { endpoint, process } = await dynoxide({ dataFile: join(dir, 'table.db') });
    await writeItem(dynamoDb(endpoint));
    const { pid } = process;
    kill9(leashOf(pid));
    await until(() => process.restarts === 1);
    expect(isAlive(pid)).toBe(false);
    expect(isAlive(leashOf(process.pid))).toBe(true);
    expect(await readItem(dynamoDb(endpoint))).toBe('alpha');
  });

  it('takes another port when the one chosen is taken by then, and refuses when it was asked for', async () => {
    const port = portOf((await dynoxide()).endpoint);
    const choices = [port, port, await freePort()];
    const second = await dynoxide({ choosePort: async () => choices.shift() ?? (await freePort()) });
    expect(portOf(second.endpoint)).not.toBe(port);
    await expect(dynoxide({ port })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: expect.stringContaining(`port ${port} is taken by another program`),
    });
  });

  it('is refused a data file that is in use, and gets it when it is free', async () => {
    const dataFile = join(dir, 'table.db');
    const { process } = await dynoxide({ dataFile });
    await expect(dynoxide({ dataFile })).rejects.toMatchObject({ code: 'DATA_LOCKED' });
    await process.stop();
    await dynoxide({ dataFile });
  });
});

describe('Meilisearch', { timeout: 60_000 }, () => {
  const client = (host: string) => new Meilisearch({ host, apiKey: masterKey });

  it('comes back on its port with its documents after kill -9', async () => {
    const { host, process } = await meilisearch();
    const index = client(host).index('letters');
    await index
      .addDocuments([{ id: 'a', name: 'alpha' }], { primaryKey: 'id' })
      .waitTask({ interval: 5, timeout: 20_000 });
    kill9(process.pid);
    await until(() => process.restarts === 1);
    expect(await index.getDocument('a')).toEqual({ id: 'a', name: 'alpha' });
  });

  it('keeps its files in its folder and its key out of the process list', async () => {
    const { host, process } = await meilisearch();
    await client(host).createSnapshot().waitTask({ interval: 5, timeout: 20_000 });
    await client(host).createDump().waitTask({ interval: 5, timeout: 20_000 });
    expect((await readdir(join(dir, 'search'))).sort()).toEqual(['db', 'dumps', 'roster.lock', 'snapshots']);
    expect(await readdir(dir)).not.toContain('dumps');
    expect(processes().find((row) => row.pid === process.pid)?.args).not.toContain(masterKey);
    expect(await readFile(join(dir, 'meilisearch.log'), 'utf8')).not.toContain(masterKey);
  });

  it('is not mistaken for another with the same key on the port it chose', async () => {
    const first = await meilisearch();
    const choices = [portOf(first.host)];
    const places = { dataDir: join(dir, 'second'), logFile: join(dir, 'second.log') };
    const second = await meilisearch({ ...places, choosePort: async () => choices.shift() ?? (await freePort()) });
    expect(second.host).not.toBe(first.host);
    await expect(meilisearch({ dataDir: join(dir, 'third'), port: portOf(first.host) })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
    });
  });

  it('is refused data in use, which it would damage', async () => {
    await meilisearch();
    await expect(meilisearch()).rejects.toMatchObject({ code: 'DATA_LOCKED' });
  });

  it('upgrades older data, and says what to do about data it can not use', async () => {
    const first = await meilisearch();
    await first.process.stop();
    const version = join(dir, 'search', 'db', 'VERSION');
    const current = await readFile(version, 'utf8');
    await writeFile(version, '1.13.0');
    await (await meilisearch()).process.stop();
    expect(await readFile(version, 'utf8')).toBe(current);
    for (const unusable of ['1.999.0', '1.3.0', 'nonsense']) {
      await writeFile(version, unusable);
      await expect(meilisearch()).rejects.toMatchObject({
        code: 'DATA_INCOMPATIBLE',
        message: expect.stringMatching(/version[\s\S]*npm run dev -- --reset/),
      });
    }
  });
});

describe('DynamoDB Local', { timeout: 60_000 }, () => {
  it('serves, and refuses a port that is taken', async () => {
    const options = { logFile: join(dir, 'local.log'), log };
    const { endpoint, process } = stopped(await startDynamoDbLocal(options));
    expect((await dynamoDb(endpoint).send(new ListTablesCommand({}))).TableNames).toEqual([]);
    await expect(startDynamoDbLocal({ ...options, port: portOf(endpoint) })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
    });
    await process.stop();
    expect(isAlive(process.pid)).toBe(false);
  });
});

describe('a parent that is killed', { timeout: 60_000 }, () => {
  const startParent = () => {
    const parent = spawn(process.execPath, [PARENT, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
    cleanUps.push(() => parent.kill('SIGKILL'));
    return { parent, lines: createInterface({ input: parent.stdout })[Symbol.asyncIterator]() };
  };
  /** Servers and watchers alike have a path below the test's folder among their arguments. */
  const left = (parent: number | undefined) =>
    processes().filter((row) => row.args.includes(dir) && row.pid !== parent);

  it('takes its servers along', async () => {
    const { parent, lines } = startParent();
    expect((await lines.next()).value).toBe('starting');
    const pids: number[] = JSON.parse((await lines.next()).value ?? '[]');
    expect(pids.map(isAlive)).toEqual([true, true]);
    parent.kill('SIGKILL');
    await until(() => !pids.some(isAlive) && left(parent.pid).length === 0);
  });

  it('takes along servers that are just being started', async () => {
    const { parent, lines } = startParent();
    await lines.next();
    await until(() => left(parent.pid).length > 0);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    await until(() => left(parent.pid).length === 0);
  });
});

describe('supervise', { timeout: 60_000 }, () => {
  it('tells the exit code and the last lines of a server that ends before it is ready', async () => {
    await expect(supervise(script('echo no luck today; exit 7'))).rejects.toMatchObject({
      code: 'SERVER_EXITED',
      message: expect.stringMatching(/a script ended before it was ready \(exit code 7\)[\s\S]*no luck today/),
    });
  });

  it('tells when there is no such command', async () => {
    await expect(supervise(script('', { command: join(dir, 'none') }))).rejects.toMatchObject({
      code: 'SERVER_EXITED',
      exit: { code: 127, signal: null },
    });
  });

  it('ends a server that does not become ready in time', async () => {
    await expect(supervise(script('echo $$; exec sleep 1000', { readyTimeoutMs: 300 }))).rejects.toMatchObject({
      code: 'SERVER_NOT_READY',
    });
    expect(isAlive(Number(await readFile(join(dir, 'script.log'), 'utf8')))).toBe(false);
  });

  it('kills a server that does not heed SIGTERM', async () => {
    const server = await supervised(script("trap '' TERM; echo up; while :; do sleep 1; done"));
    await server.stop();
    expect(isAlive(server.pid)).toBe(false);
  });

  it('tries again until a server that fails to restart is up, and tells of both', async () => {
    const flag = join(dir, 'flag');
    const heard: unknown[] = [];
    await writeFile(flag, '');
    const server = await supervised(
      script(`test -e ${flag} || { echo failed; exit 3; }; echo up; exec sleep 1000`, {
        restart: true,
        onExit: (exit) => heard.push(exit),
        onRestart: (pid) => heard.push(pid),
      }),
    );
    await rm(flag);
    kill9(server.pid);
    await until(async () => (await readFile(join(dir, 'script.log'), 'utf8')).split('failed').length > 2);
    await writeFile(flag, '');
    await until(() => server.restarts === 1);
    expect(heard).toEqual([{ code: null, signal: 'SIGKILL' }, server.pid]);
  });

  it('restarts nothing once stop() was called between an exit and the restart', async () => {
    let exits = 0;
    const server = await supervised(script('echo up; exec sleep 1000', { restart: true, onExit: () => exits++ }));
    kill9(server.pid);
    await until(() => exits === 1);
    await server.stop();
    expect([server.restarts, isAlive(server.pid)]).toEqual([0, false]);
    expect(processes().filter((row) => row.args.includes(dir))).toEqual([]);
  });

  it('takes along what a wrapper script has started', async () => {
    const wrapper = script('sleep 1000 & echo "child $!"; echo up; wait');
    const server = await supervised(wrapper);
    const child = Number(/child (\d+)/.exec(await readFile(wrapper.logFile, 'utf8'))?.[1]);
    expect(isAlive(child)).toBe(true);
    kill9(server.pid);
    await until(() => !isAlive(child));
  });
});

describe('a program that is not there', () => {
  const env = { PATH: '/nonexistent' };

  it.each([
    { binary: DYNOXIDE, instead: 'DYNAMODB_ENDPOINT' },
    { binary: MEILISEARCH, instead: 'MEILI_HOST and MEILI_API_KEY' },
  ])('$binary.name: the error tells where it was looked for and what to do', async ({ binary, instead }) => {
    const error = await findBinary({ ...binary, npm: '@roster/none' }, { env }).catch((error: unknown) => error);
    expect(error).toMatchObject({ code: 'PROGRAM_MISSING' });
    const told = String(error);
    for (const words of [
      `${binary.variable}: not set`,
      '@roster/none: not installed',
      'on the PATH',
      'brew install',
      instead,
    ])
      expect(told).toContain(words);
  });

  it('is not replaced by another when its variable names it', async () => {
    const path = join(dir, 'dynoxide');
    await writeFile(path, 'not runnable');
    await expect(findBinary(DYNOXIDE, { env: { DYNOXIDE_BIN: path } })).rejects.toMatchObject({
      code: 'PROGRAM_MISSING',
    });
  });

  it('is found on the PATH', async () => {
    await mkdir(join(dir, 'bin'));
    const path = join(dir, 'bin', 'dynoxide');
    await writeFile(path, '');
    await chmod(path, 0o755);
    const PATH = `/nonexistent:${join(dir, 'bin')}`;
    expect(await findBinary({ ...DYNOXIDE, npm: '@roster/none' }, { env: { PATH } })).toBe(path);
  });
});
