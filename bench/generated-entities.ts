/*
 * Entities of realistic size for the benchmark of types: each with what applications do with it, and with a GraphQL type
 * of its own. They stand below the project, in `.data/<directory>`.
 */

const name = (i: number): string => `thing${i}`;
const typeName = (i: number): string => `Thing${i}`;

/** An entity with 14 attributes and three access patterns, and writes of it. It refers to the two behind it. */
const entitySource = (i: number, count: number): string => `
import { type Changes, defineEntity, type Item, type NewItem, slugOf } from '../../src/entities/core/define.ts';
import { country, date, dateTime, integer, keySafe, line, text } from '../../src/entities/core/formats.ts';
import { money } from '../../src/entities/money.ts';
import { createItem, updateItem, type WriteServices } from '../../src/entities/core/write.ts';

export const ${typeName(i)} = defineEntity({
  name: '${name(i)}',
  description: 'Number ${i}.',
  attributes: {
    title: { type: 'string', required: true, format: line(200), description: 'Title.' },
    details: { type: 'string', format: text(5_000), wide: true, description: 'Details.' },
    status: { type: ['open', 'active', 'done', 'gone'], required: true, default: 'open', description: 'Status.' },
    kind: { type: ['a${i}', 'b${i}', 'c${i}'], required: true, description: 'Kind.' },
    parent: { type: 'string', format: keySafe, references: '${name((i + 1) % count)}', description: 'Parent.' },
    owner: { type: 'string', required: true, format: keySafe, references: '${name((i + 2) % count)}', description: 'Owner.' },
    rank: { type: 'number', required: true, format: integer(0, 999), description: 'Rank.' },
    country: { type: 'string', required: true, format: country, description: 'Country.' },
    dueOn: { type: 'string', format: date, description: 'Last day.' },
    doneAt: { type: 'string', format: dateTime, description: 'When it was done.' },
    price: { ...money, required: true, description: 'Price.' },
    tags: { type: 'set', items: 'string', format: line(40), description: 'Tags.' },
    lines: {
      type: 'list',
      items: { type: 'map', properties: { text: { type: 'string', required: true, description: 'Text.' }, amount: { ...money, description: 'Amount.' } } },
      description: 'Lines.',
    },
    titleKey: slugOf('title'),
  },
  indexes: {
    family: { index: 'gsi1', collection: 'family', pk: ['parent'], sk: ['status', 'dueOn', '${name(i)}'] },
    owned: { index: 'gsi2', collection: 'owned', pk: ['owner'], sk: ['kind', 'rank', '${name(i)}'] },
    places: { index: 'gsi3', pk: [], sk: ['country', 'titleKey', '${name(i)}'] },
  },
});
export type ${typeName(i)} = Item<typeof ${typeName(i)}>;

export const create = (services: WriteServices, values: NewItem<typeof ${typeName(i)}>): Promise<${typeName(i)}> =>
  createItem(services, ${typeName(i)}, 'acme', values);
export const change = (services: WriteServices, changes: Changes<typeof ${typeName(i)}>): Promise<${typeName(i)}> =>
  updateItem(services, ${typeName(i)}, { org: 'acme', id: 'x' }, changes);
export const key = ({ ${name(i)}: id, status, tags, lines }: ${typeName(i)}) =>
  [id, status, tags?.[0], lines?.[0]?.amount?.currency] as const;
export const board = (owner: string) => ${typeName(i)}.electro.query.owned({ org: 'acme', owner, kind: 'a${i}' });
`;

/** Its type: two relations in either direction, a field by hand, an object by id, a list, and all three writes. */
const graphSource = (i: number, count: number): string => {
  const [parentOf, ownerOf] = [(i - 1 + count) % count, (i - 2 + count) % count];
  const imports = [...new Set([i, parentOf, ownerOf])].map(
    (each) => `import { ${typeName(each)} } from './${name(each)}.ts';`,
  );
  return `
import { builder } from './builder.ts';
${imports.join('\n')}
const authScopes = { role: 'write' } as const;
builder.entity(${typeName(i)}, {
  fields: (t) => ({
    parent: t.toOne('parent', { guaranteed: true }),
    owner: t.toOne('owner'),
    children: t.toMany(${typeName(parentOf)}, 'family', { by: ['status'], range: 'dueOn', description: 'Children.' }),
    owned: t.toMany(${typeName(ownerOf)}, 'owned', { by: ['kind', 'rank'], description: 'What it owns.' }),
    loud: t.string({ resolve: ({ title }) => title.toUpperCase() }),
  }),
});
builder.queryFields((t) => ({
  ${name(i)}: t.byId(${typeName(i)}),
  ${name(i)}s: t.list(${typeName(i)}, 'places', { by: ['country'], range: 'titleKey', description: 'By place.' }),
}));
builder.mutationFields((t) => ({
  create${typeName(i)}: t.create(${typeName(i)}, { except: ['rank'], values: (given) => ({ ...given, rank: 1 }), authScopes }),
  update${typeName(i)}: t.update(${typeName(i)}, {
    except: ['parent'],
    changes: (given) => (current) => (given.status ? { status: given.status } : { kind: current.kind }),
    authScopes,
  }),
  delete${typeName(i)}: t.delete(${typeName(i)}, { authScopes }),
}));
`;
};

const registrySource = (count: number): string => {
  const all = Array.from({ length: count }, (_, i) => i);
  const imports = all.map((i) => `import { ${typeName(i)} } from './${name(i)}.ts';`).join('\n');
  return `import { defineRegistry } from '../../src/entities/core/registry.ts';\n${imports}
export const entities = defineRegistry([${all.map(typeName).join(', ')}]);\n`;
};

/** A builder with the plugins that Roster's own has: each adds to the options that the compiler checks. */
const BUILDER = `
import SchemaBuilder from '@pothos/core';
import ErrorsPlugin from '@pothos/plugin-errors';
import RelayPlugin from '@pothos/plugin-relay';
import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import { decodeGlobalId, encodeGlobalId } from '../../src/schema/electrodb/global-id.ts';
import ElectroDBPlugin from '../../src/schema/electrodb/plugin.ts';
import type { Operation } from '../../src/schema/electrodb/types.ts';
import { entities } from './index.ts';

interface Types {
  Context: Operation & { readonly role: string };
  DefaultFieldNullability: false;
  DefaultEdgesNullability: { list: false; items: false };
  DefaultNodeNullability: false;
  AuthScopes: { role: string };
}
export const builder = new SchemaBuilder<Types>({
  plugins: [ErrorsPlugin, ScopeAuthPlugin, RelayPlugin, ElectroDBPlugin],
  defaultFieldNullability: false,
  scopeAuth: { authScopes: ({ role }) => ({ role: (wanted: string) => wanted === role }) },
  electrodb: { entities, operation: (context) => context },
  relay: {
    encodeGlobalID: (typename, id) => encodeGlobalId(typename, String(id)),
    decodeGlobalID: (id) => decodeGlobalId(id, 'id'),
    cursorType: 'String',
    edgesFieldOptions: { nullable: { list: false, items: false } },
    nodeFieldOptions: { nullable: false },
  },
});
`;

/** The files of a project of so many entities, by name. */
export function generatedProject(count: number, { graph }: { readonly graph: boolean }): Map<string, string> {
  const files = new Map([
    ['index.ts', registrySource(count)],
    ['tsconfig.json', JSON.stringify({ extends: '../../tsconfig.json', include: ['*.ts'] })],
  ]);
  if (graph) files.set('builder.ts', BUILDER);
  for (let i = 0; i < count; i++) {
    files.set(`${name(i)}.ts`, entitySource(i, count));
    if (graph) files.set(`${name(i)}-schema.ts`, graphSource(i, count));
  }
  return files;
}
