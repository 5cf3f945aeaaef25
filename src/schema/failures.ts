import type { AnyEntity } from '../entities/core/model.ts';
import { InUseError, NotFoundError, ValidationError, VersionConflictError } from '../errors.ts';
import type { Action } from './electrodb/types.ts';

const EXPECTED = {
  create: [ValidationError, NotFoundError],
  update: [ValidationError, NotFoundError, VersionConflictError],
  delete: [NotFoundError, VersionConflictError, InUseError],
};

/** How a mutation of an entity may fail, as typed results: taken unique values are failures of their own. */
export function failuresOf(entity: AnyEntity, action: Exclude<Action, 'read'>) {
  const taken = Object.values(entity.attributes).flatMap(({ unique }) => unique ?? []);
  return action === 'delete' ? EXPECTED.delete : [...EXPECTED[action], ...taken];
}
