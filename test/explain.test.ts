import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Explanation } from '../src/plugins/explain/explanation.ts';
import { EXPLAIN_HEADER } from '../src/plugins/explain.ts';
import { type Company, createCompany } from './support/company.ts';
import { cut, type Match, meanwhile } from './support/fault-proxy.ts';
import { codeBlocks, shapeOf } from './support/markdown.ts';
import { type ProxiedRoster, startProxiedRoster } from './support/proxied-roster.ts';
import { type Answer, NOW } from './support/roster.ts';

const ON = { [EXPLAIN_HEADER]: '1' };
const READS = ['GetItem', 'BatchGetItem', 'Query'];

let roster: ProxiedRoster;
let acme: Company;
let umbrella: Company;

beforeAll(async () => {
  roster = await startProxiedRoster();
  acme = await createCompany(roster, 'acme');
  umbrella = await createCompany(roster, 'umbrella');
  await roster.indexed();
  return () => roster.stop();
});

beforeEach(() => {
  roster.clock.set(NOW);
  roster.calls.length = 0;
});

/** Runs an operation as an administrator, and gives what it cost beside the answer. */
async function run(query: string, variables: Record<string, unknown> = {}) {
  const answer = await roster.graphql(acme.as.admin, query, variables, ON);
  const { totals, calls }: Explanation = answer.extensions.explain;
  return { answer, totals, calls };
}

function succeeded(answer: Answer) {
  expect(answer.errors).toBeUndefined();
  return answer.data;
}

/** Calls in one line each, by round trip. */
const byRoundTrip = ({ calls }: Pick<Explanation, 'calls'>) =>
  Object.values(Object.groupBy(calls, ({ roundTrip }) => roundTrip)).map((trip) =>
    trip?.map((call) => `${call.operation} ${'pattern' in call ? call.pattern : ''}`.trim()),
  );

const idIn = (globalId: string) => Buffer.from(globalId, 'base64url').toString().split(':')[1];

describe('lists', () => {
  it('a parent and its children as one Query', async () => {
    const query = 'query($id: ID!) { project(id: $id) { name tasks(first: 2) { edges { node { title } } } } }';
    const { answer, totals, calls } = await run(query, { id: acme.ids.project });
    expect(succeeded(answer).project.tasks.edges).toHaveLength(2);
    expect(calls).toEqual([
      {
        number: 1,
        roundTrip: 1,
        service: 'dynamodb',
        operation: 'Query',
        pattern: 'project with task.board',
        index: 'gsi1',
        keyCondition: `gsi1pk = $roster#org_acme#project_${idIn(acme.ids.project)} AND begins_with(gsi1sk, $board#)`,
        limit: 4,
        order: 'ascending',
        consistent: false,
        itemsRead: 4,
        itemsReturned: 4,
        readUnits: 0.5,
        startMs: 0,
        durationMs: 0,
      },
    ]);
    expect(totals).toEqual({
      calls: 1,
      searchCalls: 0,
      roundTrips: 1,
      readUnits: 0.5,
      writeUnits: 0,
      itemsRead: 4,
      itemsReturned: 4,
      underWay: 0,
      durationMs: 0,
    });
  });

  it('three levels in three round trips', async () => {
    const query = `query($id: ID!) { project(id: $id) { tasks { edges { node { title
      employee { firstName office { name } } } } } } }`;
    const { answer, ...explanation } = await run(query, { id: acme.ids.project });
    expect(succeeded(answer).project.tasks.edges).toHaveLength(5);
    expect(byRoundTrip(explanation)).toEqual([
      ['Query project with task.board'],
      ['BatchGetItem employee'],
      ['BatchGetItem office'],
    ]);
    expect(explanation.totals).toMatchObject({ calls: 3, roundTrips: 3 });
  });

  it('calls that are sent together as one round trip', async () => {
    const query = `query($id: ID!) { employee(id: $id) { office { name } manager { firstName } tasks(status: DONE, last: 5)
      { edges { cursor } } reports { edges { cursor } } } }`;
    const { answer, ...explanation } = await run(query, { id: acme.ids.ada });
    succeeded(answer);
    const [first, second, ...rest] = byRoundTrip(explanation);
    expect(first?.toSorted()).toEqual(['GetItem employee', 'Query employee.reports', 'Query task.assignments']);
    expect([second, rest]).toEqual([['BatchGetItem office, employee'], []]);
    expect(explanation.calls.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
    expect(explanation.calls.find((call) => 'order' in call && call.pattern === 'task.assignments')).toMatchObject({
      order: 'descending',
      limit: 6,
      itemsRead: 1,
    });
  });

  it('a search, then its hits', async () => {
    const { answer, totals, calls } = await run('{ searchTasks(query: "lander") { edges { node { title } } } }');
    expect(succeeded(answer).searchTasks.edges).toHaveLength(4);
    expect(calls).toMatchObject([
      {
        number: 1,
        roundTrip: 1,
        service: 'meilisearch',
        operation: 'multi-search',
        queries: [
          {
            index: 'task',
            text: 'lander',
            filter: ['org = "acme"', expect.stringContaining('expires')],
            sort: [],
            offset: 0,
            limit: 20,
          },
        ],
        hits: 4,
        estimatedTotal: 4,
        processingMs: expect.any(Number),
        durationMs: 0,
      },
      { number: 2, roundTrip: 2, operation: 'BatchGetItem', pattern: 'task', itemsRead: 4, itemsReturned: 4 },
    ]);
    expect(totals).toMatchObject({ calls: 2, searchCalls: 1, roundTrips: 2, itemsRead: 4 });
  });

  it('a search of several indexes, and one across the turn of the year', async () => {
    const search = (after: string) => `{ search(query: "a", first: 3${after}) { edges { cursor } } }`;
    const { search: first } = succeeded((await run(search(''))).answer);
    const everything = await run(search(`, after: "${first.edges[2].cursor}"`));
    succeeded(everything.answer);
    const [federated] = everything.calls;
    expect(federated).toMatchObject({ operation: 'federated', hits: 3 });
    expect(federated && 'queries' in federated && federated.queries.map(({ index }) => index)).toEqual([
      'employee',
      'office',
      'project',
      'task',
    ]);
    expect(federated).toHaveProperty('queries.3', expect.objectContaining({ offset: 3, limit: 3 }));

    roster.clock.set('2026-12-20T12:00:00Z');
    const birthdays = await run('{ upcomingBirthdays(withinDays: 90) { edges { node { date } } } }');
    succeeded(birthdays.answer);
    expect(birthdays.calls[0]).toMatchObject({ hits: 3, estimatedTotal: 3 });
    const sort = ['birthMonthDay:asc', '_text.lastName:asc'];
    const both = { index: 'employee_restricted', text: null, sort };
    expect(birthdays.calls[0]).toHaveProperty('queries', [
      expect.objectContaining(both),
      expect.objectContaining(both),
    ]);
  });

  it('what is asked for twice once', async () => {
    const query = `query($id: ID!) { a: employee(id: $id) { firstName } b: employee(id: $id) { lastName }
      nodes(ids: [$id, $id]) { id } }`;
    const { answer, calls } = await run(query, { id: acme.ids.ada });
    succeeded(answer);
    const key = `$roster#org_acme#employee_${idIn(acme.ids.ada)} $employee_1`;
    expect(calls).toMatchObject([{ operation: 'GetItem', pattern: 'employee', keys: [key], itemsRead: 1 }]);
  });

  it('ten keys of one call, and how many there are beside', async () => {
    const ids = [...Object.values(acme.ids), ...Object.values(umbrella.ids)];
    const { answer, calls } = await run('query($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids });
    expect(succeeded(answer).nodes.filter(Boolean)).toHaveLength(8);
    const keys = Array.from({ length: 10 }, () => expect.stringMatching(/^\$roster#org_acme#/));
    expect(calls).toMatchObject([
      { pattern: 'office, employee, project, task', keys: [...keys, 'and 6 more'], itemsRead: 8, itemsReturned: 8 },
    ]);
  });

  it('a mutation with its statements, and what it reads behind', async () => {
    const mutation = `mutation($office: ID!) { hireEmployee(input: { firstName: "A", lastName: "B", email: "a@b.example",
      title: "T", team: LEGAL, office: $office, hiredOn: "2020-01-01" }) { ... on Employee { office { name } } } }`;
    const { answer, totals, calls } = await run(mutation, { office: acme.ids.austin });
    expect(succeeded(answer).hireEmployee).toEqual({ office: { name: 'Congress' } });
    expect(calls).toMatchObject([
      {
        roundTrip: 1,
        operation: 'TransactWriteItems',
        pattern: 'employee, unique, office',
        statements: [
          expect.stringMatching(/^Put \$roster#org_acme#employee_\w+ \$employee_1$/),
          expect.stringMatching(/^Put \$roster#org_acme#unique_employee_email_\w+ \$unique_1$/),
          `Check $roster#org_acme#office_${idIn(acme.ids.austin)} $office_1`,
        ],
      },
      { roundTrip: 2, operation: 'GetItem', pattern: 'office', consistent: true },
    ]);
    expect(totals).toMatchObject({ calls: 2, roundTrips: 2, itemsRead: 1 });
    expect(totals.writeUnits).toBeGreaterThan(0);
  });

  it('when calls were sent, and how long they took', async () => {
    const { clock } = roster;
    const takes250 = meanwhile(async () => clock.set(new Date(clock.now().getTime() + 250).toISOString()));
    roster.dynamodb.inject(asksFor(`employee_${idIn(acme.ids.ada)}`), takes250);
    roster.dynamodb.inject(asksFor(`office_${idIn(acme.ids.munich)}`), takes250);
    const query = 'query($id: ID!) { employee(id: $id) { office { name } } }';
    const { totals, calls } = await run(query, { id: acme.ids.ada });
    expect(calls).toMatchObject([
      { startMs: 0, durationMs: 250 },
      { startMs: 250, durationMs: 250 },
    ]);
    expect(totals.durationMs).toBe(500);
  });

  it.each([
    '{ viewer { role } }',
    '{ __schema { queryType { name } } }',
    '{ offices(first: -1) { edges { cursor } } }',
    '{ nowhere }',
  ])('nothing for %s', async (query) => {
    const { totals, calls } = await run(query);
    expect(calls).toEqual([]);
    expect(new Set(Object.values(totals))).toEqual(new Set([0]));
  });

  it('no key and no filter of another organization', async () => {
    const { munich, ada, project } = umbrella.ids;
    const query = `query($office: ID!, $employee: ID!, $project: ID!) {
      office(id: $office) { employees { edges { cursor } } } employee(id: $employee) { id }
      searchTasks(query: "lander", filter: { project: { eq: $project } }) { edges { node { id } } } offices { edges { node { id } } } }`;
    const { answer, calls } = await run(query, { office: munich, employee: ada, project });
    expect(succeeded(answer)).toMatchObject({ office: null, employee: null, searchTasks: { edges: [] } });
    expect(calls.length).toBeGreaterThanOrEqual(4);
    expect(JSON.stringify(calls)).not.toContain('umbrella');
  });
});

it('capacity is what DynamoDB reported, and the totals are the sums', async () => {
  const operations = [
    'query($id: ID!) { employee(id: $id) { tasks { edges { node { project { name } } } } reports { edges { cursor } } office { name } } }',
    '{ offices { edges { node { employees { edges { node { manager { firstName } } } } } } } search(query: "lander") { edges { cursor } } }',
    'mutation($id: ID!) { transferEmployee(input: { id: $id, team: LEGAL }) { ... on Employee { office { name } } } }',
  ];
  for (const query of operations) {
    roster.calls.length = 0;
    const { answer, totals, calls } = await run(query, { id: acme.ids.ada });
    succeeded(answer);
    const listed = calls.flatMap((call) => {
      if (call.service === 'meilisearch') return [];
      return [[call.operation, 'readUnits' in call ? call.readUnits : call.writeUnits]];
    });
    expect(listed.sort()).toEqual(roster.calls.map(({ operation: sent, capacity }) => [sent, capacity]).sort());
    const reported = (isRead: boolean) =>
      roster.calls
        .filter((call) => READS.includes(call.operation) === isRead)
        .reduce((sum, { capacity }) => sum + capacity, 0);
    expect([totals.readUnits, totals.writeUnits]).toEqual([reported(true), reported(false)]);
    expect(totals.calls).toBe(calls.length);
  }
});

describe('failures', () => {
  it('of a condition', async () => {
    const taken = `mutation($office: ID!) { hireEmployee(input: { firstName: "A", lastName: "B", email: "ada@acme.example",
      title: "T", team: LEGAL, office: $office, hiredOn: "2020-01-01" }) { __typename } }`;
    const hired = await run(taken, { office: acme.ids.austin });
    expect(succeeded(hired.answer).hireEmployee).toEqual({ __typename: 'EmailTakenError' });
    expect(hired.calls).toMatchObject([{ operation: 'TransactWriteItems', error: 'TransactionCanceledException' }]);
    const stale =
      'mutation($id: ID!) { updateOffice(input: { id: $id, name: "x", expectedVersion: 9 }) { __typename } }';
    const updated = await run(stale, { id: acme.ids.munich });
    expect(succeeded(updated.answer).updateOffice).toEqual({ __typename: 'VersionConflictError' });
    expect(updated.calls).toMatchObject([
      { operation: 'UpdateItem', pattern: 'office', writeUnits: 0, error: 'ConditionalCheckFailedException' },
    ]);
  });

  it('that are masked', async () => {
    roster.dynamodb.inject(asksFor(`task_${idIn(acme.ids.task)}`), refuse);
    const { answer, calls } = await run('query($id: ID!) { task(id: $id) { title } }', { id: acme.ids.task });
    expect(answer.data).toEqual({ task: null });
    expect(answer.errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
    expect(calls).toMatchObject([{ operation: 'GetItem', readUnits: 0, error: 'ValidationException' }]);
  });

  it('of a search engine that is away', async () => {
    roster.meilisearch.inject(({ path }) => path === '/multi-search', cut);
    const { answer, totals, calls } = await run('{ searchTasks(query: "lander") { totalCount } viewer { role } }');
    expect(answer.data).toEqual({ searchTasks: null, viewer: { role: 'ADMIN' } });
    expect(answer.errors).toMatchObject([{ extensions: { code: 'SEARCH_UNAVAILABLE' } }]);
    expect(calls).toMatchObject([{ service: 'meilisearch', hits: 0, error: 'MeilisearchRequestError' }]);
    expect(calls[0]).toHaveProperty('queries.0.text', 'lander');
    expect(totals).toMatchObject({ calls: 1, searchCalls: 1 });
  });

  it('that do not wait for what was sent beside', async () => {
    const answered = Promise.withResolvers<void>();
    roster.dynamodb.inject(asksFor('task_a0'), refuse);
    roster.dynamodb.inject(asksFor('task_b59'), async (_request, forward) => {
      await answered.promise;
      return forward();
    });
    // More keys than one BatchGetItem takes.
    const ids = (letter: string) =>
      Array.from({ length: 60 }, (_, i) => Buffer.from(`Task:${letter}${i}`).toString('base64url'));
    const query = 'query($a: [ID!]!, $b: [ID!]!) { a: nodes(ids: $a) { id } b: nodes(ids: $b) { id } }';
    const { answer, totals, calls } = await run(query, { a: ids('a'), b: ids('b') });
    answered.resolve();
    expect(answer.errors?.length).toBeGreaterThan(0);
    expect(calls).toMatchObject([{ operation: 'BatchGetItem', error: 'ValidationException' }]);
    expect(totals).toMatchObject({ calls: 1, underWay: 1 });
  });
});

it('docs/explain.md shows calls as they look', async () => {
  const blocks = await codeBlocks('docs/explain.md');
  const examples = blocks.flatMap(({ language, text }, i) =>
    language === 'graphql' ? [{ query: text, shown: JSON.parse(blocks[i + 1]?.text ?? '') }] : [],
  );
  expect(examples).toHaveLength(2);
  for (const { query, shown } of examples) {
    const { answer, calls } = await run(query);
    succeeded(answer);
    expect(shapeOf(shown), query).toEqual(shapeOf(calls[0]));
    expect(Object.keys(shown)).toEqual(Object.keys(calls[0] ?? {}));
    expect([shown.service, shown.operation]).toEqual([calls[0]?.service, calls[0]?.operation]);
  }
});

/** Requests for a key that the indexer, which is at work too, does not ask for. */
const asksFor =
  (key: string): Match =>
  ({ body }) =>
    body.includes(`#${key}"`);

/** As DynamoDB refuses what it does not understand, which no other try mends. */
const refuse = async () => ({
  status: 400,
  body: Buffer.from('{"__type":"com.amazon.coral.validate#ValidationException","message":"injected"}'),
});
