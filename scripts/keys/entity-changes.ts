import type { EntityLayout, IndexLayout, Layout } from './layout.ts';
import type { Refusal } from './refusal.ts';

const note = (what: string) => `Note it: npm run check:keys -- --write --accept ${what}`;
const REWRITE = 'Give its items the keys of today: npm run rewrite -- --stage STAGE (docs/changing-keys.md).';

/** Changes of entities after which items that are there already would be missing where readers look for them. */
export const entityRefusals = (before: Layout, after: Layout): Refusal[] =>
  Object.entries(before.entities).flatMap(([name, layout]) => {
    const now = after.entities[name];
    return now ? entityChanges(name, layout, now) : [removedEntity(name)];
  });

const removedEntity = (name: string): Refusal => ({
  what: name,
  why: 'it is gone, or has another name. Its items stay in the table: nothing reads, deletes or indexes them any more.',
  instead: [
    `To rename it in the graph alone, keep the name of the entity. To be rid of it, deploy without whatever writes ${name}s.`,
    `Delete its items, and copy before what another entity is to have.`,
    note(name),
  ],
});

function entityChanges(name: string, before: EntityLayout, after: EntityLayout): Refusal[] {
  if (before.pk !== after.pk || before.sk !== after.sk) return [movedItems(name, before, after)];
  const patterns = new Set([...Object.keys(before.indexes), ...Object.keys(after.indexes)]);
  return [
    ...[...patterns].flatMap((pattern) =>
      indexChange(`${name}.${pattern}`, before.indexes[pattern], after.indexes[pattern]),
    ),
    ...Object.entries(before.values).flatMap(([attribute, values]) => {
      const now = after.values[attribute];
      const gone = now ? values.filter((value) => !now.includes(value)) : [];
      return gone.length > 0 ? [goneValues(name, attribute, gone)] : [];
    }),
  ];
}

const movedItems = (name: string, before: EntityLayout, after: EntityLayout): Refusal => ({
  what: name,
  why: `its items have the key ${before.pk} / ${before.sk}, and would be looked for at ${after.pk} / ${after.sk}.`,
  instead: [
    'Declare an entity of another name with the new key, which writes go to as well, and deploy.',
    `Copy the items of ${name} to it; let reads go to it, and deploy.`,
    `Take ${name} away, as any entity.`,
  ],
});

function indexChange(what: string, before: IndexLayout | undefined, after: IndexLayout | undefined): Refusal[] {
  if (!before && after) return [newPattern(what, after)];
  if (before && !after) return [removedPattern(what, before)];
  if (!before || !after || describe(before) === describe(after)) return [];
  return [
    {
      what,
      why: `items that are there already are at ${describe(before)}, and would be looked for at ${describe(after)}.`,
      instead: [
        'Leave it, and declare an access pattern of another name with the new key, on an index that the entity has no pattern on.',
        `Deploy that. ${REWRITE}`,
        'Let the fields of the graph use the new one, and deploy.',
        'Take the old one away, as any access pattern.',
      ],
    },
  ];
}

const newPattern = (what: string, { index }: IndexLayout): Refusal => ({
  what,
  why: `items that are there already have no key of ${index}, and would be missing in every list by it.`,
  instead: [
    'Declare it, but let no field of the graph use it yet.',
    `${note(what)}; deploy.`,
    REWRITE,
    'Let fields use it, and deploy.',
  ],
});

const removedPattern = (what: string, { index }: IndexLayout): Refusal => ({
  what,
  why: `items that are there already keep their key of ${index}: they stay in lists of others that read the same partition, and every write of them is paid for there.`,
  instead: [
    'Let no field of the graph use it, nor any list of its collection, and deploy.',
    `Take it away. ${note(what)}; deploy.`,
    REWRITE,
  ],
});

const goneValues = (name: string, attribute: string, gone: readonly string[]): Refusal => ({
  what: `${name}.${attribute}`,
  why: `${gone.map((value) => `"${value}"`).join(', ')} can't be asked for any more, but stays in keys of items that have it.`,
  instead: [
    'Deploy what writes the value no longer.',
    'Change the items that have it.',
    `Take it away. ${note(`${name}.${attribute}`)}; deploy.`,
  ],
});

const describe = ({ index, pk, sk, sparse }: IndexLayout): string =>
  `${index} ${pk} / ${sk}${sparse ? ` where there is ${sparse.join(', ')}` : ''}`;
