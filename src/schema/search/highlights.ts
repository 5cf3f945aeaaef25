import type { EntitySearch } from '../../search/define.ts';
import type { Highlight } from '../../search/highlights.ts';
import { builder } from '../builder.ts';
import { typeName } from '../electrodb/names.ts';
import { fieldName } from './names.ts';

/** The highlighted text of one hit, by the path of its attribute. */
export type Highlights = (path: string) => Highlight | undefined;

const TEXT = { description: 'The text alone; not escaped.' };
const HTML = { description: 'The text escaped for HTML, matching words within `<mark>`.' };

const HighlightType = builder.objectRef<Highlight>('Highlight').implement({
  description: 'Text of a hit, and which of it matches.',
  fields: (t) => ({
    text: t.exposeString('text', TEXT),
    html: t.exposeString('html', HTML),
    matches: t.exposeBoolean('matches', { description: 'Whether anything in it matches.' }),
  }),
});

/** Highlighted text and where it is from, where hits are of several types. */
export interface FieldHighlight extends Highlight {
  readonly field: string;
}

/** {@link FieldHighlight} */
export const FieldHighlightType = builder.objectRef<FieldHighlight>('FieldHighlight').implement({
  description: 'Text of a hit that matches.',
  fields: (t) => ({
    field: t.exposeString('field', { description: 'The field of the object that it is from.' }),
    text: t.exposeString('text', TEXT),
    html: t.exposeString('html', HTML),
  }),
});

/** Highlighted text that everyone in the organization may read. */
export const openHighlights = ({ spec, isRestricted }: EntitySearch): string[] =>
  spec.highlighted.filter((path) => !isRestricted(path));

/** The highlights of an entity's hits; undefined when it has none. */
export function highlightsType(search: EntitySearch) {
  const paths = openHighlights(search);
  if (paths.length === 0) return undefined;
  const name = typeName(search.entity);
  const attributes = builder.entityAttributes(search.entity);
  return builder.objectRef<Highlights>(`${name}SearchHighlights`).implement({
    description: `Text of the ${name} with what matches marked.`,
    fields: (t) =>
      Object.fromEntries(
        paths.map((path) => {
          const words = search.spec.cropped[path];
          const part = words === undefined ? '' : ` At most ${words} words, around the best match.`;
          const field = t.field({
            type: HighlightType,
            nullable: true,
            description: `${attributes.place(path).value.description ?? ''}${part}`,
            resolve: (highlights) => highlights(path),
          });
          return [fieldName(path), field];
        }),
      ),
  });
}
