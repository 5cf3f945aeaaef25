import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';

const tsc = join(createRequire(import.meta.url).resolve('typescript/package.json'), '..', 'bin', 'tsc');

const note = (attributes: string, indexes = '') => `
  import { defineEntity, slugOf } from '../../src/entities/core/define.ts';
  import { keySafe, line } from '../../src/entities/core/formats.ts';
  export const Note = defineEntity({
    name: 'note',
    description: 'A note.',
    attributes: {
      author: { type: 'string', format: keySafe, references: 'author', description: 'Author.' },
      state: { type: ['draft', 'done'], required: true, description: 'State.' },
      title: { type: 'string', format: line(80), description: 'Title.' },
      ${attributes}
    },
    indexes: { ${indexes} },
  });
`;

const graph = (code: string) => `
  import { Employee, Office, Project, Task } from '../../src/entities/index.ts';
  import { builder } from '../../src/schema/builder.ts';
  export const used = [Employee, Office, Project, Task];
  ${code}
`;

/** Wrong programs, and what the compiler must say of them. */
const programs = {
  'a misspelt composite': [
    note('', "by: { index: 'gsi1', pk: ['autor'], sk: [] }"),
    `Type '"autor"' is not assignable to type '"author" | "note" | "state"'. Did you mean '"author"'?`,
  ],
  'a composite that is not safe in a key': [
    note('', "by: { index: 'gsi1', pk: ['author'], sk: ['title'] }"),
    `Type '"title"' is not assignable to type '"author" | "note" | "state"'.`,
  ],
  'a slug of no attribute': [note("titleKey: slugOf('titel')"), `Type '"titel"' is not assignable to type '"title"'.`],
  'a misspelt option': [
    note("text: { type: 'string', requird: true, description: 'Text.' }"),
    `NoSuchOption<"default" | "description" | "format" | "hidden" | "readOnly" | "references" | "required" | "restricted" | "type" | "unique" | "wide">`,
  ],
  'a misspelt option of an index': [
    note('', "by: { index: 'gsi1', colection: 'all', pk: ['author'], sk: [] }"),
    'NoSuchOption<"collection" | "index" | "pk" | "sk" | "type">',
  ],
  'an unknown type': [
    note("text: { type: 'strnig', description: 'Text.' }"),
    `Type '"strnig"' is not assignable to type '"boolean" | "list" | "map" | "number" | "set" | "string" | readonly string[]'. Did you mean '"string"'?`,
  ],
  'a default that is not of the enumeration': [
    note("mood: { type: ['good', 'bad'], default: 'god', description: 'Mood.' }"),
    `Type '"god"' is not assignable to type '"bad" | "good" | (() => "bad" | "good")'. Did you mean '"good"'?`,
  ],
  'a computed default that is not of the enumeration': [
    note("mood: { type: ['good', 'bad'], default: () => 'god', description: 'Mood.' }"),
    `Type '"god"' is not assignable to type '"bad" | "good"'.`,
  ],
  'a name that filters have': [
    note("not: { type: 'string', description: 'Not.' }"),
    `ReservedName<"filters", "and" | "not" | "or">`,
  ],
  'a name that every object has': [
    note("constructor: { type: 'string', description: 'Who built it.' }"),
    'ReservedName<"JavaScript", "constructor" | "hasOwnProperty" | "isPrototypeOf" | "propertyIsEnumerable" | "toLocaleString" | "toString" | "valueOf">',
  ],
  'what only shows at run time whether it is hidden': [
    note("text: { type: 'string', hidden: Math.random() > 0.5, description: 'Text.' }"),
    `Type 'boolean' is not assignable to type 'Literally<boolean>'.`,
  ],
  'a hidden property that nobody can give': [
    note(`box: { type: 'map', description: 'Box.', properties: {
      lock: { type: 'string', hidden: true, required: true, description: 'Lock.' } } }`),
    'NeedsDefault<"hidden and required">',
  ],
  'a composite that the partition has': [
    note('', "by: { index: 'gsi1', pk: ['author'], sk: ['author'] }"),
    `Type '"author"' is not assignable to type '"note" | "state"'.`,
  ],
  'two access patterns on one index': [
    note('', "by: { index: 'gsi1', pk: ['author'], sk: [] }, also: { index: 'gsi1', pk: ['author'], sk: ['note'] }"),
    `Type '"gsi1"' is not assignable to type '"gsi2" | "gsi3"'.`,
  ],
  'a reference to an entity that is not registered': [
    `import { Employee, Office, Project } from '../../src/entities/index.ts';
     import { defineRegistry } from '../../src/entities/core/registry.ts';
     ${note('').replace("references: 'author'", "references: 'writer'")}
     export const entities = defineRegistry([Office, Employee, Project, Note]);`,
    `Type '"writer"' is not assignable to type '"employee" | "note" | "office" | "project"'.`,
  ],
  'a hidden attribute in the graph': [
    graph("builder.entity(Office, { fields: (t) => ({ key: t.attribute('cityKey') }) });"),
    `Argument of type '"cityKey"' is not assignable to parameter of type '"city" | "country" | "createdAt" | "location" | "name" | "state" | "street" | "updatedAt" | "version" | "zip"'.`,
  ],
  'an unknown access pattern': [
    graph("builder.queryField('places', (t) => t.list(Office, 'location'));"),
    `Argument of type '"location"' is not assignable to parameter of type '"locations" | "workplaces"'.`,
  ],
  'an access pattern that starts elsewhere': [
    graph("builder.entity(Office, { fields: (t) => ({ staff: t.toMany(Employee, 'reports') }) });"),
    `Argument of type '"reports"' is not assignable to parameter of type '"workplaces"'.`,
  ],
  'a relation that no access pattern has': [
    graph("builder.entity(Office, { fields: (t) => ({ plans: t.toMany(Project, 'portfolio') }) });"),
    `NoAccessPattern<"office", "board by project" | "portfolio by nothing">`,
  ],
  'a run of an enumeration': [
    graph("builder.queryField('plans', (t) => t.list(Project, 'portfolio', { range: 'status' }));"),
    `is not assignable to type 'NoRunsOf<"status">'`,
  ],
  'a gap in the conditions of a list': [
    graph("builder.queryField('plans', (t) => t.list(Project, 'portfolio', { by: ['project'] }));"),
    `Type '"project"' is not assignable to type '"status"'.`,
  ],
  'a misspelt attribute of an input': [
    graph("builder.mutationField('do', (t) => t.update(Task, { only: ['statsu'] }));"),
    `Type '"statsu"' is not assignable to type '"completedAt" | "description" | "dueOn" | "employee" | "points" | "priority" | "project" | "status" | "title"'. Did you mean '"status"'?`,
  ],
  'an input that leaves out what is required': [
    graph("builder.mutationField('do', (t) => t.create(Task, { except: ['title', 'dueOn'] }));"),
    `required in type 'ValuesFor<"title", `,
  ],
  'a run of a composite that is not the next': [
    graph("builder.queryField('places', (t) => t.list(Office, 'locations', { by: ['country'], range: 'cityKey' }));"),
    `Type '"cityKey"' is not assignable to type '"stateKey"'.`,
  ],
  'restricted attributes of which nobody says who may read them, but who may filter': [
    graph('builder.entity(Employee, { restricted: { filter: () => false } });'),
    "Property 'read' is missing in type '{ filter: () => false; }'",
  ],
  'restricted attributes of which nobody says who may read them': [
    graph('builder.entity(Employee, {});'),
    "Property 'restricted' is missing in type '{}'",
  ],
} as const;

/** The entity that the README adds, which must be right. */
const [, invoice = ''] = /```ts\n([^`]*defineEntity[^`]*)```/.exec(await readFile('README.md', 'utf8')) ?? [];
const right = {
  'the README': `import { defineEntity } from '../../src/entities/core/define.ts';
    import { date, keySafe } from '../../src/entities/core/formats.ts';
    import { Employee, Office, Project, Task } from '../../src/entities/index.ts';
    import { money } from '../../src/entities/money.ts';
    import { defineRegistry } from '../../src/entities/core/registry.ts';
    ${invoice}
    export const entities = defineRegistry([Office, Employee, Project, Task, Invoice]);`,
};

const messages = new Map<string, string>();

beforeAll(async () => {
  // Below the project, where imports find its modules.
  await mkdir('.data', { recursive: true });
  const dir = await mkdtemp(join('.data', 'type-errors-'));
  try {
    await writeFile(join(dir, 'tsconfig.json'), JSON.stringify({ extends: '../../tsconfig.json', include: ['*.ts'] }));
    const wrong = Object.entries(programs).map(([name, [source]]) => [name, source] as const);
    const files = [...wrong, ...Object.entries(right)].map(
      ([name, source], i) => [name, `program${i}.ts`, source] as const,
    );
    for (const [, file, source] of files) await writeFile(join(dir, file), source);
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', dir, '--pretty', 'false'], { encoding: 'utf8' });
    // A message begins with its file and goes on in lines that are indented.
    const all = stdout.split(/\n(?! )/);
    for (const [name, file] of files) messages.set(name, all.filter((message) => message.includes(file)).join('\n'));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

it.each(Object.entries(programs).map(([name, [, expected]]) => [name, expected]))(
  '%s: the compiler lists what is valid',
  (name, expected) => {
    expect(messages.get(name)).toContain(expected);
  },
);

it('the README adds an entity that compiles', () => {
  expect(invoice).toContain("name: 'invoice'");
  expect(messages.get('the README')).toBe('');
});
