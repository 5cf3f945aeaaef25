import { TEAMS } from '../entities/employee.ts';
import { PROJECT_STATUSES } from '../entities/project.ts';
import { TASK_PRIORITIES, TASK_STATUSES } from '../entities/task.ts';
import { enumOf } from './common.ts';

/** GraphQL's `Team`. */
export const Team = enumOf('Team', 'The parts of a company that people work in.', TEAMS);
/** GraphQL's `ProjectStatus`. */
export const ProjectStatus = enumOf('ProjectStatus', 'How far along a project is.', PROJECT_STATUSES);
/** GraphQL's `TaskStatus`. */
export const TaskStatus = enumOf('TaskStatus', 'How far along a task is.', TASK_STATUSES);
/** GraphQL's `TaskPriority`. */
export const TaskPriority = enumOf('TaskPriority', 'How urgent a task is.', TASK_PRIORITIES);
