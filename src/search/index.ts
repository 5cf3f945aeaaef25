// Every searchable entity. A new one is a line here.
export { employeeSearch } from './employee.ts';
export { officeSearch } from './office.ts';
export { projectSearch } from './project.ts';
export { taskSearch } from './task.ts';
