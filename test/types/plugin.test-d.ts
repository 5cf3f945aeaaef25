import { defineEntity, slugOf } from '../../src/entities/core/define.ts';
import { integer, keySafe, line } from '../../src/entities/core/formats.ts';
import { Employee, Office, Project, Task } from '../../src/entities/index.ts';
import { builder } from '../../src/schema/builder.ts';

// What the plugin's types promise: each line under an expectation must not compile. Nothing here runs.

const Badge = defineEntity({
  name: 'badge',
  description: 'What opens doors.',
  attributes: {
    employee: { type: 'string', required: true, format: keySafe, references: 'employee', description: 'Whose it is.' },
    kind: { type: ['card', 'key'], required: true, default: 'card', description: 'What it is.' },
    serial: { type: 'string', required: true, readOnly: true, format: line(20), description: 'What is printed on it.' },
    pin: { type: 'string', hidden: true, format: line(8), description: 'What nobody may see.' },
    chip: {
      type: 'map',
      description: 'What is inside.',
      properties: {
        model: { type: 'string', required: true, format: line(20), description: 'Which chip.' },
        secret: { type: 'string', hidden: true, description: 'What nobody may see either.' },
      },
    },
  },
  indexes: { holders: { index: 'gsi2', pk: ['employee'], sk: ['kind', 'badge'] } },
});

// Attributes
builder.entity(Badge, {
  omit: ['chip'],
  fields: (t) => ({
    serial: t.attribute('serial', { deprecationReason: 'Nobody reads it.' }),
    upper: t.string({ resolve: ({ serial }) => serial.toUpperCase() }),
    kind: t.attribute('kind', { authScopes: ({ kind }) => kind === 'card' }),
    // @ts-expect-error a hidden attribute can't be shown
    pin: t.attribute('pin'),
    // @ts-expect-error nor can a resolver reach it
    pin2: t.string({ resolve: ({ pin }) => pin }),
    // @ts-expect-error nor a hidden property of a map
    secret: t.string({ nullable: true, resolve: ({ chip }) => chip?.secret }),
    // @ts-expect-error the organization is nobody's choice
    org: t.attribute('org'),
    // @ts-expect-error no attribute has this name
    serail: t.attribute('serail'),
    // @ts-expect-error a scope that the builder does not know
    scoped: t.attribute('serial', { authScopes: { can: 'directory:read' } }),
  }),
});

// @ts-expect-error a hidden attribute is out of the type already
builder.entity(Badge, { omit: ['pin'] });

// @ts-expect-error the interface of every entity shows it
builder.entity(Badge, { omit: ['version'] });
// @ts-expect-error nobody can filter by what nobody can see
builder.entity(Badge, { omit: ['chip'], filterable: ['pin'] });

// Restricted attributes
// @ts-expect-error who may read salaries must be said
builder.entity(Employee, {});
// @ts-expect-error whether one may filter by them, too
builder.entity(Employee, { restricted: { read: () => true } });
// @ts-expect-error whether one may filter by them is not yet who may read them
builder.entity(Employee, { restricted: { filter: () => false } });
// @ts-expect-error what other plugins check can be replaced by a field's own options
builder.entity(Employee, { restricted: { read: () => true, filter: () => true, authScopes: { may: 'pay:read' } } });
builder.entity(Employee, { restricted: { read: async () => false, filter: () => false } });
// @ts-expect-error a promise is always true
builder.entity(Employee, { restricted: { read: () => false, filter: async () => false } });
// @ts-expect-error an office has none
builder.entity(Office, { restricted: { read: () => true, filter: () => true } });

// Relations
builder.entity(Office, {
  fields: (t) => ({
    staff: t.toMany(Employee, 'workplaces', { by: ['team', 'titleKey'] }),
    // @ts-expect-error no access pattern has this name
    misspelt: t.toMany(Employee, 'workplace'),
    // @ts-expect-error an access pattern that does not start from an office
    foreign: t.toMany(Employee, 'reports'),
    // @ts-expect-error a gap: team comes before titleKey
    gap: t.toMany(Employee, 'workplaces', { by: ['titleKey'] }),
    // @ts-expect-error a composite of another access pattern
    other: t.toMany(Employee, 'workplaces', { by: ['office'] }),
    // @ts-expect-error a range is over the composite behind the conditions
    range: t.toMany(Employee, 'workplaces', { by: [], range: 'titleKey' }),
    // @ts-expect-error an office holds nobody's id
    reference: t.toOne('city'),
  }),
});

builder.entity(Project, {
  fields: (t) => ({
    lead: t.toOne('lead', { guaranteed: true }),
    board: t.toMany(Task, 'board', { by: ['status'], order: 'DESC', filter: false }),
    // @ts-expect-error ascending or descending
    order: t.toMany(Task, 'board', { order: 'down' }),
    // @ts-expect-error a name is no id
    name: t.toOne('name'),
  }),
});

/** An entity in whose keys is what can be no argument. */
const Parcel = defineEntity({
  name: 'parcel',
  description: 'What is on its way.',
  attributes: {
    employee: { type: 'string', format: keySafe, references: 'employee', description: 'Whose it is.' },
    size: { type: ['small', 'large'], required: true, description: 'How large it is.' },
    code: { type: 'string', required: true, hidden: true, default: 'x', format: keySafe, description: 'The lock.' },
    note: { type: 'string', hidden: true, format: line(40), description: 'What nobody may see.' },
    noteKey: slugOf('note'),
    order: { type: 'number', required: true, format: integer(0, 9), description: 'Which one it is.' },
  },
  indexes: {
    lockers: { index: 'gsi1', pk: ['employee', 'code'], sk: ['size', 'parcel'] },
    notes: { index: 'gsi2', pk: [], sk: ['size', 'noteKey', 'order'] },
    orders: { index: 'gsi3', pk: ['employee'], sk: ['order', 'size'] },
  },
});

builder.entityFields(Employee, (t) => ({
  parcels: t.toMany(Parcel, 'orders'),
  // @ts-expect-error a hidden composite of the partition would be an argument
  lockers: t.toMany(Parcel, 'lockers'),
  // @ts-expect-error lists have an argument of this name
  order: t.toMany(Parcel, 'orders', { by: ['order'] }),
  // @ts-expect-error be it for a run of values
  orders: t.toMany(Parcel, 'orders', { range: 'order' }),
}));

builder.queryFields((t) => ({
  notes: t.list(Parcel, 'notes', { by: ['size'] }),
  // @ts-expect-error the slug of what nobody may see
  note: t.list(Parcel, 'notes', { by: ['size', 'noteKey'] }),
  // @ts-expect-error nor a run of them
  notesFrom: t.list(Parcel, 'notes', { by: ['size'], range: 'noteKey' }),
  // @ts-expect-error what stands behind them is out of reach
  behind: t.list(Parcel, 'notes', { by: ['size', 'noteKey', 'order'] }),
  // @ts-expect-error a hidden composite of the partition would be an argument
  lockers: t.list(Parcel, 'lockers'),
  // @ts-expect-error an enumeration has no runs of values
  sizes: t.list(Parcel, 'notes', { range: 'size' }),
  // @ts-expect-error nor has an id
  ids: t.list(Project, 'portfolio', { by: ['status'], range: 'project' }),
  // @ts-expect-error nor has a reference
  teams: t.list(Employee, 'reports', { by: ['team'], range: 'office' }),
}));

// Root fields
builder.queryFields((t) => ({
  one: t.byId(Office),
  own: t.byId(Employee, { id: (_root, { viewer }) => viewer.employee }),
  list: t.list(Office, 'locations', { by: ['country'], range: 'stateKey' }),
  // @ts-expect-error no access pattern has this name
  misspelt: t.list(Office, 'location'),
  // @ts-expect-error state comes after country
  gap: t.list(Office, 'locations', { by: ['stateKey'] }),
}));

// Inputs
builder.mutationFields((t) => ({
  create: t.create(Badge, { values: (given) => ({ ...given, serial: given.serial.trim() }) }),
  update: t.update(Badge, { only: ['kind'], changes: (given) => (current) => ({ kind: given.kind ?? current.kind }) }),
  // @ts-expect-error the server sets versions
  version: t.create(Badge, { only: ['version'] }),
  // @ts-expect-error a serial is read only
  readOnly: t.update(Badge, { only: ['serial'] }),
  // @ts-expect-error nobody can give what nobody can see
  hidden: t.update(Badge, { except: ['org'] }),
  // @ts-expect-error not one of its kinds
  kind: t.update(Badge, { changes: () => ({ kind: 'ring' }) }),
  // @ts-expect-error a kind is required, and can't be removed
  removed: t.update(Badge, { changes: () => ({ kind: null }) }),
  // @ts-expect-error nor when that depends on the item
  removedLater: t.update(Badge, { changes: () => () => ({ kind: null }) }),
  // @ts-expect-error no attribute has this name
  misspelt: t.update(Badge, { changes: () => ({ knid: 'key' }) }),
}));

// Inputs that leave something out
builder.mutationFields((t) => ({
  made: t.create(Badge, { except: ['serial'], values: (given) => ({ ...given, serial: 'A1' }) }),
  few: t.create(Badge, { only: ['employee'], values: ({ employee }) => ({ employee, serial: 'A1' }) }),
  optional: t.create(Badge, { except: ['kind', 'chip'] }),
  none: t.update(Badge, { only: [], changes: (given) => ({ kind: Object.keys(given).length > 0 ? 'key' : 'card' }) }),
  // Values of enumerations keep their types in what is returned.
  key: t.update(Badge, { changes: () => ({ kind: 'key' }) }),
  other: t.update(Badge, { changes: (_given) => (current) => ({ kind: current.kind === 'key' ? 'card' : 'key' }) }),
  card: t.create(Badge, { values: (given) => ({ ...given, kind: given.chip ? 'card' : 'key' }) }),
  // @ts-expect-error nothing would change
  nothing: t.update(Badge, { only: [] }),
  // @ts-expect-error a serial is required, and nobody gives one
  missing: t.create(Badge, { except: ['serial'] }),
  // @ts-expect-error nor here
  missingToo: t.create(Badge, { only: ['employee'] }),
  // @ts-expect-error what is left out is not among what is given
  leftOut: t.create(Badge, { except: ['serial'], values: (given) => ({ ...given, serial: given.serial.trim() }) }),
  // @ts-expect-error nor what is not chosen
  notChosen: t.update(Badge, { only: ['chip'], changes: ({ kind }) => ({ kind: kind ?? 'key' }) }),
  // @ts-expect-error nor what is hidden
  pinned: t.create(Badge, { values: (given) => ({ ...given, pin: given.pin }) }),
  // @ts-expect-error nor a hidden property
  secret: t.update(Badge, { changes: ({ chip }) => ({ serial: chip?.secret }) }),
  // @ts-expect-error what is given is typed
  any: t.create(Badge, { values: (given) => ({ ...given, serial: given.serial.misspelt }) }),
  // @ts-expect-error what is stored too
  stored: t.create(Badge, { values: (given) => ({ ...given, serial: 1 }) }),
  // @ts-expect-error a hidden attribute is nobody's to give
  hiddenGiven: t.create(Badge, { only: ['employee', 'serial', 'pin'] }),
}));

const Token = defineEntity({
  name: 'token',
  description: 'What opens other doors.',
  attributes: { hash: { type: 'string', required: true, hidden: true, description: 'What nobody may see.' } },
  indexes: {},
});

builder.mutationFields((t) => ({
  hashed: t.create(Token, { values: () => ({ hash: 'x' }) }),
  // @ts-expect-error something hidden is required
  hashless: t.create(Token),
}));

// Options that are the plugin's own
builder.queryFields((t) => ({
  // @ts-expect-error whether there is an object is not known beforehand
  nullable: t.byId(Office, { nullable: false }),
  // @ts-expect-error where the plugin keeps what it knows of a field
  extensions: t.byId(Office, { extensions: {} }),
  // @ts-expect-error the plugin resolves it
  resolve: t.byId(Office, { resolve: () => null }),
  // @ts-expect-error an id is text
  number: t.byId(Office, { id: () => 1 }),
  // @ts-expect-error nothing of this name is in the context
  context: t.byId(Office, { id: (_root, { viwer }) => viwer }),
}));

builder.entityFields(Employee, (t) => ({
  boss: t.byId(Employee, { id: ({ manager }) => manager }),
  // @ts-expect-error nothing of this name is in the parent
  misspelt: t.byId(Employee, { id: ({ mangaer }) => mangaer }),
}));

// A reference to an entity's type knows its items.
builder.objectFields(builder.entityRef(Office), (t) => ({
  // @ts-expect-error a hidden attribute
  slug: t.string({ resolve: ({ cityKey }) => cityKey }),
}));

// Arguments
builder.inputType('BadgeArgs', {
  fields: (t) => ({
    kind: t.field({ type: builder.attributeInput(Badge, 'kind'), defaultValue: 'key' }),
    // @ts-expect-error the enumeration's values survive
    ring: t.field({ type: builder.attributeInput(Badge, 'kind'), defaultValue: 'ring' }),
    // @ts-expect-error a hidden attribute is no argument
    pin: t.field({ type: builder.attributeInput(Badge, 'pin') }),
  }),
});
