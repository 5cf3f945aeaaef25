import { spawnSync } from 'node:child_process';
import { basename } from 'node:path';

const POLL_MS = 500;

/**
 * Calls back once the npm that runs this command has ended: a killed npm passes nothing on, and the shell that it starts
 * commands by lives on.
 */
export function whenParentEnds(ended: () => void): void {
  const parent = process.ppid;
  const npm = startedByShell(parent);
  const timer = setInterval(() => {
    if (process.ppid === parent && (npm === undefined || isAlive(npm))) return;
    clearInterval(timer);
    ended();
  }, POLL_MS);
  timer.unref();
}

/** Who started a process, if that is a shell: some replace themselves by the command that they run, and some wait. */
function startedByShell(pid: number): number | undefined {
  const { stdout } = spawnSync('ps', ['-o', 'ppid=,comm=', '-p', String(pid)], { encoding: 'utf8' });
  // Without `ps` there is no output at all.
  const [, parent, command = ''] = /^\s*(\d+)\s+(.*)$/m.exec(stdout ?? '') ?? [];
  return parent !== undefined && /^-?\w*sh$/.test(basename(command.trim())) ? Number(parent) : undefined;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: somebody else's, and alive.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
