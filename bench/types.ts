import { spawnSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/*
 * What the types cost: seconds of `tsc` for the project, and for generated entities of realistic size with a write of
 * each. Run it as `node bench/types.ts [entities]`.
 */

const COUNT = Number(process.argv[2] ?? 20);
// Below the project, where imports find its modules, and ignored by Git.
const DIR = join('.data', 'bench-types');
const tsc = join(createRequire(import.meta.url).resolve('typescript/package.json'), '..', 'bin', 'tsc');

const name = (i: number): string => `thing${i}`;
const typeName = (i: number): string => `Thing${i}`;

/** An entity with 14 attributes and three access patterns, and what applications do with it. */
const source = (i: number): string => `
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
    parent: { type: 'string', format: keySafe, references: '${name((i + 1) % COUNT)}', description: 'Parent.' },
    owner: { type: 'string', required: true, format: keySafe, references: '${name((i + 2) % COUNT)}', description: 'Owner.' },
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

const registry = (): string => {
  const all = Array.from({ length: COUNT }, (_, i) => i);
  const imports = all.map((i) => `import { ${typeName(i)} } from './${name(i)}.ts';`).join('\n');
  return `import { defineRegistry } from '../../src/entities/core/registry.ts';\n${imports}
export const entities = defineRegistry([${all.map(typeName).join(', ')}]);\n`;
};

function secondsOf(project: string): number {
  const start = performance.now();
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', project], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`tsc -p ${project} failed:\n${stdout}`);
  return (performance.now() - start) / 1_000;
}

await rm(DIR, { recursive: true, force: true });
await mkdir(DIR, { recursive: true });
await Promise.all(Array.from({ length: COUNT }, (_, i) => writeFile(join(DIR, `${name(i)}.ts`), source(i))));
await writeFile(join(DIR, 'index.ts'), registry());
await writeFile(join(DIR, 'tsconfig.json'), JSON.stringify({ extends: '../../tsconfig.json', include: ['*.ts'] }));
process.stdout.write(`the project: ${secondsOf('.').toFixed(1)} s\n`);
process.stdout.write(`${COUNT} entities: ${secondsOf(DIR).toFixed(1)} s\n`);
