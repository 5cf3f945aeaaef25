import { isObjectType } from 'graphql';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Persona } from '../dev/identity.ts';
import { schema } from '../src/schema/index.ts';
import { SEARCHED } from '../src/schema/search/patterns.ts';
import { searches } from '../src/search/all.ts';
import { withCircuitBreaker } from '../src/search/breaker.ts';
import { createSearch } from '../src/search/client.ts';
import { employeeSearch, taskSearch } from '../src/search/index.ts';
import { createServer } from '../src/server.ts';
import { until } from './fixtures/processes.ts';
import { type Company, createCompany } from './support/company.ts';
import { cut, firstOnly, hang, type Match, meanwhile } from './support/fault-proxy.ts';
import { type ProxiedRoster, startProxiedRoster } from './support/proxied-roster.ts';
import type { Answer } from './support/roster.ts';

// Reading one's own writes by search: `afterWrite`, and the tokens that it takes.

/** Waits for longer than any of its tests takes. */
let roster: ProxiedRoster;
/** Asks the same roster in a hurry, as HR. */
let askHastily: (query: string) => Promise<Pick<Answer, 'data' | 'errors'>>;
let acme: Company;

const HASTE_MS = 150;
const TIMEOUT_MS = 1_000;

beforeAll(async () => {
  roster = await startProxiedRoster({ SEARCH_AFTER_WRITE_MS: '10000' });
  const { services } = roster;
  const search = { ...services.config.search, afterWriteMs: HASTE_MS, searchTimeoutMs: TIMEOUT_MS };
  const config = { ...services.config, search };
  const server = createServer({ ...services, config, search: withCircuitBreaker(createSearch(search), services) });
  askHastily = async (query) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${await roster.token(acme.as.hr)}` };
    const request = { method: 'POST', headers, body: JSON.stringify({ query }) };
    const response = await server.fetch(new Request('http://roster.test/graphql', request));
    return (await response.json()) as Pick<Answer, 'data' | 'errors'>;
  };
  acme = await createCompany(roster, 'acme');
  await roster.indexed();
  return () => roster.stop();
});

beforeEach(() => {
  roster.meilisearch.requests.length = 0;
});

const isSearch: Match = ({ path }) => path === '/multi-search';
/** The check for a write alone. */
const isPoll: Match = (request) => isSearch(request) && JSON.parse(request.body).queries.length === 1;
const searchesSent = () => roster.meilisearch.requests.filter(isSearch).length;

interface Written {
  readonly id: string;
  readonly writeToken: string;
}

async function mutate(field: string, type: string): Promise<Written> {
  const { data, errors } = await roster.graphql(
    acme.as.admin,
    `mutation { written: ${field} { ... on ${type} { id writeToken } } }`,
  );
  expect(errors).toBeUndefined();
  return data.written;
}

const createTask = (title: string) =>
  mutate(`createTask(input: { title: "${title}", project: "${acme.ids.project}" })`, 'Task');

interface Found {
  readonly stale: boolean;
  readonly totalCount: number;
  readonly edges: readonly { readonly node: { readonly id: string } }[];
}

const NODES = 'stale totalCount edges { node { ... on Node { id } } }';

const ask: typeof askHastily = (query) => roster.graphql(acme.as.hr, query);

/** Searches with a token as one more argument, as HR. */
async function search(field: string, afterWrite: string, selection = NODES, by = ask): Promise<Found> {
  const { data, errors } = await by(`{ found: ${field.slice(0, -1)}, afterWrite: "${afterWrite}") { ${selection} } }`);
  expect(errors).toBeUndefined();
  return data.found;
}

const searchHastily = (field: string, afterWrite: string) => search(field, afterWrite, NODES, askHastily);

const idsOf = ({ edges }: Found) => edges.map(({ node }) => node.id);

it('every searchable type has a token, and every search takes one', () => {
  for (const { entity } of searches) {
    const type = Object.values(schema.getTypeMap()).find(({ name }) => name.toLowerCase() === entity.name);
    expect(isObjectType(type) && String(type.getFields()['writeToken']?.type), entity.name).toBe('String!');
  }
  const fields = Object.values(schema.getQueryType()?.getFields() ?? {}).filter(
    ({ extensions }) => extensions[SEARCHED],
  );
  expect(fields.length).toBeGreaterThan(6);
  for (const { name, args, type } of fields) {
    expect(
      args.map((arg) => arg.name),
      name,
    ).toContain('afterWrite');
    expect(isObjectType(type) && String(type.getFields()['stale']?.type), name).toBe('Boolean!');
  }
});

describe('while an index lacks the write', () => {
  it.each(['searchTasks(query: "gantry")', 'search(query: "gantry")'])(
    '%s says so once the time is over',
    async (field) => {
      const release = roster.hold(taskSearch.open);
      const { id, writeToken } = await createTask('Paint the gantry');
      const start = performance.now();
      const early = await searchHastily(field, writeToken);
      expect(performance.now() - start).toBeGreaterThanOrEqual(HASTE_MS - 1);
      expect(early.stale).toBe(true);
      expect(idsOf(early)).not.toContain(id);
      release();
      await roster.indexed();
      const found = await searchHastily(field, writeToken);
      expect(found.stale).toBe(false);
      expect(idsOf(found)).toContain(id);
    },
  );

  it.each(['searchTasks(query: "hatch")', 'search(query: "hatch")'])('%s waits until it has it', async (field) => {
    const release = roster.hold(taskSearch.open);
    const { id, writeToken } = await createTask('Weld the hatch');
    const found = search(field, writeToken);
    await until(() => searchesSent() > 5);
    release();
    expect((await found).stale).toBe(false);
    expect(idsOf(await found)).toContain(id);
  });

  it('searches of one operation ask for it together', async () => {
    const release = roster.hold(taskSearch.open);
    const { writeToken } = await createTask('Wait for the others');
    let [polls, underWay, atOnce] = [0, 0, 0];
    roster.meilisearch.inject(isPoll, async (_request, forward) => {
      polls++;
      atOnce = Math.max(atOnce, ++underWay);
      const answer = await forward();
      underWay--;
      return answer;
    });
    const fields = Array.from({ length: 10 }, (_, i) => `f${i}: searchTasks(afterWrite: "${writeToken}") { stale }`);
    const asked = ask(`{ ${fields.join(' ')} }`);
    await until(() => polls > 5);
    release();
    expect(Object.values((await asked).data)).toEqual(fields.map(() => ({ stale: false })));
    expect(atOnce).toBe(1);
  });

  it('the answer about an old version is not taken for that of the deletion that is waited for since', async () => {
    const { id } = await createTask('Fix the rudder');
    await roster.indexed();
    const release = roster.hold(taskSearch.open);
    const { writeToken } = await mutate(`updateTask(input: { id: "${id}", title: "Fix the old rudder" })`, 'Task');
    await mutate(`deleteTask(input: { id: "${id}" })`, 'Task');
    let polls = 0;
    roster.meilisearch.inject(isPoll, (_request, forward) => {
      polls++;
      return forward();
    });
    // This one asked for the new version; when it is answered, the other waits for the deletion.
    const isFirst = firstOnly(meanwhile(() => until(() => polls > 0)));
    roster.meilisearch.inject((request) => isSearch(request) && request.body.includes('rudder'), isFirst);
    const field = (query: string) => `searchTasks(query: "${query}", afterWrite: "${writeToken}") { stale totalCount }`;
    const asked = ask(`{ other: ${field('anchor')} ${field('rudder')} }`);
    await until(() => polls > 3);
    release();
    expect((await asked).data.searchTasks).toEqual({ stale: false, totalCount: 0 });
  });

  it('the restricted one, a search that needs it waits for that, and no other search does', async () => {
    const release = roster.hold(employeeSearch.restricted ?? employeeSearch.open);
    const input = `{ id: "${acme.ids.ada}", salary: { amount: 9500000, currency: "EUR" } }`;
    const { id, writeToken } = await mutate(`updateEmployee(input: ${input})`, 'Employee');
    const range = '{ currency: { eq: "EUR" }, amount: { gte: 9400000, lte: 9600000 } }';
    const paid = () => searchHastily(`searchEmployees(filter: { salary: ${range} })`, writeToken);
    expect(await search('searchEmployees(query: "ada")', writeToken)).toMatchObject({ stale: false });
    expect(await paid()).toEqual({ stale: true, totalCount: 0, edges: [] });
    release();
    await roster.indexed();
    expect(await paid()).toEqual({ stale: false, totalCount: 1, edges: [{ node: { id } }] });
  });
});

describe('while the stream is being followed', () => {
  it('the new words of a change are found, and the old ones no longer', async () => {
    const { id } = await createTask('Polish the visor');
    const { writeToken } = await mutate(`updateTask(input: { id: "${id}", title: "Polish the helmet" })`, 'Task');
    const find = (text: string) => search(`searchTasks(query: "${text}")`, writeToken);
    expect(idsOf(await find('helmet'))).toEqual([id]);
    expect(await find('visor')).toEqual({ stale: false, totalCount: 0, edges: [] });
  });

  it('what was deleted is found no longer', async () => {
    const { id, writeToken: created } = await createTask('Inflate the raft');
    const count = async (token: string) => (await search('searchTasks(query: "raft")', token)).totalCount;
    expect(await count(created)).toBe(1);
    const { writeToken } = await mutate(`deleteTask(input: { id: "${id}" })`, 'Task');
    expect(await count(writeToken)).toBe(0);
  });

  it('a version that was deleted meanwhile is not waited for', async () => {
    const { id, writeToken } = await createTask('Fold the parachute');
    await mutate(`deleteTask(input: { id: "${id}" })`, 'Task');
    await roster.indexed();
    for (const field of ['searchTasks(query: "parachute")', 'search(query: "parachute")'])
      expect(await search(field, writeToken)).toEqual({
        stale: false,
        totalCount: 0,
        edges: [],
      });
  });

  it('a write of another type is waited for in the open index of that type', async () => {
    const { writeToken } = await createTask('Count the bolts');
    const { data, extensions } = await roster.graphql(
      acme.as.admin,
      `{ searchOffices(query: "campus", afterWrite: "${writeToken}") { stale totalCount } }`,
      {},
      { 'x-roster-explain': '1' },
    );
    expect(data.searchOffices).toEqual({ stale: false, totalCount: 1 });
    const [{ queries }] = extensions.explain.calls;
    expect(queries.map(({ index }: { readonly index: string }) => index)).toEqual(['task', 'office']);
  });
});

describe('where the index holds the write', () => {
  const tokenOf = async (field: string) => {
    await roster.indexed();
    const { data } = await roster.graphql(acme.as.admin, `{ ${field} { version writeToken } }`);
    roster.calls.length = 0;
    roster.meilisearch.requests.length = 0;
    return data[field.split('(')[0] ?? ''].writeToken as string;
  };

  it.each([
    ['searchTasks(query: "lander")', 1],
    ['searchProjects(query: "apollo")', 1],
    ['searchOffices(query: "campus")', 1],
    ['upcomingBirthdays(withinDays: 300)', 1],
    ['upcomingAnniversaries(withinDays: 30)', 1],
    // One ranking can't be asked for together with anything else.
    ['search(query: "lander")', 2],
  ])('%s takes %i requests, and none to the table before its hits', async (field, requests) => {
    const writeToken = await tokenOf(`task(id: "${acme.ids.task}")`);
    expect(await search(field, writeToken, 'stale edges { cursor }')).toMatchObject({ stale: false });
    expect(searchesSent()).toBe(requests);
    expect(roster.calls.length).toBeLessThanOrEqual(1);
  });

  it('a token of an older version will do', async () => {
    const older = await tokenOf(`office(id: "${acme.ids.garching}")`);
    await mutate(`updateOffice(input: { id: "${acme.ids.garching}", name: "Campus Two" })`, 'Office');
    expect(await tokenOf(`office(id: "${acme.ids.garching}")`)).not.toBe(older);
    expect(await search('searchOffices(query: "campus")', older)).toMatchObject({
      stale: false,
    });
    expect(searchesSent()).toBe(1);
  });

  it('hits are read consistently: a replica of the table may be behind the index', async () => {
    const writeToken = await tokenOf(`task(id: "${acme.ids.task}")`);
    await search('searchTasks(query: "design")', writeToken);
    expect(roster.calls).toMatchObject([{ operation: 'GetItem', consistent: true }]);
    roster.calls.length = 0;
    await ask('{ searchTasks(query: "design") { edges { node { title } } } }');
    expect(roster.calls).toMatchObject([{ operation: 'GetItem', consistent: false }]);
  });

  it('pages go on with and without it', async () => {
    const writeToken = await tokenOf(`task(id: "${acme.ids.task}")`);
    const page = async (args: string) => {
      const { data, errors } = await roster.graphql(
        acme.as.admin,
        `{ searchTasks(query: "lander", first: 1${args}) { pageInfo { hasPreviousPage endCursor } } }`,
      );
      expect(errors).toBeUndefined();
      return data.searchTasks.pageInfo;
    };
    const waits = `, afterWrite: "${writeToken}"`;
    const [first, same] = [await page(''), await page(waits)];
    expect(same).toEqual(first);
    for (const more of ['', waits])
      expect(await page(`, after: "${first.endCursor}"${more}`)).toMatchObject({ hasPreviousPage: true });
  });

  it('selecting a token reads no more of an object than its version', async () => {
    roster.calls.length = 0;
    const { data } = await roster.graphql(acme.as.admin, `{ task(id: "${acme.ids.task}") { writeToken } }`);
    expect(data.task.writeToken).toMatch(/^[\w-]+$/);
    expect(roster.calls).toHaveLength(1);
    expect(roster.calls[0]?.attributes).toContain('version');
    expect(roster.calls[0]?.attributes).not.toContain('description');
  });
});

describe('a search engine', () => {
  const timeToFail = async (field: string, by = ask) => {
    const start = performance.now();
    const { errors } = await by(`{ ${field} { stale totalCount } }`);
    expect(errors).toMatchObject([{ extensions: { code: 'SEARCH_UNAVAILABLE' } }]);
    return performance.now() - start;
  };

  it.each(['searchTasks', 'search'])('that is down is not waited for: %s', async (field) => {
    const { writeToken } = await createTask('Ask nobody');
    roster.meilisearch.inject(isSearch, cut);
    expect(await timeToFail(`${field}(query: "nobody", afterWrite: "${writeToken}")`)).toBeLessThan(5_000);
  });

  it.each(['searchTasks', 'search'])('that hangs is waited for no longer than both bounds allow: %s', async (field) => {
    const { writeToken } = await createTask('Ask the mute');
    roster.meilisearch.inject(isSearch, hang);
    const tookMs = await timeToFail(`${field}(query: "mute", afterWrite: "${writeToken}")`, askHastily);
    expect(tookMs).toBeGreaterThanOrEqual(TIMEOUT_MS - 1);
    // Two searches' time would be too long; the rest is for a busy machine.
    expect(tookMs).toBeLessThan(2 * TIMEOUT_MS);
  });
});

describe('what is no token of the organization is refused:', () => {
  const refused = async (persona: Persona, token: string) => {
    for (const field of ['search(query: "x", ', 'searchTasks(', 'upcomingBirthdays(']) {
      const query = `query($token: String) { ${field}afterWrite: $token) { stale } }`;
      const { status, errors } = await roster.graphql(persona, query, { token });
      expect(status).toBe(200);
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument: 'afterWrite' } }]);
      expect(errors?.[0]?.message).toMatch(/^afterWrite: is no write token of your organization; take one/);
    }
    expect(searchesSent()).toBe(0);
  };

  it("another organization's", async () => {
    const { writeToken } = await createTask('Keep it private');
    await refused({ org: 'ACME', role: 'HR' }, writeToken);
    await refused({ org: 'globex', role: 'HR' }, writeToken);
  });

  it('a cursor', async () => {
    const { data } = await roster.graphql(
      acme.as.hr,
      '{ searchTasks(first: 1) { pageInfo { endCursor } } tasks: projects(first: 1) { pageInfo { endCursor } } }',
    );
    roster.meilisearch.requests.length = 0;
    await refused(acme.as.hr, data.searchTasks.pageInfo.endCursor);
    await refused(acme.as.hr, data.tasks.pageInfo.endCursor);
  });

  it('anything made up', async () => {
    const { writeToken } = await createTask('Forge a token');
    const forged = [
      '',
      ' ',
      'x',
      '\ud800',
      `${writeToken}A`,
      writeToken.slice(1),
      writeToken.slice(0, -1),
      writeToken.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')),
      Buffer.from('["task","t1",1]').toString('base64url'),
      'A'.repeat(100_000),
    ];
    for (const token of forged) await refused(acme.as.hr, token);
  });
});

it('null waits for nothing', async () => {
  const { data } = await roster.graphql(acme.as.hr, '{ searchTasks(afterWrite: null, first: 0) { stale } }');
  expect(data.searchTasks).toEqual({ stale: false });
});
