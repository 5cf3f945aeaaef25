import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

const host = (): string =>
  hostname()
    .replace(/[^A-Za-z0-9]/g, '-')
    .slice(0, 32);

/** A name for this process among all that rebuild indexes. */
export const newOwner = (): string => `cli-${host()}-${process.pid}-${randomBytes(4).toString('hex')}`;

/** True for the name of a process of this machine that has ended: its work can be taken over at once. */
export function hasEnded(owner: string): boolean {
  const [, pid] = new RegExp(`^cli-${host()}-(\\d+)-[0-9a-f]{8}$`).exec(owner) ?? [];
  if (pid === undefined) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    // EPERM: somebody else's, and alive.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
