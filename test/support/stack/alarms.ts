import { emfMetrics, METRICS } from '../../../src/metrics.ts';
import { realClock } from '../../../src/runtime.ts';
import { functionsOf } from './rights.ts';
import { isObject, type Json, type JsonObject, resourcesOf, type Template } from './template.ts';

/** AWS's own metrics that alarms look at, with their dimensions. */
const AWS_METRICS: Readonly<Record<string, readonly [dimensions: string, ...metrics: string[]]>> = {
  'AWS/SQS': ['QueueName', 'ApproximateNumberOfMessagesVisible'],
  'AWS/Lambda': ['FunctionName', 'Errors', 'Throttles', 'IteratorAge'],
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
  'AWS/ApiGateway': ['ApiId', 'Latency', '5xx'],
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
  'AWS/DynamoDB': ['Operation,TableName', 'ThrottledRequests'],
};

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

/** Alarms that look at what nobody measures, or that tell nobody; nothing when all is fine. */
export function alarmProblems(template: Template): string[] {
  const { namespace, dimensions } = emitted(template);
  const silent = resourcesOf(template, 'AWS::CloudWatch::Alarm').filter(
    ({ AlarmActions }: JsonObject) => JSON.stringify(AlarmActions) !== '[{"Ref":"AlarmTopic"}]',
  );
  const blind = watchedBy(template).filter((watched) => {
    if (watched.namespace === namespace)
      return !(watched.metric in METRICS && JSON.stringify(watched.dimensions) === JSON.stringify(dimensions));
    const [names, ...metrics] = AWS_METRICS[watched.namespace] ?? [];
    return names !== Object.keys(watched.dimensions).join() || !metrics.includes(watched.metric);
  });
  return [
    ...silent.map(({ id }) => `${id} tells nobody`),
    ...blind.map(({ id, ...watched }) => `${id} looks at what nobody measures: ${JSON.stringify(watched)}`),
  ];
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
