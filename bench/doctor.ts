/**
 * How long it takes to fill indexes that are damaged, and to compare all of them with the table, in one go and bit by bit
 * as once a day, in peace, and while an item is changed every 100 ms, which must not count as drift.
 *
 * @example node bench/doctor.ts 100000
 */
import { searches } from '../src/search/all.ts';
import { examine } from '../src/search/doctor/examine.ts';
import { markDamaged } from '../src/search/indexer/transitions.ts';
import { checkUp } from '../src/search/maintenance/check-up.ts';
import { benchmark, changeOn, measured, print, services, shown } from './stack.ts';

async function compare(what: string, items: number): Promise<void> {
  let drift = 0;
  let unverified = 0;
  const took = await measured(async () => {
    for (const examined of await examine(services, searches)) {
      drift += examined.drift.size;
      unverified += examined.unverified;
    }
  });
  print(`${what}: ${items} items in ${shown(took)}; ${drift} differ, ${unverified} could not be verified`);
}

async function checkBitByBit(what: string): Promise<void> {
  const options = { owner: 'bench', maxRcu: Number.POSITIVE_INFINITY, stopAtMs: Number.POSITIVE_INFINITY };
  let drifting: readonly string[] = [];
  let rows = 0;
  const took = await measured(async () => {
    ({ drifting = [], rows = 0 } = (await checkUp(services, options)) ?? {});
  });
  const megabytes = (process.memoryUsage().rss / 1e6).toFixed(0);
  print(`${what}, bit by bit: ${rows} rows in ${shown(took)}; ${drifting.length} entities differ; ${megabytes} MB`);
}

await benchmark(async (rows) => {
  // Nothing is indexed yet.
  for (const search of searches) await markDamaged(services, search, 'empty');
  await checkBitByBit('empty and damaged');
  await checkBitByBit('in peace');
  await compare('in peace', rows.length);
  const live = changeOn(rows);
  await checkBitByBit('beside writes');
  await compare('beside writes', rows.length);
  await live.stop();
});
