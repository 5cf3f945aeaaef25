import * as z from 'zod/mini';
import { isKeySafe } from '../entities/core/keys.ts';
import { UnauthenticatedError } from '../errors.ts';
import { ROLES, type Role, type Viewer } from './viewer.ts';

/** The names of the claims that tell what issuers tell each in their own way. */
export interface ClaimNames {
  /** For whom the token is: `aud`, or `client_id` with Cognito, whose access tokens have no `aud`. */
  readonly audience: string;
  readonly org: string;
  /** One of {@link ROLES}, or a list of groups of which exactly one is. */
  readonly role: string;
  readonly employee: string;
}

const MAX_ID_LENGTH = 64;
const MAX_SUBJECT_LENGTH = 255;

const id = z.string().check(z.refine(isKeySafe), z.maxLength(MAX_ID_LENGTH));
const Values = z.object({
  sub: z.string().check(z.minLength(1), z.maxLength(MAX_SUBJECT_LENGTH)),
  org: id,
  role: z.enum(ROLES),
  employee: z.optional(id),
});

/**
 * Who a verified token stands for.
 *
 * @throws UnauthenticatedError naming the claims at fault
 */
export function viewerOf(claims: Readonly<Record<string, unknown>>, names: ClaimNames): Viewer {
  const result = Values.safeParse({
    sub: claimIn(claims, 'sub'),
    org: claimIn(claims, names.org),
    role: roleIn(claimIn(claims, names.role)),
    employee: claimIn(claims, names.employee),
  });
  if (!result.success) {
    const wrong = [...new Set(result.error.issues.map(({ path }) => nameOf(String(path[0]), names)))].join(', ');
    const needed = `${names.org} and ${names.role} (exactly one of ${ROLES.join(', ')})`;
    throw new UnauthenticatedError(`the token's claims ${wrong} are missing or wrong; it needs sub, ${needed}`, {
      reason: 'CLAIMS',
    });
  }
  const { sub, org, role, employee } = result.data;
  return { org, subject: sub, role, employee };
}

/** A claim of the token's own: no name leads to what all objects have. */
export const claimIn = (claims: Readonly<Record<string, unknown>>, name: string): unknown =>
  Object.hasOwn(claims, name) ? claims[name] : undefined;

/** Of several roles none is taken: which of them the viewer is to have is not for us to say. */
function roleIn(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const roles = new Set(value.filter((group): group is Role => ROLES.includes(group)));
  return roles.size === 1 ? [...roles][0] : undefined;
}

const nameOf = (value: string, names: ClaimNames): string =>
  Object.entries(names).find(([key]) => key === value)?.[1] ?? value;
