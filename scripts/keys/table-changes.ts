import type { KeyFields, Layout, TableLayout } from './layout.ts';
import type { Refusal } from './refusal.ts';

/** What is known of a part of the table: a name, and of what kind it is, if that is known. */
type Part = readonly [name: string, kind: string | undefined];

const typed = (fields: KeyFields, { types }: TableLayout): Part[] => fields.map((field) => [field, types?.[field]]);
const projected = (index: string, { projections }: TableLayout): Part[] => [['projection', projections?.[index]]];

/** Whether parts are others, or of another kind as far as both are known. */
const differ = (before: readonly Part[], after: readonly Part[]): boolean =>
  before.length !== after.length ||
  before.some(([name, kind], i) => {
    const [nameNow, kindNow] = after[i] ?? [];
    return name !== nameNow || (kind !== undefined && kindNow !== undefined && kind !== kindNow);
  });

const textOf = (parts: readonly Part[]): string =>
  parts.map(([name, kind]) => (kind === undefined ? name : `${name} (${kind})`)).join(', ');

/**
 * Changes of the table that CloudFormation can't make in one deployment, or that would break what is deployed until then.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.html
 */
export function tableRefusals(before: Layout, after: Layout): Refusal[] {
  const [old, now] = [before.table, after.table];
  const added = Object.keys(now.indexes).filter((index) => !(index in old.indexes));
  const removed = Object.keys(old.indexes).filter((index) => !(index in now.indexes));
  const changed = Object.entries(now.indexes).flatMap(([index, key]) => {
    const keyBefore = old.indexes[index];
    if (!keyBefore) return [];
    const was = [...typed(keyBefore, old), ...projected(index, old)];
    const is = [...typed(key, now), ...projected(index, now)];
    return differ(was, is) ? [changedIndex(index, was, is)] : [];
  });
  const [keyBefore, key] = [typed(old.key, old), typed(now.key, now)];
  return [
    ...(old.name === undefined || old.name === now.name ? [] : [changedName(old.name, now.name)]),
    ...(differ(keyBefore, key) ? [changedKey(keyBefore, key)] : []),
    ...(old.timeToLive === now.timeToLive ? [] : [changedTimeToLive(old.timeToLive, now.timeToLive)]),
    ...changed,
    ...(added.length + removed.length > 1 ? [tooMany(added, removed)] : []),
    ...added.flatMap((index) => tooEarly(index, after)),
    ...removed.flatMap((index) => tooLate(index, before)),
  ];
}

const ANOTHER_TABLE = [
  'Make another stage with the new table.',
  'Copy the items: export to S3 and import, then what its stream has meanwhile.',
  'Let frontends use it.',
];

const changedName = (before: string, after: string | undefined): Refusal => ({
  what: 'table',
  why: `it is called ${before}; under the name ${after} CloudFormation makes another table, which is empty, and takes the old one out of the stack, or deletes it where the stage is not guarded.`,
  instead: [
    `Leave the name as it is, also where the service gets another one: tableName: ${before}, in custom of serverless.yml.`,
    `For another name all the same, move. ${ANOTHER_TABLE.join(' ')}`,
  ],
});

const changedKey = (before: readonly Part[], after: readonly Part[]): Refusal => ({
  what: 'table',
  why: `its key is ${textOf(before)}; with ${textOf(after)} CloudFormation makes another table, which is empty.`,
  instead: ANOTHER_TABLE,
});

const changedTimeToLive = (before: string, after: string): Refusal => ({
  what: 'table',
  why: `items expire by ${before}; DynamoDB takes no other attribute while that is on.`,
  instead: [
    'Deploy with TimeToLiveSpecification.Enabled: false.',
    `After an hour, deploy with ${after}. Items that are there already expire once they have it.`,
  ],
});

const changedIndex = (index: string, before: readonly Part[], after: readonly Part[]): Refusal => ({
  what: index,
  why: `it has ${textOf(before)}; for ${textOf(after)} it would be deleted and made anew, which CloudFormation refuses under one name.`,
  instead: [
    'Add an index of another name with the new key or projection, its key of attributes of other names where their type is another, and deploy.',
    'Move one access pattern after another to it.',
    'Take the old index away, and deploy.',
  ],
});

const tooMany = (added: readonly string[], removed: readonly string[]): Refusal => ({
  what: 'table',
  why: `${[...added.map((index) => `${index} is added`), ...removed.map((index) => `${index} is removed`)].join(', ')}; DynamoDB makes or deletes one index at a time, and a deployment with more fails.`,
  instead: [...added, ...removed].map(
    (index) => `Change ${index} alone, note it, deploy, and wait until that is done.`,
  ),
});

/** Access patterns on an index. */
const usersOf = (index: string, { entities }: Layout): string[] =>
  Object.entries(entities).flatMap(([entity, { indexes }]) =>
    Object.entries(indexes).flatMap(([pattern, layout]) => (layout.index === index ? [`${entity}.${pattern}`] : [])),
  );

function tooEarly(index: string, after: Layout): Refusal[] {
  const users = usersOf(index, after);
  if (users.length === 0) return [];
  return [
    {
      what: index,
      why: `${users.join(', ')} would use it while DynamoDB still makes it: the functions are there before the index is.`,
      instead: ['Add the index alone, note it, and deploy.', `Declare ${users.join(', ')} in a deployment after that.`],
    },
  ];
}

function tooLate(index: string, before: Layout): Refusal[] {
  const users = usersOf(index, before);
  if (users.length === 0) return [];
  return [
    {
      what: index,
      why: `${users.join(', ')} of what is deployed now use it until the deployment is done.`,
      instead: [
        `Take ${users.join(', ')} away, note it, and deploy.`,
        'Take the index away in a deployment after that.',
      ],
    },
  ];
}
