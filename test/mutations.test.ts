import { type GraphQLInputObjectType, getNamedType, isRequiredInputField } from 'graphql';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { createItem } from '../src/entities/core/write.ts';
import { Employee } from '../src/entities/index.ts';
import { decodeGlobalId, encodeGlobalId } from '../src/schema/electrodb/global-id.ts';
import { schema } from '../src/schema/index.ts';
import { type Company, createCompany } from './support/company.ts';
import { NOW, startRoster, type TestRoster } from './support/roster.ts';

let roster: TestRoster;
let acme: Company;
let count = 0;

beforeAll(async () => {
  roster = await startRoster();
  return () => roster.stop();
});

// A company per test, so that no test depends on another.
beforeEach(async () => {
  acme = await createCompany(roster, `acme${++count}`);
  roster.calls.length = 0;
});

const SELECTIONS: Readonly<Record<string, string>> = {
  ValidationError: 'code message issues { path message }',
  NotFoundError: 'code message path',
  VersionConflictError: 'code message currentVersion',
  InUseError: 'code message by',
  EmailTakenError: 'code message email',
  Office: 'id version name street city location { lat lng }',
  Employee:
    'id version firstName email title team birthday salary { amount currency } office { id name } manager { id }',
  Project: 'id version name projectStatus: status description lead { id }',
  Task: 'id version title taskStatus: status priority points completedAt employee { id } project { id }',
};

/** A document that runs a mutation and selects everything of whatever it results in. */
function documentOf(field: string): string {
  const { type, args } = schema.getMutationType()?.getFields()[field] ?? {};
  const results = type && 'getTypes' in type ? type.getTypes() : [];
  const fragments = results.map(({ name }) => `... on ${name} { ${SELECTIONS[name]} }`);
  return `mutation($input: ${args?.[0]?.type}) { ${field}(input: $input) { __typename ${fragments.join(' ')} } }`;
}

/** Runs a mutation as somebody and returns its result. */
async function mutate(who: keyof Company['as'], field: string, input: object) {
  const { data, errors } = await roster.graphql(acme.as[who], documentOf(field), { input });
  expect(errors).toBeUndefined();
  return data[field];
}

const writes = () =>
  roster.calls
    .filter(({ operation }) => /Put|Update|Delete|Transact|Write/.test(operation))
    .map(({ operation }) => operation);

const hire = {
  firstName: 'Grace',
  lastName: 'Hopper',
  email: 'grace@example.com',
  title: 'Engineer',
  team: 'ENGINEERING',
  hiredOn: '2026-07-01',
};

it('an office is created, changed and closed', async () => {
  const location = { lat: 52.52, lng: 13.405 };
  const created = await mutate('hr', 'createOffice', {
    name: 'Mitte',
    zip: '10115',
    city: 'Berlin',
    state: 'Berlin',
    country: 'DE',
    location,
  });
  expect(created).toMatchObject({ __typename: 'Office', version: 1, name: 'Mitte', street: null, location });
  expect(writes()).toEqual(['PutItem']);
  const moved = await mutate('hr', 'updateOffice', { id: created.id, city: 'Potsdam', street: 'Am Kanal 1' });
  expect(moved).toMatchObject({ version: 2, name: 'Mitte', city: 'Potsdam', street: 'Am Kanal 1' });
  const found = await roster.graphql(
    acme.as.client,
    '{ offices(country: "DE", state: "Berlin", city: "potsdam") { edges { node { id } } } }',
  );
  expect(found.data.offices.edges).toEqual([{ node: { id: created.id } }]);
  expect(await mutate('hr', 'updateOffice', { id: created.id, street: null })).toMatchObject({
    version: 3,
    street: null,
  });
  expect(await mutate('hr', 'closeOffice', { id: created.id, expectedVersion: 3 })).toMatchObject({ id: created.id });
  expect(
    (await roster.graphql(acme.as.hr, 'query($id: ID!) { office(id: $id) { id } }', { id: created.id })).data.office,
  ).toBeNull();
});

it('an employee is hired, changed, transferred and dismissed', async () => {
  const salary = { amount: 18_000_000_000, currency: 'USD' };
  const { munich, austin, boss, ada } = acme.ids;
  const hired = await mutate('hr', 'hireEmployee', { ...hire, office: munich, manager: boss, salary });
  expect(hired).toMatchObject({
    __typename: 'Employee',
    version: 1,
    salary,
    birthday: null,
    office: { id: munich },
    manager: { id: boss },
  });
  expect(writes()).toEqual(['TransactWriteItems']);
  const renamed = await mutate('hr', 'updateEmployee', {
    id: hired.id,
    email: 'hopper@example.com',
    salary: null,
    birthday: '1906-12-09',
  });
  expect(renamed).toMatchObject({ version: 2, email: 'hopper@example.com', salary: null, birthday: '1906-12-09' });
  const transferred = await mutate('hr', 'transferEmployee', {
    id: hired.id,
    office: austin,
    manager: ada,
    team: 'PRODUCT',
  });
  expect(transferred).toMatchObject({ version: 3, team: 'PRODUCT', office: { id: austin }, manager: { id: ada } });
  expect(await mutate('hr', 'transferEmployee', { id: hired.id, manager: null })).toMatchObject({
    version: 4,
    manager: null,
  });
  expect(await mutate('hr', 'dismissEmployee', { id: hired.id })).toMatchObject({ id: hired.id, version: 4 });
  // Both addresses are free again.
  for (const email of [hire.email, 'hopper@example.com']) {
    expect(await mutate('hr', 'hireEmployee', { ...hire, email, office: munich })).toMatchObject({
      __typename: 'Employee',
    });
  }
});

it('a project is created, changed and deleted', async () => {
  const created = await mutate('manager', 'createProject', { name: 'Gemini', lead: acme.ids.ada });
  expect(created).toMatchObject({ __typename: 'Project', projectStatus: 'PLANNED', lead: { id: acme.ids.ada } });
  const started = await mutate('manager', 'updateProject', {
    id: created.id,
    status: 'ACTIVE',
    description: 'Two seats',
    lead: null,
  });
  expect(started).toMatchObject({ version: 2, projectStatus: 'ACTIVE', description: 'Two seats', lead: null });
  expect(await mutate('manager', 'deleteProject', { id: created.id })).toMatchObject({ id: created.id });
});

it('a task is created, changed, assigned, completed and deleted', async () => {
  const created = await mutate('employee', 'createTask', { project: acme.ids.project, title: 'Pack', points: 3 });
  expect(created).toMatchObject({
    __typename: 'Task',
    taskStatus: 'OPEN',
    priority: 'NORMAL',
    employee: null,
    project: { id: acme.ids.project },
  });
  const assigned = await mutate('employee', 'assignTask', { id: created.id, employee: acme.ids.bob });
  expect(assigned).toMatchObject({ version: 2, employee: { id: acme.ids.bob } });
  const done = await mutate('employee', 'completeTask', { id: created.id });
  expect(done).toMatchObject({
    version: 3,
    taskStatus: 'DONE',
    completedAt: '2026-06-30T09:00:00.000Z',
    employee: { id: acme.ids.bob },
  });
  const reopened = await mutate('employee', 'updateTask', {
    id: created.id,
    status: 'IN_PROGRESS',
    priority: 'URGENT',
  });
  expect(reopened).toMatchObject({ version: 4, taskStatus: 'IN_PROGRESS', completedAt: null, priority: 'URGENT' });
  const tasks = await roster.graphql(
    acme.as.hr,
    '{ viewer { employee { tasks(status: IN_PROGRESS) { edges { node { id } } } } } }',
  );
  expect(tasks.data.viewer.employee.tasks.edges).toEqual([{ node: { id: created.id } }]);
  expect(await mutate('employee', 'assignTask', { id: created.id, employee: null })).toMatchObject({ employee: null });
  expect(await mutate('employee', 'deleteTask', { id: created.id })).toMatchObject({ id: created.id });
});

it('values that can not be stored are all named, and nothing is written', async () => {
  const bad = {
    ...hire,
    office: acme.ids.munich,
    firstName: ' ',
    email: 'nobody',
    title: 'x\u0000y',
    salary: { amount: -1, currency: 'EUR' },
  };
  expect(await mutate('hr', 'hireEmployee', bad)).toMatchObject({
    __typename: 'ValidationError',
    code: 'VALIDATION_FAILED',
    issues: [
      { path: 'firstName', message: 'begins or ends with a blank; remove it' },
      { path: 'email', message: 'must be an e-mail address such as ada@example.com' },
      { path: 'title', message: 'holds a control character or line break; remove it' },
      { path: 'salary.amount', message: 'must be a whole number from 0 to 9007199254740991' },
    ],
  });
  expect(
    await mutate('hr', 'updateEmployee', { id: acme.ids.ada, lastName: null, firstName: 'x'.repeat(81) }),
  ).toMatchObject({
    issues: [
      { path: 'firstName', message: 'must have 1 to 80 characters' },
      { path: 'lastName', message: 'is required; give a value' },
    ],
  });
  expect(writes()).toEqual([]);
});

it('an e-mail address belongs to one employee, whatever its case, also when both are hired at once', async () => {
  const { munich } = acme.ids;
  const taken = await mutate('hr', 'hireEmployee', { ...hire, email: `ADA@${acme.org}.example`, office: munich });
  expect(taken).toMatchObject({ __typename: 'EmailTakenError', code: 'EMAIL_TAKEN', email: `ADA@${acme.org}.example` });
  const changed = await mutate('hr', 'updateEmployee', { id: acme.ids.bob, email: `ada@${acme.org}.example` });
  expect(changed).toMatchObject({ __typename: 'EmailTakenError' });
  const both = await Promise.all([1, 2, 3, 4].map(() => mutate('hr', 'hireEmployee', { ...hire, office: munich })));
  expect(both.map(({ __typename }) => __typename).sort()).toEqual([
    'EmailTakenError',
    'EmailTakenError',
    'EmailTakenError',
    'Employee',
  ]);
});

it('what an input refers to must exist', async () => {
  const nobody = Buffer.from('Employee:nobody').toString('base64url');
  const nowhere = Buffer.from('Office:nowhere').toString('base64url');
  expect(await mutate('hr', 'hireEmployee', { ...hire, office: nowhere })).toMatchObject({
    __typename: 'NotFoundError',
    path: 'office',
  });
  expect(await mutate('hr', 'hireEmployee', { ...hire, office: acme.ids.munich, manager: nobody })).toMatchObject({
    path: 'manager',
  });
  expect(await mutate('hr', 'transferEmployee', { id: acme.ids.ada, manager: nobody })).toMatchObject({
    path: 'manager',
  });
  expect(await mutate('hr', 'updateEmployee', { id: nobody, firstName: 'X' })).toMatchObject({
    code: 'NOT_FOUND',
    path: 'id',
  });
  expect(await mutate('hr', 'transferEmployee', { id: nobody, team: 'LEGAL' })).toMatchObject({ path: 'id' });
  expect(await mutate('hr', 'dismissEmployee', { id: nobody })).toMatchObject({ path: 'id' });
});

it('a task keeps the time when it was first completed', async () => {
  const done = await mutate('employee', 'completeTask', { id: acme.ids.task });
  roster.clock.set('2026-07-05T00:00:00Z');
  expect(await mutate('employee', 'completeTask', { id: acme.ids.task })).toEqual(done);
  expect(await mutate('employee', 'updateTask', { id: acme.ids.task, status: 'DONE', priority: 'LOW' })).toMatchObject({
    completedAt: done.completedAt,
    priority: 'LOW',
  });
  roster.clock.set(NOW);
});

it('a change of nothing writes nothing', async () => {
  expect(await mutate('hr', 'updateEmployee', { id: acme.ids.ada })).toMatchObject({ version: 1 });
  expect(writes()).toEqual([]);
});

it('an address is free again once its owner has expired', async () => {
  const office = decodeGlobalId(acme.ids.munich, 'id').id;
  const expires = new Date('2026-06-29').getTime() / 1_000;
  const values = {
    firstName: 'A',
    lastName: 'B',
    email: 'gone@example.com',
    title: 'T',
    hiredOn: '2020-01-01',
    expires,
  };
  await createItem(roster.services, Employee, acme.org, { ...values, team: 'legal', office });
  const hired = await mutate('hr', 'hireEmployee', { ...hire, email: 'gone@example.com', office: acme.ids.munich });
  expect(hired).toMatchObject({ __typename: 'Employee' });
  expect(
    await mutate('hr', 'hireEmployee', { ...hire, email: 'gone@example.com', office: acme.ids.munich }),
  ).toMatchObject({
    __typename: 'EmailTakenError',
  });
});

it('nobody is their own manager', async () => {
  const { ada } = acme.ids;
  expect(await mutate('hr', 'transferEmployee', { id: ada, manager: ada })).toMatchObject({
    __typename: 'ValidationError',
    issues: [{ path: 'manager', message: "can't be the employee itself; choose another" }],
  });
});

it('what is still referred to can not be deleted', async () => {
  expect(await mutate('hr', 'closeOffice', { id: acme.ids.munich })).toMatchObject({
    __typename: 'InUseError',
    by: 'Employee',
  });
  expect(await mutate('hr', 'dismissEmployee', { id: acme.ids.boss })).toMatchObject({
    code: 'IN_USE',
    by: 'Employee',
  });
  expect(await mutate('hr', 'dismissEmployee', { id: acme.ids.bob })).toMatchObject({ by: 'Task' });
  expect(await mutate('manager', 'deleteProject', { id: acme.ids.project })).toMatchObject({ by: 'Task' });
  expect(writes()).toEqual([]);
});

it('an expected version that has passed is a conflict, on every path of a write', async () => {
  const conflict = { __typename: 'VersionConflictError', code: 'VERSION_CONFLICT', currentVersion: 1 };
  expect(await mutate('hr', 'updateEmployee', { id: acme.ids.ada, expectedVersion: 7, firstName: 'X' })).toMatchObject(
    conflict,
  );
  expect(await mutate('hr', 'transferEmployee', { id: acme.ids.ada, expectedVersion: 7, team: 'LEGAL' })).toMatchObject(
    conflict,
  );
  expect(await mutate('manager', 'deleteTask', { id: acme.ids.task, expectedVersion: 7 })).toMatchObject(conflict);
  expect(await mutate('hr', 'updateEmployee', { id: acme.ids.ada, expectedVersion: 0, firstName: 'X' })).toMatchObject(
    conflict,
  );
  const [first, second] = await Promise.all(
    ['A', 'B'].map((title) => mutate('hr', 'updateEmployee', { id: acme.ids.ada, expectedVersion: 1, title })),
  );
  expect([first.__typename, second.__typename].sort()).toEqual(['Employee', 'VersionConflictError']);
});

it('without an expected version, writers that meet all take effect', async () => {
  const changes = [
    { firstName: 'Augusta' },
    { title: 'Countess' },
    { birthday: '1815-12-10' },
    { email: 'ada@lovelace.example' },
  ];
  const results = await Promise.all(
    changes.map((change) => mutate('hr', 'updateEmployee', { id: acme.ids.ada, ...change })),
  );
  expect(results.map(({ __typename }) => __typename)).toEqual(['Employee', 'Employee', 'Employee', 'Employee']);
  expect(await mutate('hr', 'updateEmployee', { id: acme.ids.ada })).toMatchObject({
    firstName: 'Augusta',
    title: 'Countess',
    birthday: '1815-12-10',
    email: 'ada@lovelace.example',
  });
});

it('a change that costs one write: neither keys nor guards are touched', async () => {
  await roster.graphql(
    acme.as.hr,
    'mutation($input: UpdateEmployeeInput!) { updateEmployee(input: $input) { ... on Employee { firstName version } } }',
    {
      input: { id: acme.ids.ada, firstName: 'Augusta' },
    },
  );
  expect(roster.calls.map(({ operation }) => operation)).toEqual(['UpdateItem']);
});

/** Who may run which mutation; everybody else is refused before anything is written. */
const ALLOWED: Readonly<Record<string, readonly (keyof Company['as'])[]>> = {
  createOffice: ['hr', 'admin'],
  updateOffice: ['hr', 'admin'],
  closeOffice: ['hr', 'admin'],
  hireEmployee: ['hr', 'admin'],
  updateEmployee: ['hr', 'admin'],
  transferEmployee: ['hr', 'admin'],
  dismissEmployee: ['hr', 'admin'],
  createProject: ['manager', 'admin'],
  updateProject: ['manager', 'admin'],
  deleteProject: ['manager', 'admin'],
  createTask: ['employee', 'manager', 'hr', 'admin'],
  updateTask: ['employee', 'manager', 'hr', 'admin'],
  assignTask: ['employee', 'manager', 'hr', 'admin'],
  completeTask: ['employee', 'manager', 'hr', 'admin'],
  deleteTask: ['employee', 'manager', 'hr', 'admin'],
};

/** An input with a value for everything that must be given; its ids lead nowhere. */
function inputOf(type: GraphQLInputObjectType): Record<string, unknown> {
  const values: Readonly<Record<string, unknown>> = {
    ...{ ID: encodeGlobalId('Nothing', 'x'), String: 'x', Date: '2026-01-01', CountryCode: 'DE', Team: 'LEGAL' },
    GeoPointInput: { lat: 0, lng: 0 },
  };
  const required = Object.values(type.getFields()).filter((field) => isRequiredInputField(field));
  return Object.fromEntries(required.map((field) => [field.name, values[getNamedType(field.type).name]]));
}

const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});

it('every mutation is in the table of who may run it', () => {
  expect(mutations.map(({ name }) => name).sort()).toEqual(Object.keys(ALLOWED).sort());
});

it.each(mutations.map((field) => [field.name, field] as const))(
  '%s is refused to whom it is not open',
  async (name, field) => {
    const type = getNamedType(field.args[0]?.type) as GraphQLInputObjectType;
    for (const who of ['client', 'employee', 'manager', 'hr', 'admin'] as const) {
      const { data, errors } = await roster.graphql(acme.as[who], documentOf(name), { input: inputOf(type) });
      const forbidden = errors?.some(({ extensions }) => extensions['code'] === 'FORBIDDEN') ?? false;
      expect(forbidden, `${name} by ${who}`).toBe(!ALLOWED[name]?.includes(who));
      if (forbidden) expect(data).toEqual({ [name]: null });
    }
    expect(writes()).toEqual(
      name === 'createOffice' ? ['PutItem', 'PutItem'] : name === 'createProject' ? ['PutItem', 'PutItem'] : [],
    );
  },
);
