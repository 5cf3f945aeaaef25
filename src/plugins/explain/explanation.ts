import { type ExplainedSearch, explainSearchCall } from './search-call.ts';
import { type ExplainedTableCall, explainTableCall } from './table-call.ts';
import type { Timing, Trace, TracedCall } from './trace.ts';

/** What an operation cost: `extensions.explain`, which docs/explain.md describes to clients. */
export interface Explanation {
  readonly totals: Totals;
  /** In the order in which they were sent. */
  readonly calls: readonly ExplainedCall[];
}

/** A call, and when it was. Only one that failed has an `error`: the error's name. */
export type ExplainedCall = Timing & (ExplainedTableCall | ExplainedSearch) & { readonly error?: string };

/** All calls together. */
export interface Totals {
  readonly calls: number;
  readonly searchCalls: number;
  readonly roundTrips: number;
  readonly readUnits: number;
  readonly writeUnits: number;
  readonly itemsRead: number;
  readonly itemsReturned: number;
  /** Calls without an answer when the operation was done: they are not listed, and their cost is not known. */
  readonly underWay: number;
  /** Of the whole operation, milliseconds. */
  readonly durationMs: number;
}

/** Explains what has been traced until now. */
export function explain(trace: Trace): Explanation {
  const calls = trace.calls.map(explainCall);
  const reads = calls.filter((call) => 'readUnits' in call);
  const writes = calls.filter((call) => 'writeUnits' in call);
  return {
    totals: {
      calls: calls.length,
      searchCalls: calls.filter(({ service }) => service === 'meilisearch').length,
      roundTrips: Math.max(0, ...calls.map(({ roundTrip }) => roundTrip)),
      readUnits: sum(reads.map(({ readUnits }) => readUnits)),
      writeUnits: sum(writes.map(({ writeUnits }) => writeUnits)),
      itemsRead: sum(reads.map(({ itemsRead }) => itemsRead)),
      itemsReturned: sum(reads.map(({ itemsReturned }) => itemsReturned)),
      underWay: trace.underWay,
      durationMs: rounded(trace.elapsedMs),
    },
    calls,
  };
}

function explainCall({ number, roundTrip, startMs, durationMs, ...traced }: TracedCall): ExplainedCall {
  const { error } = traced.call;
  return {
    number,
    roundTrip,
    ...(traced.service === 'dynamodb' ? explainTableCall(traced.call) : explainSearchCall(traced.call)),
    startMs: rounded(startMs),
    durationMs: rounded(durationMs),
    ...(error === undefined ? {} : { error }),
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

/** To hundredths: what is beyond is noise. */
const rounded = (milliseconds: number): number => Math.round(milliseconds * 100) / 100;
