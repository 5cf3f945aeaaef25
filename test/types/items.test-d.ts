import type { CreateEntityItem, EntityItem } from 'electrodb';
import {
  type ChangeInput,
  type Changes,
  defineEntity,
  type Item,
  type NewInput,
  type NewItem,
  slugOf,
} from '../../src/entities/core/define.ts';
import { keySafe } from '../../src/entities/core/formats.ts';
import type { Employee, Office, Project, Task } from '../../src/entities/index.ts';
import { money } from '../../src/entities/money.ts';
import { type Equal, proven } from './equal.ts';

const Everything = defineEntity({
  name: 'everything',
  description: 'One attribute of each kind.',
  attributes: {
    text: { type: 'string', required: true, description: 'Text.' },
    number: { type: 'number', description: 'Number.' },
    flag: { type: 'boolean', required: true, default: false, description: 'Flag.' },
    state: { type: ['on', 'off'], required: true, default: 'off', description: 'State.' },
    later: { type: ['soon', 'late'], required: true, default: () => 'soon', description: 'Later.' },
    tags: { type: 'set', items: 'string', required: true, description: 'Tags.' },
    sizes: { type: 'set', items: 'number', description: 'Sizes.' },
    teams: { type: 'set', items: ['red', 'blue'], description: 'Teams.' },
    lines: { type: 'list', items: { type: 'string' }, description: 'Lines.' },
    origin: { type: 'string', required: true, readOnly: true, description: 'Origin.' },
    secret: { type: 'string', hidden: true, required: true, description: 'Secret.' },
    price: { ...money, required: true, description: 'Price.' },
    parts: {
      type: 'list',
      description: 'Parts.',
      items: {
        type: 'map',
        properties: {
          name: { type: 'string', required: true, description: 'Name.' },
          cost: { ...money, description: 'Cost.' },
          count: { type: 'number', required: true, default: 1, description: 'Count.' },
          code: { type: 'string', required: true, hidden: true, default: 'x', description: 'Code.' },
          note: { type: 'string', hidden: true, description: 'Note.' },
        },
      },
    },
    owner: { type: 'string', format: keySafe, references: 'employee', description: 'Owner.' },
    textKey: slugOf('text'),
  },
  indexes: { owned: { index: 'gsi1', pk: ['owner'], sk: ['textKey', 'everything'] } },
});

const Everythings = Everything.electro.query;

interface Amount {
  readonly amount: number;
  readonly currency: string;
}

proven<
  Equal<
    Item<typeof Everything>,
    {
      readonly everything: string;
      readonly version: number;
      readonly createdAt: string;
      readonly updatedAt: string;
      readonly text: string;
      readonly number?: number | undefined;
      readonly flag: boolean;
      readonly state: 'on' | 'off';
      readonly later: 'soon' | 'late';
      readonly tags: readonly string[];
      readonly sizes?: readonly number[] | undefined;
      readonly teams?: readonly ('red' | 'blue')[] | undefined;
      readonly lines?: readonly string[] | undefined;
      readonly origin: string;
      readonly price: Amount;
      readonly parts?:
        | readonly {
            readonly name: string;
            readonly cost?: Amount | undefined;
            readonly count: number;
          }[]
        | undefined;
      readonly owner?: string | undefined;
    }
  >
>();

proven<
  Equal<
    NewItem<typeof Everything>,
    {
      readonly expires?: number | null | undefined;
      readonly text: string;
      readonly number?: number | null | undefined;
      readonly flag?: boolean | null | undefined;
      readonly state?: 'on' | 'off' | null | undefined;
      readonly later?: 'soon' | 'late' | null | undefined;
      readonly tags: readonly string[];
      readonly sizes?: readonly number[] | null | undefined;
      readonly teams?: readonly ('red' | 'blue')[] | null | undefined;
      readonly lines?: readonly string[] | null | undefined;
      readonly origin: string;
      readonly secret: string;
      readonly price: Amount;
      readonly parts?:
        | readonly {
            readonly name: string;
            readonly cost?: Amount | null | undefined;
            readonly count?: number | null | undefined;
            readonly code?: string | null | undefined;
            readonly note?: string | null | undefined;
          }[]
        | null
        | undefined;
      readonly owner?: string | null | undefined;
    }
  >
>();

proven<Equal<keyof Changes<typeof Everything>, Exclude<keyof NewItem<typeof Everything>, 'origin'>>>();
proven<Equal<Changes<typeof Everything>['state'], 'on' | 'off' | undefined>>();
proven<Equal<Changes<typeof Everything>['teams'], readonly ('red' | 'blue')[] | null | undefined>>();
proven<Equal<Changes<typeof Everything>['tags'], readonly string[] | undefined>>();

// What a client gives has nothing hidden, however deep it lies.
proven<Equal<keyof NewInput<typeof Everything>, Exclude<keyof NewItem<typeof Everything>, 'secret' | 'expires'>>>();
proven<Equal<keyof ChangeInput<typeof Everything>, Exclude<keyof NewInput<typeof Everything>, 'origin'>>>();
proven<
  Equal<
    ChangeInput<typeof Everything>['parts'],
    | readonly {
        readonly name: string;
        readonly cost?: Amount | null | undefined;
        readonly count?: number | null | undefined;
      }[]
    | null
    | undefined
  >
>();

/** What ElectroDB infers, as one object, its optional properties with undefined. */
type Told<T> = T extends object
  ? { readonly [K in keyof T]: undefined extends T[K] ? Told<T[K]> | undefined : Told<T[K]> }
  : T;

proven<Equal<Item<typeof Office>, Told<EntityItem<typeof Office.electro>>>>();
proven<Equal<Item<typeof Employee>, Told<EntityItem<typeof Employee.electro>>>>();
proven<Equal<Item<typeof Project>, Told<EntityItem<typeof Project.electro>>>>();
proven<Equal<Item<typeof Task>, Told<EntityItem<typeof Task.electro>>>>();

/** What ElectroDB requires of a new item, less what the writer sets. */
type RequiredOf<T> = { [K in keyof T]-?: undefined extends T[K] ? never : K }[keyof T];
type RequiredByElectro<E extends { readonly name: string }, T> = Exclude<
  RequiredOf<T>,
  'org' | 'version' | 'createdAt' | 'updatedAt' | E['name']
>;

proven<
  Equal<RequiredOf<NewItem<typeof Office>>, RequiredByElectro<typeof Office, CreateEntityItem<typeof Office.electro>>>
>();
proven<
  Equal<
    RequiredOf<NewItem<typeof Employee>>,
    RequiredByElectro<typeof Employee, CreateEntityItem<typeof Employee.electro>>
  >
>();
proven<
  Equal<
    RequiredOf<NewItem<typeof Project>>,
    RequiredByElectro<typeof Project, CreateEntityItem<typeof Project.electro>>
  >
>();
proven<
  Equal<RequiredOf<NewItem<typeof Task>>, RequiredByElectro<typeof Task, CreateEntityItem<typeof Task.electro>>>
>();

// ElectroDB's own entity knows the access patterns and their composites.
Everythings.owned({ org: 'acme', owner: 'ada', textKey: 'x' });
// @ts-expect-error ElectroDB knows what the partition key needs
Everythings.owned({ org: 'acme', textKey: 'x' });
