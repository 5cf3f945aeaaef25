import type { AccessPattern, IdAttribute, LeadingOf, PatternBy } from '../../src/entities/core/names.ts';
import type { Employee, Project, Task } from '../../src/entities/index.ts';
import { type Equal, proven } from './equal.ts';

proven<Equal<AccessPattern<typeof Employee>, 'workplaces' | 'assignments' | 'reports'>>();

proven<
  Equal<
    LeadingOf<(typeof Task)['indexes']['board']['sk']>,
    readonly [] | readonly ['status'] | readonly ['status', 'employee'] | readonly ['status', 'employee', 'task']
  >
>();
proven<Equal<LeadingOf<readonly []>, readonly []>>();

proven<Equal<IdAttribute<typeof Task, 'project'>, 'project'>>();
proven<Equal<IdAttribute<typeof Task, 'task'>, 'task'>>();
proven<Equal<IdAttribute<typeof Employee, 'employee'>, 'employee' | 'manager'>>();
proven<Equal<IdAttribute<typeof Project, 'office'>, never>>();

proven<Equal<PatternBy<typeof Task, 'project'>, 'board'>>();
proven<Equal<PatternBy<typeof Task, 'employee'>, 'assignments'>>();
proven<Equal<PatternBy<typeof Employee, 'office'>, 'workplaces'>>();
proven<Equal<PatternBy<typeof Employee, 'employee'>, 'assignments' | 'reports'>>();
proven<Equal<PatternBy<typeof Project, 'employee'>, never>>();
