import type { SpecDatabase } from '@aws-cdk/service-spec-types';
import { emfMetrics, METRICS } from '../../../src/metrics.ts';
import { realClock } from '../../../src/runtime.ts';
import { functionsOf } from './rights.ts';
import { isObject, type Json, type JsonObject, resourcesOf, type Template } from './template.ts';

/** A metric that an alarm looks at, its dimensions sorted by name. */
export interface Watched {
  readonly id: string;
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, Json>>;
}

/** What the alarms of a template look at, sums of several metrics included. */
export function watchedBy(template: Template): Watched[] {
  return resourcesOf(template, 'AWS::CloudWatch::Alarm').flatMap(({ id, ...alarm }: JsonObject) => {
    const parts = Array.isArray(alarm['Metrics'])
      ? (alarm['Metrics'] as readonly Json[])
      : [{ MetricStat: { Metric: alarm } }];
    return parts.flatMap((part) => {
      const stat = isObject(part) ? part['MetricStat'] : undefined;
      const metric = isObject(stat) ? stat['Metric'] : undefined;
      if (!isObject(metric)) return [];
      const list = Array.isArray(metric['Dimensions'])
        ? (metric['Dimensions'] as readonly Json[]).filter(isObject)
        : [];
      const dimensions = Object.fromEntries(list.map(({ Name, Value }) => [String(Name), Value ?? null]).sort());
      return [
        { id: String(id), namespace: String(metric['Namespace']), metric: String(metric['MetricName']), dimensions },
      ];
    });
  });
}

/** Alarms that look at what nobody measures, or that tell nobody, and what none looks at; nothing when all is fine. */
export function alarmProblems(template: Template, spec: SpecDatabase): string[] {
  const { namespace, dimensions } = emitted(template);
  const silent = resourcesOf(template, 'AWS::CloudWatch::Alarm').filter(
    ({ AlarmActions }: JsonObject) => JSON.stringify(AlarmActions) !== '[{"Ref":"AlarmTopic"}]',
  );
  const watched = watchedBy(template);
  const blind = watched.filter((each) =>
    each.namespace === namespace
      ? !(each.metric in METRICS && JSON.stringify(each.dimensions) === JSON.stringify(dimensions))
      : !dimensionsOf(each, spec).includes(Object.keys(each.dimensions).join()),
  );
  return [
    ...silent.map(({ id }) => `${id} tells nobody`),
    ...blind.map(({ id, ...each }) => `${id} looks at what nobody measures: ${JSON.stringify(each)}`),
    ...unwatchedThrottles(template, watched),
    ...stuck(template, watched),
  ];
}

/** What fills each of the metrics of an alarm where there are no data. */
const FILLED = /FILL\(METRICS\(\), 0\)/;

/**
 * Alarms on metrics of DynamoDB, which it does not tell where there is nothing to tell: they keep their state then, unless
 * something is filled in, which happens to the last period before DynamoDB tells of it.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
 */
function stuck(template: Template, watched: readonly Watched[]): string[] {
  const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm').filter(({ id }) =>
    watched.some((each) => each.id === id && each.namespace === 'AWS/DynamoDB'),
  );
  return alarms.flatMap(({ id, ...alarm }: JsonObject) => [
    ...(FILLED.test(JSON.stringify(alarm['Metrics'] ?? null))
      ? []
      : [`${id} stays as it is where DynamoDB tells nothing`]),
    ...(Number(alarm['DatapointsToAlarm']) < Number(alarm['EvaluationPeriods'])
      ? []
      : [`${id} looks at nothing but what may be filled`]),
  ]);
}

/** Under which dimensions AWS measures something: the names of each set, sorted and joined. */
const dimensionsOf = ({ namespace, metric }: Watched, spec: SpecDatabase): string[] =>
  spec
    .all('metric')
    .filter((each) => each.namespace === namespace && each.name === metric)
    .flatMap((each) => spec.follow('usesDimensionSet', each))
    .map(({ entity }) =>
      entity.dimensions
        .map(({ name }) => name)
        .sort()
        .join(),
    );

/** The table counts what it refuses itself, and each of its indexes what is refused there. */
function unwatchedThrottles(template: Template, watched: readonly Watched[]): string[] {
  const indexes = resourcesOf(template, 'AWS::DynamoDB::Table').flatMap(({ GlobalSecondaryIndexes }: JsonObject) =>
    Array.isArray(GlobalSecondaryIndexes) ? (GlobalSecondaryIndexes as readonly Json[]).filter(isObject) : [],
  );
  return [undefined, ...indexes.map(({ IndexName }) => IndexName)].flatMap((index) =>
    ['ReadThrottleEvents', 'WriteThrottleEvents']
      .filter(
        (metric) =>
          !watched.some((each) => each.metric === metric && each.dimensions['GlobalSecondaryIndexName'] === index),
      )
      .map((metric) => `nobody watches ${metric} of ${index ?? 'the table'}`),
  );
}

/** Under which name and dimensions the functions of a template measure. */
function emitted(template: Template) {
  const { SERVICE_NAME: service, STAGE: stage } = functionsOf(template)[0]?.variables ?? {};
  const lines: string[] = [];
  emfMetrics({ service: String(service), stage: String(stage) }, realClock(), (line) => lines.push(line)).put({
    Batches: 1,
  });
  const { _aws, ...values } = JSON.parse(lines[0] ?? '');
  const [{ Namespace: namespace, Dimensions }] = _aws.CloudWatchMetrics;
  const names: string[] = Dimensions[0].toSorted();
  return { namespace, dimensions: Object.fromEntries(names.map((name) => [name, values[name]])) };
}
