import { parseArgs } from 'node:util';
import { ROLES, type Role } from '../src/auth/viewer.ts';
import { isKeySafe } from '../src/entities/core/keys.ts';
import { realClock } from '../src/runtime.ts';
import { openIdentity } from './identity.ts';
import { DATA_FOLDER, pathsIn } from './paths.ts';
import { personaOf } from './personas.ts';
import { seedIn } from './seed-record.ts';

// Prints a development token: npm run -s token -- --role HR --org globex [--employee ID]
const usage = `npm run -s token -- --role ${ROLES.join('|')} [--org globex] [--employee ID]`;

function readArguments() {
  const options = {
    role: { type: 'string' },
    org: { type: 'string', default: 'globex' },
    employee: { type: 'string' },
  } as const;
  const { role, org, employee } = parseArgs({ options }).values;
  if (!ROLES.includes(role as Role)) throw new Error(`--role is ${role ?? 'missing'}; give one of ${ROLES.join(', ')}`);
  for (const [name, value] of Object.entries({ org, employee })) {
    if (value !== undefined && !(isKeySafe(value) && value.length <= 64)) {
      throw new Error(`--${name} is "${value}"; give 1 to 64 letters, digits, "_" or "-"`);
    }
  }
  return { role: role as Role, org, employee };
}

try {
  const { role, org, employee } = readArguments();
  const paths = pathsIn(DATA_FOLDER);
  const [identity, seed] = await Promise.all([openIdentity(paths.identity, realClock()), seedIn(paths)]);
  const persona = personaOf(org, role, seed);
  process.stdout.write(`${await identity.token(employee ? { ...persona, employee } : persona)}\n`);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n${usage}\n`);
  process.exitCode = 1;
}
