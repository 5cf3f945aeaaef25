import { spawnSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generatedProject } from './generated-entities.ts';

/*
 * What the types cost: `tsc` for the project, for generated entities with a write of each, and for those with their
 * GraphQL types. Run it as `npx node bench/types.ts [entities]`; it fails where a limit is exceeded. With `--no-clock`, as
 * in CI, seconds are printed, but not judged.
 *
 * Instantiations are the same on every machine, and tell a change of a type for the worse before seconds do. Seconds are
 * for a quiet machine of two cores; those of the processor tell how quiet it was.
 */

interface Limit {
  readonly seconds: number;
  readonly instantiations: number;
}

/** For the project, and for 20 entities; more entities may take more. */
const LIMITS = {
  project: { seconds: 5, instantiations: 1_700_000 },
  entities: { seconds: 3, instantiations: 450_000 },
  graph: { seconds: 3, instantiations: 1_200_000 },
} as const satisfies Readonly<Record<string, Limit>>;

const { positionals, values } = parseArgs({ allowPositionals: true, options: { 'no-clock': { type: 'boolean' } } });
const COUNT = Number(positionals[0] ?? 20);
const tsc = join(createRequire(import.meta.url).resolve('typescript/package.json'), '..', 'bin', 'tsc');

interface Cost extends Limit {
  /** Of the processor, by all of its cores. */
  readonly user: number;
}

function costOf(project: string): Cost {
  const start = performance.now();
  // The shell knows what its children took of the processor; Node does not.
  const command = [process.execPath, tsc, '-p', project, '--extendedDiagnostics'];
  const shell = ['-c', '"$@"; status=$?; times; exit $status', 'sh', ...command];
  const { status, stdout } = spawnSync('sh', shell, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`tsc -p ${project} failed:\n${stdout}`);
  const seconds = (performance.now() - start) / 1_000;
  const [, minutes, rest] = /\n(\d+)m([\d.]+)s [^\n]*\n*$/.exec(stdout) ?? [];
  const [, instantiations] = /Instantiations:\s+(\d+)/.exec(stdout) ?? [];
  return { seconds, user: Number(minutes) * 60 + Number(rest), instantiations: Number(instantiations) };
}

function report(what: string, project: string, limit: Limit): void {
  const { seconds, user, instantiations } = costOf(project);
  process.stdout.write(
    `${what}: ${seconds.toFixed(1)} s, ${user.toFixed(1)} s of processor, ${instantiations} instantiations\n`,
  );
  const inTime = values['no-clock'] || seconds <= limit.seconds;
  if (inTime && instantiations <= limit.instantiations) return;
  process.stderr.write(`${what} may take ${limit.seconds} s and ${limit.instantiations} instantiations\n`);
  process.exitCode = 1;
}

/** Writes a project below this one, where imports find its modules, and which Git ignores. */
async function generate(directory: string, options: { readonly graph: boolean }): Promise<string> {
  const path = join('.data', directory);
  await rm(path, { recursive: true, force: true });
  await mkdir(path, { recursive: true });
  for (const [file, source] of generatedProject(COUNT, options)) await writeFile(join(path, file), source);
  return path;
}

report('the project', '.', LIMITS.project);
report(`${COUNT} entities`, await generate('bench-types', { graph: false }), LIMITS.entities);
report(`${COUNT} entities and their graph`, await generate('bench-graph', { graph: true }), LIMITS.graph);
