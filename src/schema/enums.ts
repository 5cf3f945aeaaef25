import { TEAMS } from '../entities/employee.ts';
import { PROJECT_STATUSES } from '../entities/project.ts';
import { TASK_PRIORITIES, TASK_STATUSES } from '../entities/task.ts';
import { enumOf } from './common.ts';

export const Team = enumOf('Team', 'The parts of a company that people work in.', TEAMS);
export const ProjectStatus = enumOf('ProjectStatus', 'How far along a project is.', PROJECT_STATUSES);
export const TaskStatus = enumOf('TaskStatus', 'How far along a task is.', TASK_STATUSES);
export const TaskPriority = enumOf('TaskPriority', 'How urgent a task is.', TASK_PRIORITIES);
