import type { AnyEntity } from '../../entities/core/model.ts';

/** Items of an entity that are asked for, whole or without its wide attributes. */
export interface Wanted {
  readonly entity: AnyEntity;
  /** False leaves out the attributes that the entity declares as `wide`. */
  readonly wide: boolean;
}

/** More names would not fit into the 4 KB of an expression. */
const MAX_NAMES = 800;
const ALWAYS = ['pk', 'sk', 'expires', '__edb_e__', '__edb_v__'];

/** True when something is left out: an entity without wide attributes is always read whole. */
export const isNarrow = ({ entity, wide }: Wanted): boolean =>
  !wide && Object.values(entity.attributes).some((attribute) => attribute.wide);

/**
 * The attributes to read where items of several entities come by one request: whatever one of them needs. Undefined, for
 * all, unless something is left out.
 */
export function projectionOf(wanted: readonly Wanted[]): readonly string[] | undefined {
  if (!wanted.some(isNarrow)) return undefined;
  const names = new Set([...ALWAYS, ...wanted.flatMap(namesOf)]);
  return names.size > MAX_NAMES ? undefined : [...names];
}

function namesOf({ entity, wide }: Wanted): string[] {
  const keys = Object.values(entity.indexes).flatMap(({ index }) => [`${index}pk`, `${index}sk`]);
  const attributes = Object.entries(entity.attributes).filter(([, attribute]) => wide || !attribute.wide);
  return [...keys, ...attributes.map(([name]) => name)];
}

/** Which entities are read without their wide attributes, as text; empty for none. */
export const narrowness = (wanted: readonly Wanted[]): string =>
  [...new Set(wanted.filter(isNarrow).map(({ entity }) => ` without wide attributes of ${entity.name}`))].join('');
