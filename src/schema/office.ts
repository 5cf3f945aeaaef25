import { readPermission } from '../auth/policy.ts';
import { Employee, Office } from '../entities/index.ts';
import { slug } from '../entities/keys.ts';
import { createItem, deleteItem, updateItem } from '../entities/write.ts';
import { builder } from './builder.ts';
import { describe, expectedVersion, keyOf, leading, Versioned, written } from './common.ts';
import { decodeIdOf } from './electrodb/global-id.ts';
import { loadWithPages } from './electrodb/look-ahead.ts';
import { Team } from './enums.ts';
import { failures } from './errors.ts';
import { toMany } from './relation.ts';
import { connectionOf, typeOf } from './types.ts';

const about = describe(Office);

const GeoPoint = builder.objectRef<{ readonly lat: number; readonly lng: number }>('GeoPoint').implement({
  description: 'A point on earth, WGS 84.',
  fields: (t) => ({
    lat: t.exposeFloat('lat', { description: 'Latitude in degrees, north positive.' }),
    lng: t.exposeFloat('lng', { description: 'Longitude in degrees, east positive.' }),
  }),
});

/** A point as an argument. */
export const GeoPointInput = builder.inputType('GeoPointInput', {
  description: 'A point on earth, WGS 84.',
  fields: (t) => ({
    lat: t.float({ required: true, description: 'Latitude in degrees, -90 to 90, north positive.' }),
    lng: t.float({ required: true, description: 'Longitude in degrees, -180 to 180, east positive.' }),
  }),
});

const OfficeType = typeOf(Office);
const employees = toMany(Employee, 'workplaces', 'office', 'team', 'Office.employees');

builder.node(OfficeType, {
  description: 'A place of work.',
  authScopes: { may: readPermission('office') },
  interfaces: [Versioned],
  id: { resolve: ({ office }) => office },
  loadManyWithoutCache: (ids, { reader }) => reader.loadMany(Office, ids),
  fields: (t) => ({
    name: t.exposeString('name', { description: about('name') }),
    street: t.exposeString('street', { nullable: true, description: about('street') }),
    zip: t.exposeString('zip', { description: about('zip') }),
    city: t.exposeString('city', { description: about('city') }),
    state: t.exposeString('state', { description: about('state') }),
    country: t.expose('country', { type: 'CountryCode', description: about('country') }),
    location: t.expose('location', { type: GeoPoint, description: about('location') }),
    employees: t.connection(
      {
        type: typeOf(Employee),
        nullable: true,
        description: 'Those who work here, by team and title.',
        authScopes: { may: 'directory:read' },
        args: { team: t.arg({ type: Team, description: 'Only this team.' }) },
        extensions: employees.extensions,
        resolve: ({ office }, args, ctx) => employees.page(office, args, ctx),
      },
      connectionOf(Employee),
    ),
  }),
});

builder.queryFields((t) => ({
  office: t.field({
    type: OfficeType,
    nullable: true,
    description: 'An office, null when there is none of this id.',
    authScopes: { may: readPermission('office') },
    args: { id: t.arg.id({ required: true, description: "The office's id." }) },
    resolve: (_root, { id }, { reader }, info) => loadWithPages(reader, Office, decodeIdOf('Office', id, 'id'), info),
  }),
  offices: t.connection(
    {
      type: OfficeType,
      nullable: true,
      description:
        'Offices by place. Narrow down from the left: country, state, city, zip. Case and accents do not count.',
      authScopes: { may: 'offices:read' },
      args: {
        country: t.arg({ type: 'CountryCode', description: 'Only in this country.' }),
        state: t.arg.string({ description: 'Only in this state, province or region; needs country.' }),
        city: t.arg.string({ description: 'Only in this city; needs state.' }),
        zip: t.arg.string({ description: 'Only with this postal code; needs city.' }),
      },
      resolve: (_root, { country, state, city, zip, ...page }, { reader }) => {
        const [stateKey, cityKey, zipKey] = [state, city, zip].map((text) =>
          typeof text === 'string' ? slug(text) : text,
        );
        const place = leading({ country, stateKey, cityKey, zipKey }, (name) => name.replace(/Key$/, ''));
        return reader.connection(Office, 'locations', place, page, 'Query.offices');
      },
    },
    connectionOf(Office),
  ),
}));

const CreateOfficeInput = builder.inputType('CreateOfficeInput', {
  description: 'A new office.',
  fields: (t) => ({
    name: t.string({ required: true, description: about('name') }),
    street: t.string({ description: about('street') }),
    zip: t.string({ required: true, description: about('zip') }),
    city: t.string({ required: true, description: about('city') }),
    state: t.string({ required: true, description: about('state') }),
    country: t.field({ type: 'CountryCode', required: true, description: about('country') }),
    location: t.field({ type: GeoPointInput, required: true, description: about('location') }),
  }),
});

const UpdateOfficeInput = builder.inputType('UpdateOfficeInput', {
  description: 'Changes to an office. What is left out stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The office to change.' }),
    expectedVersion: t.int({ description: expectedVersion }),
    name: t.string({ description: about('name') }),
    street: t.string({ description: `${about('street')} Null removes it.` }),
    zip: t.string({ description: about('zip') }),
    city: t.string({ description: about('city') }),
    state: t.string({ description: about('state') }),
    country: t.field({ type: 'CountryCode', description: about('country') }),
    location: t.field({ type: GeoPointInput, description: about('location') }),
  }),
});

const CloseOfficeInput = builder.inputType('CloseOfficeInput', {
  description: 'An office to delete.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The office to delete.' }),
    expectedVersion: t.int({ description: expectedVersion }),
  }),
});

builder.mutationFields((t) => ({
  createOffice: t.field({
    type: OfficeType,
    nullable: true,
    description: 'Opens an office.',
    authScopes: { may: 'offices:write' },
    errors: { types: failures.create },
    args: { input: t.arg({ type: CreateOfficeInput, required: true, description: 'The new office.' }) },
    resolve: (_root, { input }, ctx) => written(ctx, createItem(ctx, Office, ctx.viewer.org, input)),
  }),
  updateOffice: t.field({
    type: OfficeType,
    nullable: true,
    description: 'Changes an office.',
    authScopes: { may: 'offices:write' },
    errors: { types: failures.update },
    args: { input: t.arg({ type: UpdateOfficeInput, required: true, description: 'Which office and what changes.' }) },
    resolve: (_root, { input: { id, expectedVersion: version, ...changes } }, ctx) => {
      const key = keyOf(ctx, Office, id);
      return written(ctx, updateItem(ctx, Office, key, changes, version));
    },
  }),
  closeOffice: t.field({
    type: OfficeType,
    nullable: true,
    description: 'Deletes an office that nobody works at any more.',
    authScopes: { may: 'offices:write' },
    errors: { types: failures.remove },
    args: { input: t.arg({ type: CloseOfficeInput, required: true, description: 'Which office.' }) },
    resolve: (_root, { input }, ctx) => {
      const key = keyOf(ctx, Office, input.id);
      return written(ctx, deleteItem(ctx, Office, key, input.expectedVersion));
    },
  }),
}));
