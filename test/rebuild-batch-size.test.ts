import { expect, it } from 'vitest';
import { BatchSize } from '../src/search/rebuild/batch-size.ts';

/** Sizes of batches after one another, each given as its rows (all that make a batch if none) and milliseconds. */
async function sizesAfter(...batches: readonly { readonly rows?: number; readonly ms: number }[]): Promise<number[]> {
  let nowMs = 0;
  const size = new BatchSize({ monotonicMs: () => nowMs }, { first: 3_000, least: 1_000, most: 20_000 });
  const sizes: number[] = [];
  for (const { rows = size.rows, ms } of batches) {
    await size.measure(rows, async () => {
      nowMs += ms;
    });
    sizes.push(size.rows);
  }
  return sizes;
}

it('is as many rows as take 0.8 seconds, by doubling or halving at most', async () => {
  expect(await sizesAfter({ ms: 1_000 }, { ms: 800 }, { ms: 600 })).toEqual([2_400, 2_400, 3_200]);
  expect(await sizesAfter({ ms: 10 }, { ms: 9_000 }, { ms: 9_000 })).toEqual([6_000, 3_000, 1_500]);
});

it('is between the least and the most', async () => {
  expect(await sizesAfter(...Array(4).fill({ ms: 10 }))).toEqual([6_000, 12_000, 20_000, 20_000]);
  expect(await sizesAfter(...Array(3).fill({ ms: 9_000 }))).toEqual([1_500, 1_000, 1_000]);
});

it('is left by fewer rows that are quick, and by a few in any case', async () => {
  expect(await sizesAfter({ rows: 2_900, ms: 10 }, { rows: 40, ms: 801 }, { rows: 40, ms: 9_000 })).toEqual([
    3_000, 3_000, 3_000,
  ]);
  expect(await sizesAfter({ rows: 2_000, ms: 1_600 })).toEqual([1_500]);
});

it('is doubled or halved at most, also by a batch of the size before', async () => {
  expect(await sizesAfter({ rows: 4_000, ms: 800 })).toEqual([4_000]);
  expect(await sizesAfter({ rows: 7_000, ms: 750 })).toEqual([6_000]);
});
