import { defineEntity, type Item, slugOf } from './define.ts';
import { country, degrees, line } from './formats.ts';

/** A place of work. */
export const Office = defineEntity({
  name: 'office',
  attributes: {
    name: { type: 'string', required: true, format: line(120), description: 'What people call it.' },
    street: { type: 'string', format: line(200), description: 'Street and number.' },
    zip: { type: 'string', required: true, format: line(20), description: 'Postal code.' },
    city: { type: 'string', required: true, format: line(120), description: 'City.' },
    state: { type: 'string', required: true, format: line(120), description: 'State, province or region.' },
    country: { type: 'string', required: true, format: country, description: 'Country, ISO 3166-1 alpha-2.' },
    location: {
      type: 'map',
      required: true,
      description: 'Where it stands, WGS 84.',
      properties: {
        lat: {
          type: 'number',
          required: true,
          format: degrees(90),
          description: 'Latitude in degrees, north positive.',
        },
        lng: {
          type: 'number',
          required: true,
          format: degrees(180),
          description: 'Longitude in degrees, east positive.',
        },
      },
    },
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
