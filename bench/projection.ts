/**
 * What leaving out wide attributes saves: a page of 100 tasks with descriptions of 5,000 characters, read whole and
 * without them. Prints the bytes that came over the wire and the time to have the items, as medians; use the ratios.
 *
 * @example node bench/projection.ts
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { startDynoxide } from '../dev/servers/dynamodb.ts';
import { readStackFile } from '../dev/stack-file.ts';
import { ensureTable } from '../dev/table.ts';
import { createTable } from '../src/entities/core/dynamo-table.ts';
import type { AnyEntity } from '../src/entities/core/model.ts';
import type { Table } from '../src/entities/core/table.ts';
import { Task } from '../src/entities/index.ts';
import { realLogger } from '../src/logger.ts';
import { realClock } from '../src/runtime.ts';
import { createCursors } from '../src/schema/electrodb/cursor.ts';
import { Reader } from '../src/schema/electrodb/reader.ts';
import { dynamoOptions } from '../src/services.ts';

const TASKS = 100;
const DESCRIPTION = 'x'.repeat(5_000);
const ROUNDS = 60;
/** The first rounds compile what runs and open the connection. */
const WARM_UP = 20;

/** A task whose description is declared as wide. */
const WideTask: AnyEntity = {
  ...Task,
  attributes: { ...Task.attributes, description: { ...Task.attributes.description, wide: true } },
  key: (org, id) => Task.key(org, id),
  parse: (row) => Task.parse(row),
  range: (...where) => Task.range(...where),
};

/** What one way to read costs. */
interface Cost {
  readonly bytes: number;
  readonly ms: number;
}

async function fill(table: Table): Promise<void> {
  const at = new Date().toISOString();
  const common = {
    org: 'acme',
    project: 'p',
    status: 'open',
    priority: 'low',
    version: 1,
    createdAt: at,
    updatedAt: at,
  };
  const tasks = Array.from({ length: TASKS }, (_, i) =>
    Task.put({ ...common, task: `t${i}`, title: `Task ${i}`, description: DESCRIPTION }),
  );
  await table.batchWrite(tasks);
}

/** Reads a page as a new operation does. */
async function readOnce(table: Table, agent: Agent, wide: boolean): Promise<Cost> {
  const cursors = createCursors('a secret of thirty-two characters');
  const options = { table, clock: realClock(), cursors, org: 'acme', workBudgetRows: 1_000, entities: [WideTask] };
  const before = bytesRead(agent);
  const start = performance.now();
  const list = {
    entity: WideTask,
    index: 'board',
    composites: { project: 'p' },
    args: { first: TASKS },
    field: 'bench',
  };
  const { edges } = await new Reader(options).connection({ ...list, wide });
  if ((await edges).length !== TASKS) throw new Error('the page is not full');
  return { ms: performance.now() - start, bytes: bytesRead(agent) - before };
}

/** What came over all connections; they are kept, and idle between two reads. */
const bytesRead = ({ freeSockets }: Agent): number =>
  Object.values(freeSockets)
    .flatMap((sockets) => sockets ?? [])
    .reduce((sum, { bytesRead: bytes }) => sum + bytes, 0);

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

const dir = await mkdtemp(join(tmpdir(), 'roster-bench-'));
const log = realLogger({ level: 'warn' });
const server = await startDynoxide({ logFile: join(dir, 'dynoxide.log'), log, restart: false });
const agent = new Agent({ keepAlive: true });
const plain = new DynamoDBClient({
  ...dynamoOptions({ dynamodbEndpoint: server.endpoint }),
  requestHandler: { httpAgent: agent },
});
try {
  await ensureTable(plain, 'bench', await readStackFile(), realClock());
  const table = createTable({ client: DynamoDBDocumentClient.from(plain), name: 'bench', clock: realClock() });
  await fill(table);
  const costs: Record<'whole' | 'narrow', Cost[]> = { whole: [], narrow: [] };
  // By turns, so that whatever else the machine does falls on both.
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    for (const way of ['whole', 'narrow'] as const) {
      const cost = await readOnce(table, agent, way === 'whole');
      if (round >= WARM_UP) costs[way].push(cost);
    }
  }
  const of = (way: 'whole' | 'narrow', unit: keyof Cost) => median(costs[way].map((cost) => cost[unit]));
  for (const way of ['whole', 'narrow'] as const)
    process.stdout.write(`${way.padEnd(8)}${of(way, 'bytes')} bytes  ${of(way, 'ms').toFixed(2)} ms\n`);
  const ratio = (unit: keyof Cost) => (of('narrow', unit) / of('whole', unit)).toFixed(2);
  process.stdout.write(`ratio   ${ratio('bytes')} of the bytes, ${ratio('ms')} of the time\n`);
} finally {
  plain.destroy();
  agent.destroy();
  await server.process.stop();
  await rm(dir, { recursive: true, force: true });
}
