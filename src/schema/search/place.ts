import type { InputRef } from '@pothos/core';
import { BadInputError } from '../../errors.ts';
import { searches } from '../../search/all.ts';
import type { EntitySearch } from '../../search/define.ts';
import type { Box, Near, Place, Point } from '../../search/place.ts';
import { builder } from '../builder.ts';

const MAX_METERS = 20_000_000;

/** Made once for all types that have a place. */
const inputs = placeInputs();

function placeInputs() {
  const located = searches.find(({ spec }) => spec.geo !== undefined);
  if (!located?.spec.geo) return undefined;
  const type = builder.entityAttributes(located.entity).input(located.spec.geo) as InputRef<Point>;
  const near = builder.inputType('NearInput', {
    description: 'A place to search around.',
    fields: (t) => ({
      point: t.field({ type, required: true, description: 'The middle.' }),
      withinMeters: t.int({
        required: true,
        defaultValue: 50_000,
        description: `The distance, 1 to ${MAX_METERS} meters.`,
      }),
    }),
  });
  const within = builder.inputType('BoundingBoxInput', {
    description: 'A part of the map. Its west may be east of its east, where it crosses the antimeridian.',
    fields: (t) => ({
      northEast: t.field({ type, required: true, description: 'Its corner in the north-east.' }),
      southWest: t.field({ type, required: true, description: 'Its corner in the south-west.' }),
    }),
  });
  return { near, within };
}

/** The arguments of a search for what has a place; none for others. */
export const placeArgs = ({ spec }: EntitySearch) =>
  spec.geo && inputs
    ? builder.args((t) => ({
        near: t.field({ type: inputs.near, description: 'Only around this place, nearest first after any `orderBy`.' }),
        within: t.field({ type: inputs.within, description: 'Only within this part of the map.' }),
      }))
    : {};

/** Where to search, from {@link placeArgs}. @throws BadInputError */
export const placeIn = ({ near, within }: PlaceArgs): Place => ({
  ...(near ? { near: nearIn(near) } : {}),
  ...(within ? { within: boxIn(within) } : {}),
});

/** What {@link placeArgs} come in as. */
export interface PlaceArgs {
  readonly near?: Near | null | undefined;
  readonly within?: Box | null | undefined;
}

function nearIn({ point, withinMeters }: Near): Near {
  if (withinMeters < 1 || withinMeters > MAX_METERS)
    throw new BadInputError('near.withinMeters', `is ${withinMeters}; give 1 to ${MAX_METERS} meters`);
  return { point: pointIn(point, 'near.point'), withinMeters };
}

function boxIn({ northEast, southWest }: Box): Box {
  const box = { northEast: pointIn(northEast, 'within.northEast'), southWest: pointIn(southWest, 'within.southWest') };
  if (northEast.lat < southWest.lat)
    throw new BadInputError('within.northEast.lat', `is south of southWest.lat, ${southWest.lat}; exchange them`);
  return box;
}

function pointIn({ lat, lng }: Point, path: string): Point {
  if (Math.abs(lat) > 90) throw new BadInputError(`${path}.lat`, `is ${lat}; give degrees from -90 to 90`);
  if (Math.abs(lng) > 180) throw new BadInputError(`${path}.lng`, `is ${lng}; give degrees from -180 to 180`);
  return { lat, lng };
}
