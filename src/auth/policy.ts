import { ROLES, type Role, type Viewer } from './viewer.ts';

/** Who may see and do what, each a name that fields ask for. */
export const PERMISSIONS = [
  // To see who one is, to ask for objects by their ids, each of which its type's own permission guards, and to search
  // without the graph what one may search by it.
  'self:read',
  'nodes:read',
  'search-token:read',
  'offices:read',
  'directory:read',
  'pay:read',
  'reports-pay:read',
  'offices:write',
  'employees:write',
  'projects:write',
  'tasks:write',
  'explain:read',
  'health:read',
] as const;
/** One of {@link PERMISSIONS}. */
export type Permission = (typeof PERMISSIONS)[number];

const everybody = ['self:read', 'nodes:read', 'search-token:read', 'offices:read'] as const;
const employee = [...everybody, 'directory:read', 'tasks:write'] as const;

const ROLE_PERMISSIONS: Readonly<Record<Role, readonly Permission[]>> = {
  /** Somebody outside the company. */
  CLIENT: everybody,
  EMPLOYEE: employee,
  MANAGER: [...employee, 'reports-pay:read', 'projects:write'],
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

// Not by Intl.ListFormat, whose data would take a twentieth of a cold start to load.
const namesOf = (permission: Permission): string =>
  rolesThatMay(permission)
    .join(', ')
    .replace(/, (?=\w+$)/, ' and ');

/** The same for clients: `For HR and ADMIN.` */
export const openTo = (permission: Permission): string => `For ${namesOf(permission)}.`;

/** An employee as far as it matters to whom they report. */
export interface Reporting {
  readonly employee: string;
  readonly manager?: string | undefined;
}

/** Longer lines of managers are followed no further, and open nothing. */
export const MAX_LEVELS = 20;

/** To whom salary and birthday are open, for clients. */
export const PAY_READERS = `For ${namesOf('pay:read')}, for each MANAGER those of everybody below them, and for everybody their own.`;

/**
 * Whether a viewer may read an employee's salary and birthday: those whose work needs them, everybody their own, and
 * managers those of everybody below them. Only for the last is anything read, and only for viewers who may be managers.
 *
 * @param find reads an employee; what it throws is thrown
 */
export function mayReadPay(
  viewer: Viewer,
  employee: Reporting,
  find: (id: string) => Promise<Reporting | undefined>,
): boolean | Promise<boolean> {
  if (may(viewer, 'pay:read') || viewer.employee === employee.employee) return true;
  if (!may(viewer, 'reports-pay:read') || viewer.employee === undefined) return false;
  return isBelow(viewer.employee, employee, find);
}

/** Follows the line of managers upward, one level at a time, until it ends or comes to the viewer. */
async function isBelow(
  viewerId: string,
  { employee, manager: first }: Reporting,
  find: (id: string) => Promise<Reporting | undefined>,
): Promise<boolean> {
  const seen = new Set([employee]);
  let manager = first;
  while (manager !== undefined && !seen.has(manager) && seen.size <= MAX_LEVELS) {
    if (manager === viewerId) return true;
    seen.add(manager);
    manager = (await find(manager))?.manager;
  }
  return false;
}

/** What reading an entity's objects takes. */
export const readPermission = (entity: string): Permission => (entity === 'office' ? 'offices:read' : 'directory:read');
