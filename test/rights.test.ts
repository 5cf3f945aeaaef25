import { readFile } from 'node:fs/promises';
import type { ScheduledEvent } from 'aws-lambda';
import { beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { realClock } from '../src/runtime.ts';
import type { EntitySearch } from '../src/search/define.ts';
import { employeeSearch, officeSearch, projectSearch, taskSearch } from '../src/search/index.ts';
import { searchStates } from '../src/search/indexer/state.ts';
import { changeState } from '../src/search/indexer/transitions.ts';
import { rollBack } from '../src/search/rebuild/place.ts';
import { rebuild } from '../src/search/rebuild/rebuild.ts';
import { Run } from '../src/search/rebuild/run.ts';
import { type Company, createCompany } from './support/company.ts';
import { searchEngine, uidOf } from './support/index-equality.ts';
import { startLambdaApi } from './support/lambda/api.ts';
import { contextOf } from './support/lambda/context.ts';
import { type ProxiedRoster, startProxiedRoster } from './support/proxied-roster.ts';
import { rightsFor } from './support/stack/requests.ts';
import { rightsOf } from './support/stack/rights.ts';
import type { Template } from './support/stack/template.ts';

let roster: ProxiedRoster;
let company: Company;
let handlers: typeof import('../handler.ts');
let roles: Template;

beforeAll(async () => {
  roles = parse(await readFile('stack/roles.yml', 'utf8'));
  // Takes the calls by which functions call functions.
  const lambda = await startLambdaApi();
  roster = await startProxiedRoster({ REINDEX_FUNCTION: 'roster-test-reindex' });
  company = await createCompany(roster, 'acme');
  handlers = await import('../handler.ts');
  return async () => {
    lambda.stop();
    await roster.stop();
  };
});

/** As if offices were not searchable yet: nobody knows whether there are any from before. */
const forgetOffices = () => roster.services.table.batchWrite([searchStates.delete(officeSearch.entity.name)]);

const PILOT = {
  firstName: 'Eve',
  lastName: 'Example',
  email: 'eve@acme.example',
  title: 'Pilot',
  team: 'ENGINEERING',
  hiredOn: '2026-01-01',
  birthday: '1990-01-01',
  salary: { amount: 1, currency: 'EUR' },
};

/** What a role allows on the table, sorted; writes with the partition keys that they are bound to. */
const allowed = (role: string) =>
  rightsOf(roles, role)
    .filter((right) => /^dynamodb:\w+ Table\.Arn/.test(right))
    .sort();

/** What was sent to the table since the last call. */
function used() {
  const requests = roster.dynamodb.requests.splice(0);
  return rightsFor(requests.filter(({ operation }) => operation?.startsWith('DynamoDB_')));
}

/** Sends an operation that must succeed. */
async function ask(query: string, variables: Readonly<Record<string, unknown>>) {
  const { data, errors } = await roster.graphql(company.as.admin, query, variables);
  expect(errors).toBeUndefined();
  return data;
}

/** Runs a mutation that must succeed, and gives the object. */
async function mutate(name: string, input: object) {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
  const query = `mutation($input: ${type}!) { result: ${name}(input: $input) { __typename ... on Node { id } } }`;
  const { result } = await ask(query, { input });
  expect(result.__typename).not.toMatch(/Error$/);
  return result;
}

it('graphql', async () => {
  const { ids } = company;
  used();
  await roster.fetch('/ready');
  await ask('query { searchHealth { suspects } }', {});
  await ask('query($id: ID!) { office(id: $id) { name } }', { id: ids.munich });
  const TASKS = 'tasks(first: 1) { edges { node { id } } }';
  const EMPLOYEES = `employees(first: 3) { edges { node { manager { title } ${TASKS} } } }`;
  await ask(`query($id: ID!) { office(id: $id) { ${EMPLOYEES} } }`, { id: ids.munich });
  await ask('query($id: ID!) { employee(id: $id) { reports(first: 1) { edges { node { id } } } } }', { id: ids.boss });
  await ask('query($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: [ids.ada, ids.bob] });
  const { id } = await mutate('hireEmployee', { ...PILOT, office: ids.munich });
  await mutate('updateEmployee', { id, title: 'Astronaut' });
  await mutate('updateEmployee', { id, email: 'other@acme.example' });
  await mutate('dismissEmployee', { id });
  expect(used()).toEqual(allowed('GraphqlRole'));
});

it('indexStream, also where an entity is newly searchable', async () => {
  await forgetOffices();
  used();
  await roster.indexed();
  expect(used()).toEqual(allowed('IndexStreamRole'));
});

const refusal = { message: 'not today', code: 'bad_request', type: 'invalid_request', link: '' };

/** Leaves a rebuild as a process does that dies in its swap. */
async function dieInSwap(search: EntitySearch, swap?: (run: Run) => Promise<unknown>) {
  const services = { ...roster.services, clock: realClock() };
  const options = { owner: 'dead', soakMs: 0, patienceMs: 0 };
  const { run } = swap ? await rebuild(services, [search], options) : { run: '' };
  const soaking = swap && (await Run.join(services, run, options.owner));
  const cease = roster.meilisearch.inject(
    ({ path }) => path === '/swap-indexes',
    async () => ({ status: 400, body: Buffer.from(JSON.stringify(refusal)) }),
  );
  const dying = soaking ? swap(soaking) : rebuild(services, [search], options);
  await expect(dying).rejects.toThrow('not today');
  cease();
  await soaking?.release();
}

it('maintain, also where it has something to repair, and rebuilds to bring on', async () => {
  await forgetOffices();
  await dieInSwap(projectSearch);
  await dieInSwap(taskSearch, (run) => rollBack({ ...roster.services, clock: realClock() }, run));
  await searchEngine(roster).index(uidOf(roster, officeSearch.open)).deleteAllDocuments().waitTask();
  used();
  await handlers.maintain({} as ScheduledEvent, contextOf());
  expect(used()).toEqual(allowed('MaintainRole'));
  for (const { entity } of [projectSearch, taskSearch])
    expect((await searchStates.get(roster.services.table, entity.name))?.phase).toBeOneOf(['soaking', 'live']);
});

it('doctor, also where it has something to repair, and indexes to make', async () => {
  await forgetOffices();
  await searchEngine(roster).index(uidOf(roster, officeSearch.open)).deleteAllDocuments().waitTask();
  await searchEngine(roster).deleteIndex(uidOf(roster, employeeSearch.open)).waitTask();
  used();
  await handlers.doctor({} as ScheduledEvent, contextOf());
  expect(used()).toEqual(allowed('DoctorRole'));
});

it('reindex, also where a rebuild was broken off', async () => {
  await changeState(roster.services, officeSearch, (current) => ({ ...current, declaration: 'old' }));
  await dieInSwap(employeeSearch);
  used();
  expect(await handlers.reindex({ soakMinutes: 0 }, contextOf())).toMatchObject({ outcome: 'soaking' });
  expect(await handlers.reindex({ entities: ['employee'] }, contextOf())).toMatchObject({ outcome: 'soaking' });
  expect(used()).toEqual(allowed('ReindexRole'));
});
