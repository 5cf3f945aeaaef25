import { Employee } from './employee.ts';
import type { AnyEntity } from './model.ts';
import { Office } from './office.ts';
import { Project } from './project.ts';
import { Task } from './task.ts';

/** Every entity of the graph. A new one is a line here. */
export const entities = [Office, Employee, Project, Task] as const;

export { Employee, Office, Project, Task };

/** The entity of a name. */
export function entityNamed(name: string): AnyEntity {
  const entity = entities.find((candidate) => candidate.name === name);
  if (!entity)
    throw new Error(`no entity is called "${name}"; the registry has ${entities.map((each) => each.name).join(', ')}`);
  return entity;
}
