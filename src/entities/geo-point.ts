import type { MapAttribute } from './core/attributes.ts';
import { degrees } from './core/formats.ts';

/**
 * A point on earth.
 *
 * @example location: { ...geoPoint, required: true, description: 'Where it stands.' }
 */
export const geoPoint = {
  type: 'map',
  graphql: { name: 'GeoPoint', description: 'A point on earth, WGS 84.' },
  properties: {
    lat: { type: 'number', required: true, format: degrees(90), description: 'Latitude in degrees, north positive.' },
    lng: { type: 'number', required: true, format: degrees(180), description: 'Longitude in degrees, east positive.' },
  },
} as const satisfies Omit<MapAttribute, 'description'>;
