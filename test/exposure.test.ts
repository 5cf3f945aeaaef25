import { beforeAll, describe, expect, it } from 'vitest';
import { defineEntity } from '../src/entities/core/define.ts';
import { clinicSchema, Doctor, entities, Patient } from './fixtures/clinic.ts';
import { builderOf, oneOf, printed, run } from './fixtures/graph.ts';
import { startRoster, type TestRoster } from './support/roster.ts';

// What not everyone may read, in a graph whose other options would show it to everyone.

const schema = clinicSchema();
let roster: TestRoster;
let doctor: string;
let patient: string;

const as = (role: string, source: string) =>
  run(roster, schema, { entities, org: 'clinic', role }, source, { doctor, patient });

beforeAll(async () => {
  roster = await startRoster();
  doctor = oneOf(await as('nurse', 'mutation { createDoctor(input: { name: "Who" }) { id } }')).id;
  const input = `{ name: "Ada", weight: 61, doctor: "${doctor}", phone: "555-1", room: "12", diet: "rice", nickname: "A" }`;
  patient = oneOf(await as('nurse', `mutation { createPatient(input: ${input}) { id } }`)).id;
  return () => roster.stop();
});

describe('a restricted attribute', () => {
  it.each([
    ['as declared and with options of its own', '{ weight }', { weight: 61 }],
    ['that refers to an object', '{ doctor { name } }', { doctor: { name: 'Who' } }],
    [
      'that refers to an object, whose id alone is asked for',
      '{ doctor { id } }',
      { doctor: { id: expect.any(String) } },
    ],
  ])('%s is read by those who may', async (_what, selection, value) => {
    const query = `query($patient: ID!) { patient(id: $patient) ${selection} }`;
    const [name = ''] = /\w+/.exec(selection) ?? [];
    expect(oneOf(await as('nurse', query))).toEqual(value);
    expect(await as('visitor', query)).toMatchObject({
      data: { patient: { [name]: null } },
      errors: [{ message: `Patient.${name} of this object is not open to you. For nurses.` }],
    });
  });

  it('is not in the answer of a mutation either', async () => {
    const change = 'mutation($patient: ID!) { updatePatient(input: { id: $patient, diet: "soup" }) { name weight } }';
    expect((await as('visitor', change)).data).toEqual({ updatePatient: { name: 'Ada', weight: null } });
  });

  it.each([
    ['a run of values', '{ weights(weight: { from: 61, to: 61 }) { edges { cursor } } }', 'Query.weights'],
    ['the order alone', '{ weights(order: DESC) { edges { cursor } } }', 'Query.weights'],
    ['the partition', 'query($doctor: ID!) { treated(doctor: $doctor) { totalCount } }', 'Query.treated'],
    ['the parent', 'query($doctor: ID!) { doctor(id: $doctor) { patients { edges { cursor } } } }', 'Doctor.patients'],
  ])('gives no list to those who may not filter by it: %s', async (_what, query, field) => {
    expect((await as('nurse', query)).errors).toBeUndefined();
    expect((await as('visitor', query)).errors).toMatchObject([
      { message: `${field} is not open to you, since its order would give restricted values away` },
    ]);
  });

  it('is filtered by those who may', async () => {
    const query = '{ patients(filter: { not: { weight: { gte: 62 } } }) { edges { node { name } } } }';
    expect(oneOf(await as('nurse', query)).edges).toEqual([{ node: { name: 'Ada' } }]);
    expect((await as('visitor', query)).errors).toMatchObject([
      { message: 'filter.not.weight is not open to you, since a filter would give its values away; leave it out' },
    ]);
  });

  it('is read and filtered by nobody where nothing says who may', async () => {
    const builder = builderOf(entities);
    builder.entityFields(Patient, (t) => ({ weight: t.attribute('weight') }));
    builder.objectType(builder.entityRef(Patient), {});
    builder.queryFields((t) => ({ patient: t.byId(Patient), weights: t.list(Patient, 'weights') }));
    builder.objectType(builder.entityRef(Doctor), { fields: (t) => ({ name: t.exposeString('name') }) });
    builder.mutationField('nothing', (t) => t.boolean({ resolve: () => true }));
    const caller = { entities, org: 'clinic', role: 'nurse' };
    const query = 'query($patient: ID!) { patient(id: $patient) { weight } }';
    const graph = builder.toSchema();
    const { errors } = await run(roster, graph, caller, query, { patient });
    expect(errors).toMatchObject([{ message: 'Patient.weight of this object is not open to you' }]);
    const list = await run(roster, graph, caller, '{ weights { edges { cursor } } }');
    expect(list.errors?.[0]?.message).toContain('Query.weights is not open to you');
  });
});

it('filters take what everyone sees, and what the application opens to them', () => {
  const fields = [...printed(schema, 'PatientFilter').matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name);
  expect(fields).not.toContain('phone');
  expect(fields.sort()).toEqual(
    ['and', 'or', 'not', 'name', 'ward', 'doctor', 'weight', 'diet', 'createdAt', 'updatedAt'].sort(),
  );
  expect(printed(schema, 'Patient')).not.toMatch(/phone|diet/);
});

it('an entity that is not registered is refused when the schema is built', () => {
  const Stray = defineEntity({ name: 'stray', description: 'Nobody knows it.', attributes: {}, indexes: {} });
  const builder = builderOf(entities);
  expect(() => builder.entity(Stray, {})).toThrow(
    "Stray is not registered; the plugin's entities are doctor, patient; add it to them",
  );
  builder.queryFields((t) => ({ stray: t.byId(Stray) }));
  expect(() => builder.toSchema()).toThrow('Stray is not registered');
});
