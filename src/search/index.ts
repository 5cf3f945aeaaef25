import type { AnyEntity } from '../entities/model.ts';
import type { EntitySearch } from './define.ts';
import { employeeSearch } from './employee.ts';
import { officeSearch } from './office.ts';
import { projectSearch } from './project.ts';
import { taskSearch } from './task.ts';

/** Every searchable entity. A new one is a line here. */
export const searches: readonly EntitySearch[] = [officeSearch, employeeSearch, projectSearch, taskSearch];

export { employeeSearch, officeSearch, projectSearch, taskSearch };

/** The search of an entity, or undefined when it is not searchable. */
export const searchOf = (entity: AnyEntity): EntitySearch | undefined =>
  searches.find((search) => search.entity === entity);
