import { defineEntity, type Item, slugOf } from './core/define.ts';
import { country, line } from './core/formats.ts';
import { geoPoint } from './geo-point.ts';

/** A place of work. */
export const Office = defineEntity({
  name: 'office',
  description: 'A place of work.',
  attributes: {
    name: { type: 'string', required: true, format: line(120), description: 'What people call it.' },
    street: { type: 'string', format: line(200), description: 'Street and number.' },
    zip: { type: 'string', required: true, format: line(20), description: 'Postal code.' },
    city: { type: 'string', required: true, format: line(120), description: 'City.' },
    state: { type: 'string', required: true, format: line(120), description: 'State, province or region.' },
    country: { type: 'string', required: true, format: country, description: 'Country, ISO 3166-1 alpha-2.' },
    location: { ...geoPoint, required: true, description: 'Where it stands, WGS 84.' },
    stateKey: slugOf('state'),
    cityKey: slugOf('city'),
    zipKey: slugOf('zip'),
  },
  indexes: {
    workplaces: { index: 'gsi1', collection: 'workplaces', type: 'clustered', pk: ['office'], sk: [] },
    locations: { index: 'gsi3', pk: [], sk: ['country', 'stateKey', 'cityKey', 'zipKey', 'office'] },
  },
});
/** An office as readers see it: hidden attributes left out. */
export type Office = Item<typeof Office>;
