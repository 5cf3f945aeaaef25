/** The roles that a token may carry; policy.ts says what each may do. */
export const ROLES = ['CLIENT', 'EMPLOYEE', 'MANAGER', 'HR', 'ADMIN'] as const;
/** One of {@link ROLES}. */
export type Role = (typeof ROLES)[number];

/** Who is asking. Comes from a verified token and from nowhere else. */
export interface Viewer {
  /** The organization whose data the viewer sees; part of every key that is read or written. */
  readonly org: string;
  /** The token's subject. */
  readonly subject: string;
  readonly role: Role;
  /** The viewer's own employee id, where they are one. */
  readonly employee: string | undefined;
}
