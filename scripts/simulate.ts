import { play } from '../test/simulation/scenario.ts';
const [a = 1, b = 100] = process.argv.slice(2).map(Number);
const t = performance.now();
let bad = 0; const counts = new Map<string, number>(); let steps = 0;
for (let seed = a; seed <= b; seed++) {
  try {
    const { differences, faults, world } = await play(seed, { keepTrace: a === b });
    steps += world.steps;
    for (const [k, n] of faults) counts.set(k, (counts.get(k) ?? 0) + n);
    if (a === b) console.log(world.lines.join('\n'));
    if (differences.length > 0) { bad++; if (bad < 12) console.log(seed, differences.slice(0, 4)); }
  } catch (e) { bad++; if (bad < 12) console.log(seed, (e as Error).message, (e as Error).stack?.split('\n').slice(0,4)); }
}
console.log({ bad, ms: (performance.now() - t) / (b - a + 1), steps: steps / (b - a + 1) }, counts);
