import { expect, it } from 'vitest';
import { SABOTAGES, type SabotageName } from './simulation/sabotages.ts';
import { play } from './simulation/scenario.ts';
import { playSeeds } from './simulation/seed-report.ts';
import { playSeedsInParallel } from './simulation/seed-workers.ts';

/** For a quick look, beside tests that need the machine themselves; CI plays more of them by the command, alone. */
const SEEDS = 500;

it('keeps indexes equal to the table, whatever goes wrong', { timeout: 600_000 }, async () => {
  const { seeds, failures } = await playSeedsInParallel({ from: 1, to: SEEDS });
  const replays = failures.map(({ seed, differences }) => [
    `npm run simulate -- --seed ${seed}`,
    differences.slice(0, 4),
  ]);
  expect(replays).toEqual([]);
  expect(seeds).toBe(SEEDS);
});

it.each(Object.keys(SABOTAGES) as SabotageName[])(
  'would notice an indexer with %s',
  { timeout: 600_000 },
  async (sabotage) => {
    // Most are found by the first seeds, before workers would have started.
    const { failures } = await playSeeds({ from: 1, to: 3_000, sabotage, maxFailures: 1 });
    expect(failures.length).toBeGreaterThan(0);
  },
);

it('does the same for the same seed, whatever ran before', async () => {
  const first = await play(21);
  await play(22);
  expect((await play(21)).world.traceHash).toBe(first.world.traceHash);
});
