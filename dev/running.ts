import { resolve } from 'node:path';
import { realClock } from '../src/runtime.ts';
import { UsageError } from './arguments.ts';
import { type Holder, readHolder } from './holder.ts';
import { openIdentity } from './identity.ts';
import type { Paths } from './paths.ts';
import { openSecrets } from './secrets.ts';
import { environment } from './stack.ts';

/** For servers to come up that somebody else has begun to start. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 200;

/** Whether `npm run dev` runs on these data; commands that come and go do not count. */
export async function isDevRunning(paths: Paths): Promise<boolean> {
  const holder = await readHolder(paths);
  return holder?.port !== undefined && isAlive(holder.pid);
}

/**
 * The environment of functions on the servers of whoever uses these data, once those are up.
 *
 * @throws UsageError when they do not come up within a minute
 */
export async function runningEnvironment(paths: Paths): Promise<ReturnType<typeof environment>> {
  const servers = await serversOf(paths);
  const [identity, secrets] = await Promise.all([
    openIdentity(paths.identity, realClock()),
    openSecrets(paths.secrets),
  ]);
  return environment(servers, identity, secrets);
}

async function serversOf(paths: Paths): Promise<NonNullable<Holder['servers']>> {
  const clock = realClock();
  const deadline = clock.monotonicMs() + PATIENCE_MS;
  for (;;) {
    const holder = await readHolder(paths);
    // What a dead process has left may still be there, until the new one writes.
    if (holder?.servers && isAlive(holder.pid)) return holder.servers;
    if (clock.monotonicMs() >= deadline)
      throw new UsageError(
        `another process (${holder?.pid}) uses the data in ${resolve(paths.root)}, and its servers do not come up; stop it`,
      );
    await clock.sleep(PAUSE_MS);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // ESRCH; whoever is somebody else's does not share our data.
    return false;
  }
}
