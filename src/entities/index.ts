// Every entity of the graph. A new one is a line here.
export { Employee } from './employee.ts';
export { Office } from './office.ts';
export { Project } from './project.ts';
export { Task } from './task.ts';
