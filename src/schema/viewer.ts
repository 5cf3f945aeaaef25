import { ROLES, type Viewer } from '../auth/viewer.ts';
import { Employee } from '../entities/index.ts';
import { builder } from './builder.ts';

const RoleType = builder.enumType('Role', { description: 'What a viewer may see and do.', values: ROLES });

const ViewerType = builder.objectRef<Viewer>('Viewer').implement({
  description: 'Who is asking, as their token says.',
  fields: (t) => ({
    organization: t.exposeString('org', { description: 'The organization whose data they see.' }),
    role: t.expose('role', { type: RoleType, description: 'Their role.' }),
    employee: t.byId(Employee, {
      id: ({ employee }) => employee,
      description: 'Themselves, where they are an employee.',
    }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({
    type: ViewerType,
    description: 'Who is asking.',
    authScopes: { may: 'self:read' },
    resolve: (_root, _args, { viewer }) => viewer,
  }),
);
