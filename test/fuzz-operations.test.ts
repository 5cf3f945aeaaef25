import { beforeAll, expect, it } from 'vitest';
import type { Viewer } from '../src/auth/viewer.ts';
import { keyText, type Row } from '../src/entities/core/statements.ts';
import { createItem } from '../src/entities/core/write.ts';
import { Employee, Office, Project, Task } from '../src/entities/index.ts';
import { encodeGlobalId } from '../src/schema/electrodb/global-id.ts';
import { schema } from '../src/schema/index.ts';
import { createServer, type Server } from '../src/server.ts';
import { type Company, createCompany } from './support/company.ts';
import { recordLog } from './support/log.ts';
import { random } from './support/random.ts';
import { type Pools, RandomOperations, type RandomRequest } from './support/random-operations.ts';
import { startRoster, type TestRoster } from './support/roster.ts';

/** Each operation follows from its number alone, so `FUZZ_FROM=4711 FUZZ_OPERATIONS=1` makes one of them again. */
const FROM = Number(process.env['FUZZ_FROM'] ?? 1);
const OPERATIONS = Number(process.env['FUZZ_OPERATIONS'] ?? 10_000);
const AT_ONCE = 8;
/** In every text of the other organization, and in no request. */
const MARKER = 'Zyxmark';
const MAX_ANSWER = 1_000_000;
const MAX_CALLS = 2_000;

const log = recordLog();
let roster: TestRoster;
let acme: Company;
let server: Server;
let pools: Pools;
let viewers: readonly Viewer[];

beforeAll(async () => {
  // How fast a busy machine answers is not what this is about.
  roster = await startRoster({
    WORK_BUDGET_ROWS: String(MAX_CALLS),
    SEARCH_TIMEOUT_MS: '60000',
    SEARCH_AFTER_WRITE_MS: '1',
  });
  acme = await createCompany(roster, 'acme');
  // Tokens have tests of their own; verifying ten thousand would take longer than all else.
  viewers = Object.values(acme.as).map((persona) => ({ employee: undefined, subject: 'fuzz', ...persona }));
  const ids = await plant();
  await roster.indexed();
  server = createServer({
    ...roster.services,
    log,
    tokens: { verify: async (role) => viewers[Number(role)] ?? nobody() },
  });
  const cursors = [await cursorOf('acme'), await cursorOf('umbrella'), 'x', ''];
  pools = { ids: [...Object.values(acme.ids), ...ids, 'x', '', 'T2ZmaWNlOm5vbmU'], cursors };
  return () => roster.stop();
});

function nobody(): never {
  throw new Error('every request has a viewer');
}

/** Another organization, whose every text is marked. @returns the global ids of its objects */
async function plant(): Promise<string[]> {
  const { services } = roster;
  const place = { zip: '80331', city: MARKER, state: MARKER, country: 'DE', location: { lat: 48.137, lng: 11.575 } };
  const { office } = await createItem(services, Office, 'umbrella', { ...place, name: `${MARKER} lander` });
  const { employee } = await createItem(services, Employee, 'umbrella', {
    ...{ firstName: MARKER, lastName: MARKER, email: `${MARKER}@umbrella.example`, title: `${MARKER} engineer` },
    ...{ team: 'engineering', office, hiredOn: '2020-07-15', birthday: '1990-07-05' },
    salary: { amount: 9_876_543, currency: 'EUR' },
  });
  const { project } = await createItem(services, Project, 'umbrella', {
    name: MARKER,
    status: 'active',
    lead: employee,
  });
  const { task } = await createItem(services, Task, 'umbrella', { title: MARKER, project, employee });
  return Object.entries({ Office: office, Employee: employee, Project: project, Task: task }).map(([type, id]) =>
    encodeGlobalId(type, id),
  );
}

async function cursorOf(org: string): Promise<string> {
  const { data } = await roster.graphql({ org, role: 'ADMIN' }, '{ offices { edges { cursor } } }');
  return data.offices.edges[0].cursor;
}

/** What an organization's items are, by key. */
async function itemsOf(org: string): Promise<Readonly<Record<string, Row>>> {
  const { rows } = await roster.services.table.scan({ segment: 0, segments: 1, limit: 10_000 });
  return Object.fromEntries(rows.filter((row) => row['org'] === org).map((row) => [keyText(row), row]));
}

interface Fuzzed {
  readonly number: number;
  readonly request: RandomRequest;
}

const statuses = new Map<string, number>();

async function send({ number, request }: Fuzzed): Promise<void> {
  const headers = {
    'content-type': 'application/json',
    accept: number % 2 ? 'application/json' : 'application/graphql-response+json',
    authorization: String(number % viewers.length),
    'x-request-id': `operation-${number}`,
  };
  const body = JSON.stringify(request);
  const response = await server.fetch(new Request('http://roster.test/graphql', { method: 'POST', headers, body }));
  const text = await response.text();
  const { data, errors } = JSON.parse(text);
  expect(response.status, text).toBeLessThan(500);
  expect(text.length).toBeLessThan(MAX_ANSWER);
  expect(text).not.toMatch(new RegExp(`${MARKER}|9876543`, 'i'));
  if (text.includes('INTERNAL_SERVER_ERROR')) throw log.entries.findLast(({ level }) => level === 'error')?.['err'];
  expect(data !== undefined || errors.length > 0, text).toBe(true);
  if (response.status >= 400) expect(data).toBeUndefined();
  const kind = `${response.status} ${data ? 'data' : 'no data'}${errors ? ` ${errors[0].extensions.code}` : ''}`;
  statuses.set(kind, (statuses.get(kind) ?? 0) + 1);
}

async function fuzz(numbers: Iterator<number>): Promise<void> {
  for (let each = numbers.next(); !each.done; each = numbers.next()) {
    const number = each.value;
    const request = new RandomOperations(schema, pools, random(number)).request();
    await send({ number, request }).catch((error: Error) => {
      const replay = `FUZZ_FROM=${number} FUZZ_OPERATIONS=1 npx vitest run test/fuzz-operations.test.ts`;
      throw new Error(`${error.message}\n${JSON.stringify(request)}\nagain: ${replay}`, { cause: error });
    });
  }
}

function* from(first: number, count: number): Generator<number> {
  for (let number = first; number < first + count; number++) yield number;
}

it(`${OPERATIONS} random operations break nothing, and show nothing of another organization`, {
  timeout: 600_000,
}, async () => {
  const before = await itemsOf('umbrella');
  // An item of each type, and the guard of a mail address.
  expect(Object.keys(before)).toHaveLength(5);
  const numbers = from(FROM, OPERATIONS);
  await Promise.all(Array.from({ length: AT_ONCE }, () => fuzz(numbers)));
  expect(await itemsOf('umbrella')).toEqual(before);
  process.stdout.write(
    `${[...statuses]
      .sort(([, a], [, b]) => b - a)
      .map(([kind, count]) => `  ${count} ${kind}`)
      .join('\n')}\n`,
  );
  const lines = log.entries.filter(({ msg }) => msg === 'request');
  expect(lines).toHaveLength(OPERATIONS);
  expect(Math.max(...lines.map(({ tableCalls }) => Number(tableCalls)))).toBeLessThanOrEqual(MAX_CALLS);
  expect(log.entries.filter(({ level }) => level === 'error')).toEqual([]);
});
