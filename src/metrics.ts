import type { Clock, Logger } from './runtime.ts';

/** All that is measured: CloudWatch's unit, and the words that follow the value for people. */
export const METRICS = {
  Batches: { unit: 'Count', words: 'stream batches' },
  Records: { unit: 'Count', words: 'records' },
  Applied: { unit: 'Count', words: 'items applied' },
  Quarantined: { unit: 'Count', words: 'items put in quarantine' },
  Retried: { unit: 'Count', words: 'records to be tried again' },
  Lag: { unit: 'Seconds', words: 's between the oldest write and the end of its batch' },
  StreamSilence: { unit: 'Seconds', words: 's since the newest write that is known to have come through the stream' },
  QuarantinedItems: { unit: 'Count', words: 'items in quarantine' },
  DamagedIndexes: { unit: 'Count', words: 'entities whose indexes are noted as damaged' },
  ComparisonAge: {
    unit: 'Seconds',
    words: 's since the beginning of the last comparison with the table that was finished',
  },
  Drift: { unit: 'Count', words: 'documents that are not as the table says' },
  RebuiltRows: { unit: 'Count', words: 'rows of the table that a rebuild has done' },
  CircuitOpenings: { unit: 'Count', words: 'times that searches were no longer sent' },
  Suspects: { unit: 'Count', words: 'writers whose requests may still arrive' },
} as const;

/** One of {@link METRICS}. */
export type MetricName = keyof typeof METRICS;

/** Values of some metrics at one moment. */
export type Measurements = Readonly<Partial<Record<MetricName, number>>>;

/** Where measurements go. */
export interface Metrics {
  /** @param entity when they are of one entity alone */
  put(values: Measurements, entity?: string): void;
}

/** What needs to tell. */
export interface Measured {
  readonly metrics: Metrics;
}

/** Which deployment it is that is measured; CloudWatch's dimensions, to which an entity is added where there is one. */
export interface Deployment {
  readonly service: string;
  readonly stage: string;
}

const NAMESPACE = 'Roster';

const isName = (name: string): name is MetricName => Object.hasOwn(METRICS, name);

const namesIn = (values: Measurements): MetricName[] => Object.keys(values).filter(isName);

/**
 * Metrics as lines that CloudWatch takes out of a function's log by itself: one for every call, without a request.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * @param print one line, its end not included. It must come to the log as it is: `console.log` puts words before it.
 */
export const emfMetrics = (deployment: Deployment, clock: Clock, print: (line: string) => void): Metrics => ({
  put(values, entity) {
    const Metrics = namesIn(values).map((Name) => ({ Name, Unit: METRICS[Name].unit }));
    const names = Object.keys(deployment);
    const Dimensions = entity === undefined ? [names] : [names, [...names, 'entity']];
    const _aws = {
      Timestamp: clock.now().getTime(),
      CloudWatchMetrics: [{ Namespace: NAMESPACE, Dimensions, Metrics }],
    };
    print(JSON.stringify({ _aws, ...deployment, ...values, entity }));
  },
});

/** Metrics in plain words, for developers who watch the log at level `debug`. */
export const loggedMetrics = (log: Logger): Metrics => ({
  put(values, entity) {
    log.debug(
      { ...values, ...(entity !== undefined && { entity }) },
      namesIn(values)
        .map((name) => `${values[name]} ${METRICS[name].words}`)
        .join(', '),
    );
  },
});

/** Metrics on standard output, which is the log of a function. */
export const printedMetrics = (deployment: Deployment, clock: Clock): Metrics =>
  emfMetrics(deployment, clock, (line) => void process.stdout.write(`${line}\n`));
