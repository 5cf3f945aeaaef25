import { createHash } from 'node:crypto';
import { type AnyValue, type Attributes, itemsOf } from '../../entities/core/attributes.ts';
import type { EntitySearch } from '../define.ts';

/** As many different items as it takes to tell what documents are made of. */
const SAMPLES = 12;

const TEXTS = ['Åsa Straße', 'b', 'München 2', 'ΑΒΓ', '東京', 'o’neill', 'x-1', '0', 'Zz'];
const DATES = ['2024-02-29', '1999-12-31', '2000-01-01', '1970-07-15'];
const NUMBERS = [0, 1, 12.5, -7, 1_000_000, 229];

/** Some value that an attribute could have; another one for another number. */
function sample(attribute: AnyValue, n: number): unknown {
  const { type, format, properties } = attribute;
  const items = itemsOf(attribute);
  if (typeof type === 'object') return type[n % type.length];
  if (items) return Array.from({ length: n % 3 }, (_, i) => sample(items, n + i));
  if (properties) return samples(properties, n);
  if (type === 'number') return NUMBERS[n % NUMBERS.length];
  if (type === 'boolean') return n % 2 === 0;
  if (format?.scalar === 'Date') return DATES[n % DATES.length];
  if (format?.scalar === 'DateTime') return `${DATES[n % DATES.length]}T12:34:56.789Z`;
  return TEXTS[n % TEXTS.length];
}

/** Some item; optional attributes are left out now and then. */
const samples = (attributes: Attributes | NonNullable<AnyValue['properties']>, n: number): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(attributes).flatMap(([name, attribute], i) =>
      !attribute.required && (n + i) % 5 === 4 ? [] : [[name, sample(attribute, n + i)]],
    ),
  );

const known = new WeakMap<EntitySearch, string>();

/**
 * Tells declarations of an entity's indexes apart, by what they come to: the settings, and the documents of some made-up
 * items. Indexes that were built by a declaration with another fingerprint must be rebuilt.
 */
export function declarationOf(search: EntitySearch): string {
  const declaration = known.get(search) ?? fingerprintOf(search);
  // Asked once a minute and for every rebuild, and never another one.
  known.set(search, declaration);
  return declaration;
}

function fingerprintOf({ entity, indexes }: EntitySearch): string {
  const items = Array.from({ length: SAMPLES }, (_, n) => samples(entity.attributes, n));
  const key = { org: 'Org-1', id: 'Id_1' };
  const facts = indexes.map((index) => [
    index.name,
    index.settings,
    items.map((item, n) => index.document(key, item, n % 2 === 0 ? undefined : n)),
  ]);
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 32);
}
