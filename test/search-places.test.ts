import { beforeAll, expect, it } from 'vitest';
import { Office } from '../src/entities/index.ts';
import { textKey } from '../src/search/encoding.ts';
import type { Box, Near, Point } from '../src/search/place.ts';
import { random } from './support/random.ts';
import { startRoster, type TestRoster } from './support/roster.ts';

let roster: TestRoster;
const next = random(29);
const pick = <T>(from: readonly T[]) => from[Math.floor(next() * from.length)] as T;
const client = { org: 'acme', role: 'CLIENT' } as const;

const LATITUDES = [-90, -89.9, -45, -1e-7, 0, 12.5, 47.1, 60, 89.9, 90];
const LONGITUDES = [-180, -179.9, -90, -1e-7, 0, 15.5, 90, 179.9, 180];
const OFFICES = LATITUDES.flatMap((lat) => LONGITUDES.map((lng) => ({ lat, lng }))).map((location, i) => ({
  office: `o${i}`,
  name: pick(['Graz', 'Łódź', 'lodz']),
  zip: '1',
  city: 'Graz',
  state: 'Steiermark',
  country: 'AT',
  location,
}));

beforeAll(async () => {
  roster = await startRoster();
  const at = '2026-01-01T00:00:00.000Z';
  const stamps = { org: 'acme', version: 1, createdAt: at, updatedAt: at };
  await roster.services.table.batchWrite(OFFICES.map((office) => Office.put({ ...stamps, ...office })));
  await roster.indexed();
  return () => roster.stop();
});

interface Found {
  readonly distanceMeters: number | null;
  readonly node: { readonly name: string; readonly location: Point };
}

async function find(place: { readonly near?: Near; readonly within?: Box }, orderBy?: string): Promise<Found[]> {
  const query = `query($near: NearInput, $within: BoundingBoxInput) {
    searchOffices(near: $near, within: $within, first: 100${orderBy ? `, orderBy: ${orderBy}` : ''}) {
      edges { distanceMeters node { name location { lat lng } } } } }`;
  const { data, errors } = await roster.graphql(client, query, place);
  expect(errors).toBeUndefined();
  return data.searchOffices.edges;
}

const points = (found: readonly Found[]) => sorted(found.map(({ node }) => node.location));
const sorted = (of: readonly Point[]) => of.map(({ lat, lng }) => `${lat} ${lng}`).sort();

/** The distance over the ground by the straight line through the earth: not the formula that Roster has. */
function metersBetween(a: Point, b: Point): number {
  const vector = ({ lat, lng }: Point) => {
    const [phi, lambda] = [(lat * Math.PI) / 180, (lng * Math.PI) / 180];
    return [Math.cos(phi) * Math.cos(lambda), Math.cos(phi) * Math.sin(lambda), Math.sin(phi)];
  };
  const [from, to] = [vector(a), vector(b)];
  return 2 * 6_371_000 * Math.asin(Math.min(1, Math.hypot(...from.map((each, i) => each - (to[i] ?? 0))) / 2));
}

const MIDDLES: readonly Point[] = [
  { lat: 47.1, lng: 15.5 },
  { lat: 0, lng: 180 },
  { lat: 89.99, lng: 45 },
  { lat: -90, lng: 0 },
  { lat: 1e-7, lng: -1e-7 },
  ...Array.from({ length: 8 }, () => ({ lat: next() * 180 - 90, lng: next() * 360 - 180 })),
];

it.each(MIDDLES)('finds what is near $lat, $lng, nearest first, and tells how far it is', async (point) => {
  for (const withinMeters of [1, 30_000, 3_000_000, 20_000_000]) {
    const found = await find({ near: { point, withinMeters } });
    // No office stands within a meter of the circle.
    const expected = OFFICES.filter(({ location }) => metersBetween(point, location) <= withinMeters);
    expect(points(found)).toEqual(sorted(expected.map(({ location }) => location)));
    const meters = found.map(({ distanceMeters }) => Number(distanceMeters));
    for (const [i, { node }] of found.entries()) expect(meters[i]).toBeCloseTo(metersBetween(point, node.location), 0);
    for (const [i, each] of meters.entries()) expect(each).toBeGreaterThanOrEqual((meters[i - 1] ?? 0) - 1);
  }
});

it('an order comes before the distance', async () => {
  const point = { lat: 47.1, lng: 15.5 };
  const found = await find({ near: { point, withinMeters: 20_000_000 } }, '[{ by: NAME, order: DESC }]');
  const keys = found.map(({ node }) => textKey(node.name));
  expect(keys).toEqual(keys.toSorted().reverse());
  for (const [i, { distanceMeters }] of found.entries())
    if (keys[i] === keys[i - 1])
      expect(distanceMeters).toBeGreaterThanOrEqual(Number(found[i - 1]?.distanceMeters) - 1);
});

/** Whether a point is in a box: the plain way to tell. The antimeridian is at 180° and at -180°. */
function isIn({ northEast, southWest }: Box, { lat, lng }: Point): boolean {
  const isAcross = southWest.lng > northEast.lng;
  const spans = (degrees: number) => {
    const [afterWest, beforeEast] = [degrees >= southWest.lng, degrees <= northEast.lng];
    return isAcross ? afterWest || beforeEast : afterWest && beforeEast;
  };
  const spelled = Math.abs(lng) === 180 ? [-180, 180] : [lng];
  return lat <= northEast.lat && lat >= southWest.lat && spelled.some(spans);
}

const anyBox = (): Box => {
  const [south = 0, north = 0] = [pick([...LATITUDES, 30]), pick([...LATITUDES, -30])].sort((a, b) => a - b);
  const [west, east] = [pick([...LONGITUDES, 100]), pick([...LONGITUDES, -100])];
  return { northEast: { lat: north, lng: east }, southWest: { lat: south, lng: west } };
};
const box = (south: number, west: number, north: number, east: number): Box => ({
  northEast: { lat: north, lng: east },
  southWest: { lat: south, lng: west },
});

it('finds what is within a part of the map, across the antimeridian as well', async () => {
  const boxes = [
    box(-90, -180, 90, 180),
    box(-90, 90, 90, -90),
    box(-90, 179.95, 90, -179.95),
    box(0, 180, 60, -180),
    box(-90, -180, 90, -170),
    box(-90, 170, 90, 180),
    box(-90, 180, 90, 180),
    box(47.1, 15.5, 47.1, 15.5),
    ...Array.from({ length: 60 }, anyBox),
  ];
  for (const within of boxes) {
    const found = await find({ within });
    const expected = OFFICES.filter(({ location }) => isIn(within, location));
    expect(points(found), JSON.stringify(within)).toEqual(sorted(expected.map(({ location }) => location)));
    for (const { distanceMeters } of found) expect(distanceMeters).toBeNull();
  }
});

it('what is near and within a part of the map is both', async () => {
  const [point] = MIDDLES;
  for (let i = 0; i < 20; i++) {
    const near = { point: point ?? pick(MIDDLES), withinMeters: 8_000_000 };
    const within = anyBox();
    const expected = OFFICES.map(({ location }) => location).filter(
      (location) => isIn(within, location) && metersBetween(near.point, location) <= near.withinMeters,
    );
    expect(points(await find({ near, within }))).toEqual(sorted(expected));
  }
});
