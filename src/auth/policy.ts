import { ROLES, type Role, type Viewer } from './viewer.ts';

/** Who may see and do what, each a name that fields ask for. */
export const PERMISSIONS = [
  'offices:read',
  'directory:read',
  'pay:read',
  'offices:write',
  'employees:write',
  'projects:write',
  'tasks:write',
  'explain:read',
  'health:read',
] as const;
/** One of {@link PERMISSIONS}. */
export type Permission = (typeof PERMISSIONS)[number];

const employee = ['offices:read', 'directory:read', 'tasks:write'] as const;

const ROLE_PERMISSIONS: Readonly<Record<Role, readonly Permission[]>> = {
  /** Somebody outside the company. */
  CLIENT: ['offices:read'],
  EMPLOYEE: employee,
  MANAGER: [...employee, 'projects:write'],
  HR: [...employee, 'pay:read', 'offices:write', 'employees:write'],
  /**
   * Alone in seeing what operations cost, for keys and filters tell how the table is built, and in seeing how the search
   * is, for its figures are those of all organizations together. No other's work takes either.
   */
  ADMIN: PERMISSIONS,
};

/** True when the viewer's role allows it. */
export const may = (viewer: Viewer, permission: Permission): boolean =>
  ROLE_PERMISSIONS[viewer.role].includes(permission);

/** The roles that allow it, to tell others whom to ask. */
export const rolesThatMay = (permission: Permission): Role[] =>
  ROLES.filter((role) => ROLE_PERMISSIONS[role].includes(permission));

/** Salary and birthday: those whose work needs them, and everybody their own. */
export const mayReadPay = (viewer: Viewer, employeeId: string): boolean =>
  may(viewer, 'pay:read') || viewer.employee === employeeId;

/** What reading an entity's objects takes. */
export const readPermission = (entity: string): Permission => (entity === 'office' ? 'offices:read' : 'directory:read');
