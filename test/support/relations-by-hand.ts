// What the graph's relations are in the table, written down a second time: to check the first.

/** A list of the graph, by hand: its children, and the attribute by which they belong to the parent. */
export interface List {
  readonly child: string;
  readonly pattern: string;
  readonly index: string;
  readonly parent?: string;
  /** The parent comes by the same Query. */
  readonly isCollection?: boolean;
  /** Arguments that are conditions on the key. */
  readonly by: readonly string[];
}

/** Every list, by the type that has it. */
export const LISTS: Readonly<Record<string, List>> = {
  'query.offices': { child: 'office', pattern: 'office.locations', index: 'gsi3', by: ['country'] },
  'query.projects': { child: 'project', pattern: 'project.portfolio', index: 'gsi3', by: ['status'] },
  'office.employees': {
    ...{ child: 'employee', pattern: 'employee.workplaces', index: 'gsi1', parent: 'office', isCollection: true },
    by: ['team'],
  },
  'employee.reports': {
    child: 'employee',
    pattern: 'employee.reports',
    index: 'gsi3',
    parent: 'manager',
    by: ['team'],
  },
  'employee.tasks': {
    ...{ child: 'task', pattern: 'task.assignments', index: 'gsi2', parent: 'employee', isCollection: true },
    by: ['status'],
  },
  'project.tasks': {
    ...{ child: 'task', pattern: 'task.board', index: 'gsi1', parent: 'project', isCollection: true },
    by: ['status'],
  },
};

/** To-one relations, and whether the id alone needs no read. */
export const REFERENCES: Readonly<Record<string, { readonly target: string; readonly idIsKnown: boolean }>> = {
  'employee.office': { target: 'office', idIsKnown: true },
  'employee.manager': { target: 'employee', idIsKnown: true },
  'project.lead': { target: 'employee', idIsKnown: false },
  'task.project': { target: 'project', idIsKnown: true },
  'task.employee': { target: 'employee', idIsKnown: true },
};

/** Attributes that are left out of reads unless they are selected. */
export const WIDE: Readonly<Record<string, string>> = { project: 'description', task: 'description' };
