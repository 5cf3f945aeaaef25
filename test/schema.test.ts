import { readFile } from 'node:fs/promises';
import { buildSchema, type GraphQLNamedType, lexicographicSortSchema, printSchema } from 'graphql';
import { expect, it } from 'vitest';
import { entities } from '../src/entities/all.ts';
import { schema } from '../src/schema/index.ts';

interface Described {
  readonly description?: string | null | undefined;
  readonly args?: readonly { readonly name: string; readonly description?: string | null | undefined }[];
}

const ownTypes = Object.values(schema.getTypeMap()).filter(
  ({ name }) => !name.startsWith('__') && !['ID', 'String', 'Int', 'Float', 'Boolean'].includes(name),
);

function* undescribed(type: GraphQLNamedType): Generator<string> {
  if (!type.description) yield type.name;
  if (!('getFields' in type)) return;
  for (const [name, field] of Object.entries<Described>(type.getFields())) {
    if (!field.description) yield `${type.name}.${name}`;
    for (const arg of field.args ?? []) if (!arg.description) yield `${type.name}.${name}(${arg.name})`;
  }
}

it('every type, field and argument has a description', () => {
  expect(ownTypes.length).toBeGreaterThan(60);
  expect(ownTypes.flatMap((type) => [...undescribed(type)])).toEqual([]);
});

it('descriptions are sentences', () => {
  const texts = ownTypes.flatMap((type) =>
    'getFields' in type
      ? Object.values<Described>(type.getFields()).map(({ description }) => description ?? '')
      : [type.description ?? ''],
  );
  expect(texts.filter((text) => !/[.`]$/.test(text))).toEqual([]);
});

it('has the queries and mutations of the design', () => {
  expect(Object.keys(schema.getQueryType()?.getFields() ?? {}).sort()).toEqual(
    [
      ...['viewer', 'node', 'nodes', 'office', 'offices', 'employee', 'project', 'projects', 'task'],
      ...[
        'search',
        'searchOffices',
        'searchEmployees',
        'searchProjects',
        'searchTasks',
        'searchHealth',
        'comparableSalaries',
        'searchToken',
        'upcomingBirthdays',
        'upcomingAnniversaries',
      ],
    ].sort(),
  );
  const mutations = Object.keys(schema.getMutationType()?.getFields() ?? {});
  for (const { name } of entities)
    expect(mutations.filter((mutation) => mutation.toLowerCase().endsWith(name)).length).toBeGreaterThanOrEqual(3);
});

it('schema.graphql is what the code says', async () => {
  const committed = await readFile('schema.graphql', 'utf8');
  expect(committed).toBe(`${printSchema(lexicographicSortSchema(schema))}\n`);
  expect(() => buildSchema(committed)).not.toThrow();
});
