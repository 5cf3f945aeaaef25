import { BadInputError } from '../../errors.ts';
import type { Attribute } from './attributes.ts';
import type { UntypedElectro } from './electro.ts';
import { isKeySafe, NONE } from './keys.ts';
import type { AnyEntity, IndexSpec } from './model.ts';
import type { QueryRange } from './table.ts';

/** Limits of one composite of a sort key. */
export interface Bounds {
  /** The composite behind those that are given. */
  readonly composite: string;
  /** The least value, included. */
  readonly from?: string | number | undefined;
  /** The greatest value, included. */
  readonly to?: string | number | undefined;
  /** What values begin with; not together with the others. */
  readonly beginsWith?: string | undefined;
}

// A value is followed by `#` or by nothing, and `$` sorts right behind `#` and before all that values are made of.
const BEHIND_VALUE = '$';
// Values begin with a letter or digit. The sentinel of an absent one sorts before them: it is within no bounds.
const FIRST_VALUE = '0';
const LAST = '\uffff';

/** The part of an index that has these composites and is within these bounds. See {@link AnyEntity.range}. */
export function rangeOf(
  entity: Pick<AnyEntity, 'name' | 'attributes' | 'indexes'>,
  electro: UntypedElectro,
  index: string,
  composites: Readonly<Record<string, string | number>>,
  bounds?: Bounds,
): QueryRange {
  const pattern = `${entity.name}.${index}`;
  const spec = entity.indexes[index];
  const query = electro.query[index];
  if (!spec || !query)
    throw new Error(`${entity.name} has no index "${index}"; it has ${Object.keys(entity.indexes).join(', ')}`);
  const next = nextComposite(pattern, spec, composites);
  for (const [name, value] of Object.entries(composites)) assertComposite(entity.attributes[name], name, value);
  const values = query(composites).params().ExpressionAttributeValues;
  const range = { index: spec.index, pk: values[':pk'] ?? '', beginsWith: values[':sk1'] ?? '', pattern };
  if (!bounds) return next === undefined ? { ...range, between: [range.beginsWith, range.beginsWith] } : range;
  if (bounds.composite !== next) {
    const rule = next === undefined ? 'nothing is left to bound' : `the next composite is "${next}"`;
    throw new Error(`${pattern}: bounds of "${bounds.composite}" leave a gap; ${rule}`);
  }
  return { ...range, ...within(range.beginsWith, entity.attributes[next], bounds) };
}

/** The sort key's first composite that is not given. @throws Error for strays and gaps */
function nextComposite(pattern: string, { pk, sk }: IndexSpec, composites: object): string | undefined {
  const given = (name: string) => Object.hasOwn(composites, name);
  const stray = Object.keys(composites).find((name) => !['org', ...pk, ...sk].includes(name));
  if (stray) throw new Error(`${pattern} has no composite "${stray}"; it has ${[...pk, ...sk].join(', ')}`);
  const missing = ['org', ...pk].filter((name) => !given(name));
  if (missing.length > 0)
    throw new Error(`${pattern} needs all of ${['org', ...pk].join(', ')}; give ${missing.join(', ')}`);
  const next = sk.findIndex((name) => !given(name));
  if (next === -1) return undefined;
  if (sk.slice(next).some(given))
    throw new Error(`${pattern}: sort composites leave a gap; give ${sk.join(', ')} from the left`);
  return sk[next];
}

function within(prefix: string, attribute: Attribute | undefined, bounds: Bounds): Partial<QueryRange> {
  const { composite, from, to, beginsWith } = bounds;
  if (beginsWith !== undefined) {
    if (from !== undefined || to !== undefined)
      throw new BadInputError(`${composite}.beginsWith`, "can't be combined with from and to; give one or the other");
    if (attribute?.type === 'number')
      throw new BadInputError(`${composite}.beginsWith`, 'is for text; give from and to for a number');
    return { beginsWith: prefix + keyText(attribute, `${composite}.beginsWith`, beginsWith) };
  }
  if (from === undefined && to === undefined) return {};
  const least = from === undefined ? FIRST_VALUE : keyText(attribute, `${composite}.from`, from);
  const greatest = to === undefined ? LAST : keyText(attribute, `${composite}.to`, to);
  if (least > greatest)
    throw new BadInputError(`${composite}.from`, `is ${from}, behind ${composite}.to, which is ${to}; swap them`);
  return { between: [prefix + least, prefix + greatest + (to === undefined ? '' : BEHIND_VALUE)] };
}

/** A bound as keys have it. @throws BadInputError */
function keyText(attribute: Attribute | undefined, argument: string, value: string | number): string {
  if (attribute?.type === 'number') {
    assertNumber(attribute, argument, value);
    return String(value).padStart(attribute.format?.digits ?? 0, '0');
  }
  if (typeof value !== 'string' || !isKeySafe(value)) throw notKeySafe(argument, value);
  return value;
}

function assertComposite(attribute: Attribute | undefined, name: string, value: string | number): void {
  if (attribute?.type === 'number') assertNumber(attribute, name, value);
  // The sentinel asks for the items that have no value there.
  else if (typeof value !== 'string' || !(value === NONE || isKeySafe(value))) throw notKeySafe(name, value);
}

function assertNumber(attribute: Attribute, argument: string, value: string | number): void {
  const result = attribute.format?.check.safeParse(value);
  if (!result?.success)
    throw new BadInputError(argument, `is ${value}; it ${result?.error.issues[0]?.message ?? 'has no format'}`);
}

const notKeySafe = (argument: string, value: unknown) =>
  new BadInputError(
    argument,
    `is ${JSON.stringify(value)?.slice(0, 60)}; give 1 to 255 letters, digits, "_" or "-", beginning with a letter or digit`,
  );
