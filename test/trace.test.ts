import { expect, it } from 'vitest';
import type { TableCall } from '../src/entities/core/table.ts';
import { Trace } from '../src/plugins/explain/trace.ts';

const call: TableCall = { operation: 'GetItem', target: 'a', items: 1, capacity: 0.5 };

it('a call that ends late takes nothing from the round trips that have passed', () => {
  let now = 1_000;
  const trace = new Trace({ monotonicMs: () => now++ });
  const [late, first] = [trace.table(), trace.table()];
  first(call);
  const second = trace.table();
  second(call);
  late(call);
  trace.search()({ operation: 'multi-search', queries: [], hits: 0, total: 0, processingMs: 0 });
  expect(trace.calls.map(({ number, roundTrip, service }) => [number, roundTrip, service])).toEqual([
    [1, 1, 'dynamodb'],
    [2, 1, 'dynamodb'],
    [3, 2, 'dynamodb'],
    [4, 3, 'meilisearch'],
  ]);
  expect(trace.underWay).toBe(0);
  trace.table();
  expect(trace.underWay).toBe(1);
  expect(trace.calls.map(({ startMs, durationMs }) => [startMs, durationMs])).toEqual([
    [1, 5],
    [2, 1],
    [4, 1],
    [7, 1],
  ]);
});
