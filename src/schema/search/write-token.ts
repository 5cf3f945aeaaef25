import { BadInputError } from '../../errors.ts';
import { searches } from '../../search/all.ts';
import type { Write } from '../../search/written.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';
import { extensionsOf } from '../electrodb/facts.ts';

/** Name of the argument, for messages. */
const ARGUMENT = 'afterWrite';

for (const { entity } of searches)
  builder.entityFields(entity, (t) => ({
    writeToken: t.string({
      description:
        'Stands for this version of the object; in the answer of a mutation, for what it wrote or deleted. Pass it as `afterWrite` to a search that must see no older one.',
      extensions: extensionsOf({ kind: 'attribute', names: [entity.name, 'version'] }),
      resolve: (item, _args, { cursors, viewer, writer }) => {
        // Every entity has both attributes, which the type of any entity does not show.
        const { version, [entity.name]: id } = item as { readonly version: number; readonly [name: string]: unknown };
        const written = writer.hasDeleted(item) ? [] : [version];
        return cursors.encode([entity.name, String(id), ...written], scopeOf(viewer.org));
      },
    }),
  }));

/** Tokens belong to an organization. No cursor has such a scope: those are lists. */
const scopeOf = (org: string): string => JSON.stringify({ writtenIn: org });

/**
 * The write that a token stands for; undefined where there is none.
 *
 * @throws BadInputError for anything but a token of the viewer's organization
 */
export function writeOf(
  { cursors, viewer }: Pick<Context, 'cursors' | 'viewer'>,
  token: string | null | undefined,
): Write | undefined {
  if (token === null || token === undefined) return undefined;
  try {
    const [name, id, version] = cursors.decode(token, scopeOf(viewer.org), ARGUMENT);
    const search = searches.find(({ entity }) => entity.name === name);
    if (!search) throw new Error(`${name} is not searchable any more`);
    return { search, org: viewer.org, id: String(id), version: version === undefined ? undefined : Number(version) };
  } catch (cause) {
    throw new BadInputError(
      ARGUMENT,
      'is no write token of your organization; take one from an object that a mutation answered, or leave it out',
      { cause },
    );
  }
}
