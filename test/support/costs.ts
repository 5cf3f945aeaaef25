import type { Totals } from '../../src/plugins/explain/explanation.ts';

/** What an operation took, as `extensions.explain` tells. */
export interface Measured extends Pick<Totals, 'roundTrips' | 'readUnits' | 'writeUnits' | 'searchCalls'> {
  readonly name: string;
}

/** What the indexer took for a batch of the stream. */
export interface MeasuredBatch extends Pick<Totals, 'readUnits' | 'writeUnits'> {
  readonly changes: number;
}

/** List prices in US dollars for us-east-1. */
const PRICES = {
  /** A million of each, on demand. https://aws.amazon.com/dynamodb/pricing/on-demand/ */
  readUnits: 0.125,
  writeUnits: 0.625,
  /** A million requests of an HTTP API. https://aws.amazon.com/api-gateway/pricing/ */
  api: 1,
  /** A million calls, and 10 ms of 1 GB in each of them, on arm64. https://aws.amazon.com/lambda/pricing/ */
  calls: 0.2,
  tenMs: 0.133334,
} as const;

const dollars = (amount: number) => `$${amount.toFixed(2)}`;
const capacity = ({ readUnits, writeUnits }: Pick<Totals, 'readUnits' | 'writeUnits'>) =>
  readUnits * PRICES.readUnits + writeUnits * PRICES.writeUnits;
const lines = (rows: readonly (readonly (string | number)[])[]) =>
  rows.map((row) => `| ${row.join(' | ')} |`).join('\n');

/** The page that lists what operations cost. */
export const costsPage = (operations: readonly Measured[], batches: readonly MeasuredBatch[]): string => `# Costs

Measured by \`test/costs.test.ts\` on the example data (\`npm run dev\` has them, too) with Amazon's DynamoDB Local, which counts
capacity as DynamoDB does: \`ROSTER_COSTS=on ROSTER_TEST_DYNAMODB=local npx vitest run test/costs.test.ts -u\` writes this page anew. Prices are
the list prices of us-east-1 that \`test/support/costs.ts\` names: look yours up. Other regions take up to half as much again.

## A million requests

| operation | round trips | searches | read units | write units | DynamoDB | with the API and 30 ms of Lambda |
| --- | --- | --- | --- | --- | --- | --- |
${lines(
  operations.map((each) => [
    each.name,
    each.roundTrips,
    each.searchCalls,
    each.readUnits,
    each.writeUnits,
    dollars(capacity(each)),
    dollars(capacity(each) + PRICES.api + PRICES.calls + 3 * PRICES.tenMs),
  ]),
)}

A million requests cost ${dollars(PRICES.api)} at the API and ${dollars(PRICES.calls)} in calls of Lambda, and ${dollars(PRICES.tenMs)} for each 10 ms that a call takes with
the 1 GB of \`serverless.yml\`. The 30 ms are an assumption: your log has what yours take.

## A million changes, as the indexer follows them

Reading the stream costs nothing for functions of Lambda.

| changes in a batch | read units | write units | DynamoDB, for a million changes |
| --- | --- | --- | --- |
${lines(
  batches.map((batch) => [batch.changes, batch.readUnits, batch.writeUnits, dollars(capacity(batch) / batch.changes)]),
)}

Beside that, \`maintain\` looks at the indexes every five minutes, and \`doctor\` reads the whole table once a day for each searchable
entity, at a read unit for each 4 KB.

## What costs by the month

Storage ($0.25 a GB, and each index holds its items again), backups to any second ($0.20 a GB, in prod), logs ($0.50 a GB),
alarms ($0.10 for each metric), and Meilisearch: a server of your own, or Meilisearch Cloud.
`;
