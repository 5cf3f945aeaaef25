import type { AnyEntity } from '../entities/model.ts';
import type { Context } from './context.ts';
import { TO_MANY, type ToMany } from './electrodb/look-ahead.ts';
import type { ConnectionArgs } from './electrodb/page-args.ts';

/**
 * A to-many relation by an index: `parent` is the composite that holds the parent's id, `prefix` the sort composite that
 * the field takes as an optional argument of the same name.
 */
export function toMany<T extends object>(
  entity: AnyEntity<T>,
  index: string,
  parent: string,
  prefix: string,
  field: string,
) {
  const composites = (id: string, args: Readonly<Record<string, unknown>>): Record<string, string> => {
    const value = args[prefix];
    return { [parent]: id, ...(typeof value === 'string' ? { [prefix]: value } : {}) };
  };
  const relation: ToMany = { entity, index, composites };
  return {
    extensions: { [TO_MANY]: relation },
    page: (id: string, args: ConnectionArgs, { reader }: Context) =>
      reader.connection(entity, index, composites(id, { ...args }), args, field),
  };
}
