// Plays seeds of the simulation: `npm run simulate -- --seed 7`, `--seeds 1..20000`, `--minutes 30`.
import { parseArgs } from 'node:util';
import { SABOTAGES, type SabotageName } from './sabotages.ts';
import { play } from './scenario.ts';
import { mergeReports, type SeedReport } from './seed-report.ts';
import { playSeedsInParallel } from './seed-workers.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    minutes: { type: 'string' },
    /** What to take away from the indexer, so that seeds must diverge. */
    without: { type: 'string' },
  },
});

const isSabotage = (name: string): name is SabotageName => Object.hasOwn(SABOTAGES, name);
const { without } = values;
if (without !== undefined && !isSabotage(without))
  throw new Error(`there is no "${without}" to be taken away; there is ${Object.keys(SABOTAGES).join(', ')}`);
const sabotage = without;

const print = (line: string) => void process.stdout.write(`${line}\n`);
const extra = sabotage ? ` --without '${sabotage}'` : '';

if (values.seed !== undefined) await replay(Number(values.seed));
else if (values.minutes !== undefined) report(await playMinutes(Number(values.minutes)));
else {
  const [from = 1, to = 1_000] = (values.seeds ?? '1..1000').split('..').map(Number);
  report(await playSeedsInParallel({ from, to, sabotage }));
}

async function replay(seed: number): Promise<void> {
  const { world, differences } = await play(seed, {
    keepTrace: true,
    onTrace: print,
    ...(sabotage ? { sabotage: SABOTAGES[sabotage]() } : {}),
  });
  print(`trace ${world.traceHash}`);
  for (const difference of differences) print(`DIFFERS ${difference}`);
  process.exitCode = differences.length > 0 ? 1 : 0;
}

/** Seeds that nobody has played yet, as far as chance has it. */
async function playMinutes(minutes: number): Promise<SeedReport> {
  const untilMs = Date.now() + minutes * 60_000;
  const from = Math.floor(Date.now() / 1_000) * 1_000;
  return mergeReports([await playSeedsInParallel({ from, to: Number.MAX_SAFE_INTEGER, sabotage, untilMs })]);
}

function report({ seeds, faults, failures }: SeedReport): void {
  for (const { seed, differences } of failures) {
    print(`seed ${seed} diverges; to see how: npm run simulate -- --seed ${seed}${extra}`);
    for (const difference of differences.slice(0, 8)) print(`  ${difference}`);
  }
  for (const [fault, count] of Object.entries(faults).sort(([, a], [, b]) => b - a)) print(`${count} × ${fault}`);
  const total = Object.values(faults).reduce((sum, count) => sum + count, 0);
  print(`${seeds} seeds with ${total} faults, of which ${failures.length} diverge`);
  process.exitCode = failures.length > 0 ? 1 : 0;
}
