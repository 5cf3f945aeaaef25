import type { DerivedAttribute } from './attributes.ts';
import { slugged } from './formats.ts';
import { NONE, slug } from './keys.ts';

/**
 * A hidden attribute that holds the slug of another one, for free text that must sort or match within a key. An
 * optional source that is absent has none either.
 *
 * @example
 * attributes: { city: { type: 'string', … }, cityKey: slugOf('city') }, indexes: { places: { …, sk: ['cityKey'] } }
 */
export const slugOf = <const Source extends string>(source: Source) =>
  ({
    type: 'string',
    hidden: true,
    slugOf: source,
    watch: [source],
    set: (_value: unknown, item: Readonly<Record<string, unknown>>) => {
      const text = item[source];
      return typeof text === 'string' ? slug(text) : NONE;
    },
    format: slugged,
    description: `\`${source}\` in key form.`,
  }) as const satisfies DerivedAttribute;
