import { createHash } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { realLogger } from '../src/logger.ts';
import { inRequest } from '../src/request.ts';
import { decodeGlobalId } from '../src/schema/electrodb/global-id.ts';
import { createIndexer } from '../src/search/indexer/indexer.ts';
import { createServer, type Server } from '../src/server.ts';
import { type Company, createCompany } from './support/company.ts';
import { unavailable } from './support/fault-proxy.ts';
import { recordLog } from './support/log.ts';
import { operation, type ProxiedRoster, startProxiedRoster } from './support/proxied-roster.ts';

const log = recordLog();
let roster: ProxiedRoster;
let acme: Company;
let server: Server;

beforeAll(async () => {
  roster = await startProxiedRoster();
  acme = await createCompany(roster, 'acme');
  await roster.indexed();
  server = createServer({ ...roster.services, log });
  return () => roster.stop();
});

beforeEach(() => {
  log.entries.length = 0;
});

async function send(as: keyof Company['as'] | undefined, query: string, variables: object = {}) {
  const authorization = as && { authorization: `Bearer ${await roster.token(acme.as[as])}` };
  const headers = { 'content-type': 'application/json', 'x-request-id': 'the-request', ...authorization };
  const body = JSON.stringify({ query, variables });
  const response = await server.fetch(new Request('http://roster.test/graphql', { method: 'POST', headers, body }));
  return { status: response.status, text: await response.text() };
}

const lines = (msg: string) => log.entries.filter((entry) => entry.msg === msg);

describe('a request is one line', () => {
  it('with the operation, who asked, what it took and how it ended', async () => {
    const query = 'query Colleagues($id: ID!) { employee(id: $id) { firstName tasks { edges { cursor } } } }';
    await send('employee', query, { id: acme.ids.ada });
    expect(lines('request')).toEqual([
      {
        level: 'info',
        msg: 'request',
        ...{ method: 'POST', status: 200, outcome: 'ok', operation: 'Colleagues', kind: 'query', codes: [] },
        hash: createHash('sha256').update(query).digest('hex'),
        ...{ organization: 'acme', role: 'EMPLOYEE', viewer: expect.stringMatching(/^[0-9a-f]{16}$/) },
        ...{ durationMs: expect.any(Number), tableCalls: 1, readUnits: expect.any(Number), writeUnits: 0 },
        ...{ searches: 0, searchMs: 0 },
      },
    ]);
    expect(lines('request')[0]?.['readUnits']).toBeGreaterThan(0);
  });

  it('with the searches', async () => {
    await send('hr', '{ searchOffices(query: "altstadt") { totalCount } }');
    expect(lines('request')).toMatchObject([{ outcome: 'ok', operation: null, searches: 1 }]);
  });

  it.each([
    ['refused', 415, undefined, '', { method: 'POST' }],
    ['refused', 401, undefined, '{ viewer { role } }', { codes: ['UNAUTHENTICATED'] }],
    ['refused', 200, 'hr', '{ nothing }', { codes: ['GRAPHQL_VALIDATION_FAILED'] }],
    ['refused', 400, 'hr', '{ a '.repeat(100), { codes: ['DOCUMENT_TOO_DEEP'] }],
    ['partial', 200, 'hr', '{ viewer { role } node(id: "x") { id } }', { codes: ['BAD_USER_INPUT'], operation: null }],
  ] as const)('%s, with status %i', async (outcome, status, as, query, facts) => {
    if (status === 415) await server.fetch(new Request('http://roster.test/graphql', { method: 'POST', body: query }));
    else expect((await send(as, query)).status).toBe(status);
    expect(lines('request')).toMatchObject([{ outcome, status, ...facts }]);
  });

  it('failed, beside a line that says why', async () => {
    roster.dynamodb.inject(operation('GetItem'), unavailable);
    await send('hr', 'query($id: ID!) { office(id: $id) { id name } }', { id: acme.ids.munich });
    expect(lines('request')).toMatchObject([{ outcome: 'failed', codes: ['SERVICE_UNAVAILABLE'] }]);
    expect(log.entries.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  it('of none for those who look whether it is up', async () => {
    for (const path of ['/health', '/ready']) await server.fetch(new Request(`http://roster.test${path}`));
    expect(log.entries).toEqual([]);
  });
});

describe('a denial is one line', () => {
  it('for each field, however many objects it was asked of', async () => {
    await send(
      'employee',
      '{ offices { edges { node { employees { edges { node { myName: salary { amount } ...on Employee { birthday } } } } } } } }',
    );
    const denials = lines('denied');
    const who = { level: 'warn', organization: 'acme', role: 'EMPLOYEE', viewer: expect.stringMatching(/^\w{16}$/) };
    expect(denials).toMatchObject([
      { ...who, denied: 'Employee.salary', times: 2 },
      { ...who, denied: 'Employee.birthday', times: 2 },
    ]);
  });

  it('for who is not let in, with the reason', async () => {
    await send(undefined, '{ viewer { role } }');
    expect(lines('denied')).toEqual([{ level: 'warn', msg: 'denied', denied: 'MISSING', times: 1 }]);
  });
});

it('what was written is named as in the line of the batch that brings it to the indexes', async () => {
  const document =
    'mutation Rename($id: ID!) { updateEmployee(input: { id: $id, firstName: "Augusta" }) { __typename } }';
  await send('hr', document, { id: acme.ids.ada });
  const { id } = decodeGlobalId(acme.ids.ada, 'id');
  const item = `employee acme ${id}`;
  expect(lines('request')).toMatchObject([{ kind: 'mutation', written: [item] }]);
  expect(lines('request')[0]?.['writeUnits']).toBeGreaterThan(0);
  const deliver = roster.poller(createIndexer({ ...roster.services, log }));
  deliver.start();
  await deliver.caughtUp();
  const batches = lines('a batch of the stream was applied to the indexes');
  expect(batches.flatMap(({ items }) => items)).toContain(item);
});

it('no line has personal data, values of variables, or tokens', async () => {
  const token = await roster.token(acme.as.hr);
  const mail = 'very.secret@acme.example';
  const input = `firstName: "Xaver", lastName: "Geheim", email: $mail, title: "Spy", team: PEOPLE, office: $office, hiredOn: "2026-06-01", birthday: "1990-03-03", salary: { amount: 1234567, currency: "EUR" }`;
  const variables = { mail, office: acme.ids.munich };
  const hire = `mutation Hire($mail: String!, $office: ID!) { hireEmployee(input: { ${input} }) { __typename ... on Employee { id email } } }`;
  expect((await send('hr', hire, variables)).text).toContain(mail);
  // Again: refused, with the address in the answer.
  expect((await send('hr', hire, variables)).text).toContain('EmailTakenError');
  await send('hr', '{ searchEmployees(query: "Geheim") { edges { node { email salary { amount } } } } }');
  await send('employee', '{ searchEmployees(query: "Geheim", filter: { salary: { gte: 1234567 } }) { totalCount } }');
  roster.dynamodb.inject(({ method }) => method === 'POST', unavailable);
  await send('hr', hire, variables);
  await send('hr', 'query($id: ID!) { employee(id: $id) { email } }', { id: acme.ids.ada });
  expect(lines('request')).toHaveLength(6);
  const all = JSON.stringify(log.entries, (_key, value) =>
    value instanceof Error ? { ...value, message: value.message, stack: value.stack, cause: value.cause } : value,
  );
  for (const secret of [
    mail,
    'very.secret',
    'Geheim',
    'Xaver',
    '1234567',
    '1990-03-03',
    token,
    token.slice(-40),
    'Bearer',
  ])
    expect(all).not.toContain(secret);
});

describe('the logger', () => {
  async function written(use: (log: ReturnType<typeof realLogger>) => void, level = 'info') {
    const output = new PassThrough();
    use(realLogger({ level, service: 'payroll', output }));
    output.end();
    return (await text(output))
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  }

  it('writes lines as Powertools does, with the id of the request', async () => {
    const [line, ...rest] = await written((own) => {
      inRequest({ id: 'r1' }, () => own.info({ a: 1, b: undefined }, 'hello'));
      own.debug({}, 'unheard');
    });
    const timestamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT/);
    expect(line).toEqual({ level: 'INFO', message: 'hello', timestamp, service: 'payroll', requestId: 'r1', a: 1 });
    expect(rest).toEqual([]);
  });

  it('writes of errors what happened and where, and nothing else that they hold', async () => {
    const cause = Object.assign(new TypeError('inner'), { Item: { email: 'a@b.example' } });
    const err = Object.assign(new Error('outer', { cause }), { code: 'X', Item: { email: 'a@b.example' } });
    const [line] = await written((own) => own.error({ err }, 'it failed'));
    const stack = expect.any(String);
    expect(line.err).toEqual({
      ...{ name: 'Error', message: 'outer', stack, code: 'X' },
      cause: { name: 'TypeError', message: 'inner', stack },
    });
  });

  it('is silent when told so, and talks more when told so', async () => {
    expect(await written((own) => own.error({}, 'unheard'), 'silent')).toEqual([]);
    const lines = await written((own) => {
      own.setLevel('debug');
      own.debug({}, 'heard');
    }, 'warn');
    expect(lines).toMatchObject([{ level: 'DEBUG', message: 'heard' }]);
  });
});
