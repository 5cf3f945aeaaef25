/** A point on earth, degrees. */
export interface Point {
  readonly lat: number;
  readonly lng: number;
}

/** A place to search around. */
export interface Near {
  readonly point: Point;
  readonly withinMeters: number;
}

/** A part of the map; west may be east of east, where it crosses the antimeridian. */
export interface Box {
  readonly northEast: Point;
  readonly southWest: Point;
}

/** Where to search. */
export interface Place {
  readonly near?: Near | undefined;
  readonly within?: Box | undefined;
}

/** The conditions of a place. */
export const placeFilter = ({ near, within }: Place): string[] => [
  ...(near ? [`_geoRadius(${pair(near.point)}, ${near.withinMeters})`] : []),
  ...(within ? [boxFilter(within)] : []),
];

/** Nearest first, where there is something to be near to. */
export const placeOrder = ({ near }: Place): string[] => (near ? [`_geoPoint(${pair(near.point)}):asc`] : []);

function boxFilter({ northEast, southWest }: Box): string {
  const box = (west: number, east: number) =>
    `_geoBoundingBox([${northEast.lat}, ${east}], [${southWest.lat}, ${west}])`;
  // Meilisearch knows no box across the antimeridian, which has two names: what a box's side is may be called the other.
  const boxes =
    southWest.lng <= northEast.lng
      ? [
          box(southWest.lng, northEast.lng),
          ...(northEast.lng === 180 ? [box(-180, -180)] : []),
          ...(southWest.lng === -180 ? [box(180, 180)] : []),
        ]
      : [box(southWest.lng, 180), box(-180, northEast.lng)];
  return `(${boxes.join(' OR ')})`;
}

const pair = ({ lat, lng }: Point): string => `${lat}, ${lng}`;

/** The mean radius of the earth, by which Meilisearch reckons as well. */
const EARTH_METERS = 6_371_000;

/** The distance of two points over the ground, meters. */
export function distanceMeters(a: Point, b: Point): number {
  const [latA, latB] = [radians(a.lat), radians(b.lat)];
  const halfLat = Math.sin((latB - latA) / 2) ** 2;
  const halfLng = Math.sin(radians(b.lng - a.lng) / 2) ** 2;
  return 2 * EARTH_METERS * Math.asin(Math.sqrt(Math.min(1, halfLat + Math.cos(latA) * Math.cos(latB) * halfLng)));
}

const radians = (degrees: number): number => (degrees * Math.PI) / 180;
