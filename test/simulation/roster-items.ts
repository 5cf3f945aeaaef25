import type { Row } from '../../src/entities/core/statements.ts';
import { Employee, Office, Project, Task } from '../../src/entities/index.ts';
import type { Document } from '../../src/search/document.ts';
import type { Refusal } from './meilisearch-model.ts';
import type { Random } from './random.ts';

/** How an item is: what becomes of it in the indexes differs. */
export const CONDITIONS = [
  /** It can be indexed. */
  'sound',
  /** An attribute is of another type than declared, so that no document can be made. */
  'malformed',
  /** Its document is not valid. */
  'invalid',
  /** The engine fails its task, though the document looked valid. */
  'refused',
  /** The engine fails whatever happens to be batched with it. */
  'poison',
  /** Its key is now another entity's, which nobody searches. */
  'foreign',
] as const;

/** How an item is. */
export type Condition = (typeof CONDITIONS)[number];

/** An item that a simulation writes, deletes and restores. */
export interface RosterItem {
  /** The row in some version and condition; rows of different versions differ. */
  row(version: number, condition: Condition): Row;
}

/** Text at which the model of the engine takes offence. */
const OFFENCE: Readonly<Record<Refusal, string>> = { task: 'OFFENDS-TASK', batch: 'OFFENDS-BATCH' };

/** What the model of the engine refuses. */
export function refuses(document: Document): Refusal | undefined {
  const text = document['name'] ?? document['lastName'] ?? document['title'];
  if (typeof text !== 'string') return undefined;
  return text.startsWith(OFFENCE.task) ? 'task' : text.startsWith(OFFENCE.batch) ? 'batch' : undefined;
}

const ORGS = ['acme', 'ACME'] as const;
const managed = { version: 1, createdAt: '2026-06-01T00:00:00.000Z', updatedAt: '2026-06-01T00:00:00.000Z' };

/** ElectroDB takes a fraction of a millisecond for a row, so there is one of each item, of which all others are made. */
function item(put: { readonly Put: { readonly Item?: object | undefined } }, text: string, wrong: object): RosterItem {
  const base = put.Put.Item as Row;
  const changes: Readonly<Record<Condition, object>> = {
    sound: {},
    malformed: wrong,
    invalid: { [text]: 'half \ud800' },
    refused: { [text]: OFFENCE.task },
    poison: { [text]: OFFENCE.batch },
    foreign: { __edb_e__: 'invoice' },
  };
  return {
    row: (version, condition) => ({ ...base, version, [text]: `Version ${version}`, ...changes[condition] }),
  };
}

const office = (org: string, id: string): RosterItem =>
  item(
    Office.put({
      ...managed,
      org,
      office: id,
      name: 'Office',
      zip: '80331',
      city: 'München',
      state: 'Bayern',
      country: 'DE',
      location: { lat: 48, lng: 11 },
    }),
    'name',
    { location: 'somewhere' },
  );

const employee = (org: string, id: string): RosterItem =>
  item(
    Employee.put({
      ...managed,
      org,
      employee: id,
      firstName: 'Ada',
      lastName: 'Example',
      email: `${id}@example.com`,
      title: 'Engineer',
      team: 'engineering',
      office: 'o1',
      hiredOn: '2020-02-29',
      birthday: '1990-12-31',
      salary: { amount: 5_000_000, currency: 'EUR' },
    }),
    'lastName',
    { birthday: 19_901_231 },
  );

const project = (org: string, id: string): RosterItem =>
  item(Project.put({ ...managed, org, project: id, name: 'Apollo', status: 'active' }), 'name', {
    dueOn: 20_260_630,
  });

const task = (org: string, id: string): RosterItem =>
  item(
    Task.put({ ...managed, org, task: id, title: 'Land', project: 'p1', status: 'open', priority: 'high' }),
    'title',
    { dueOn: false },
  );

const kinds = [office, employee, project, task];

/** All items of all simulations; the same row is made once. */
const ITEMS: readonly RosterItem[] = ORGS.flatMap((org) =>
  [1, 2, 3].flatMap((n) => kinds.map((kind) => kind(org, `${kind.name[0]}${n}`))),
);

/** So many of them, from one on. */
export function someItems(random: Random, count: number): readonly [RosterItem, ...RosterItem[]] {
  const first = random.integer(0, ITEMS.length - 1);
  const rest = Array.from({ length: count }, (_, i) => ITEMS[(first + i * 5) % ITEMS.length]);
  const [one = ITEMS[0] as RosterItem, ...others] = rest.flatMap((each) => each ?? []);
  return [one, ...others];
}

/** Rows that the indexer is told of and that are not its business. */
export const strangers: readonly [Row, ...Row[]] = [
  { pk: '$roster#org_acme#invoice_i1', sk: '$invoice_1', total: 1 },
  { pk: '$roster#org_acme#employee_e1', sk: '$employee_2', lastName: 'Another version' },
  { pk: '$roster#org_acme#guard_e1', sk: '$guard_1' },
  { pk: 'free text', sk: 'more of it' },
];
