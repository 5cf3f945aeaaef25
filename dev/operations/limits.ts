import * as z from 'zod/mini';
import { DOOR_VARIABLES, doorsOf, type Limits } from '../../src/doors.ts';
import { UsageError } from '../arguments.ts';

const Variables = z.object({ ...DOOR_VARIABLES, STAGE: z._default(z.string(), 'prod') });

/** The limits of a server with these settings. @throws UsageError naming what is wrong with them */
export function limitsIn(settings: NodeJS.ProcessEnv): Limits {
  const result = Variables.safeParse(settings);
  if (result.success) return doorsOf(result.data).limits;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
  throw new UsageError(`the limits of the server are not known: ${problems.join('; ')}`);
}
