import { type Right, type RoledFunction, rightsOf } from './rights.ts';
import type { Template } from './template.ts';

const REGIONAL = 'AWS::Region:AWS::AccountId';
const TRACING = ['xray:PutTraceSegments *', 'xray:PutTelemetryRecords *'];
/** https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html */
const READING_THE_STREAM = [
  ...['DescribeStream', 'GetRecords', 'GetShardIterator'].map((action) => `dynamodb:${action} Table.StreamArn`),
  'dynamodb:ListStreams *',
];
const NOTING_FAILED_CALLS = 'sqs:SendMessage FailedCalls.Arn';

/** What functions do beside reading parameters and the table. */
const ACTS: Readonly<Record<string, readonly Right[]>> = {
  graphql: [],
  indexStream: [...READING_THE_STREAM, 'sqs:SendMessage DeadLetters.Arn'],
  maintain: ['lambda:InvokeFunction reindex'],
  doctor: ['lambda:InvokeFunction doctor', NOTING_FAILED_CALLS],
  reindex: ['lambda:InvokeFunction reindex', NOTING_FAILED_CALLS],
};

/** Everything that a function needs to be allowed but the operations on the table, sorted; see `rights.test.ts` for those. */
export function neededRights({ name, functionName, variables }: RoledFunction, service: string): Right[] {
  const logs = `arn:AWS::Partition:logs:${REGIONAL}:log-group:/aws/lambda/${functionName}:*`;
  const parameters = Object.entries(variables).filter(([variable]) => variable.endsWith('_PARAMETER'));
  return [
    `logs:CreateLogStream ${logs}`,
    `logs:PutLogEvents ${logs}`,
    ...TRACING,
    ...(ACTS[name] ?? []).map((right) =>
      right.replace(/^(lambda:.*) (\w+)$/, `$1 arn:AWS::Partition:lambda:${REGIONAL}:function:${service}-$2`),
    ),
    ...parameters.map(([, parameter]) => `ssm:GetParameters arn:AWS::Partition:ssm:${REGIONAL}:parameter${parameter}`),
  ].sort();
}

/** What a role allows of that, sorted. */
export const rightsBesideTheTable = (template: Template, role: string): Right[] =>
  rightsOf(template, role)
    .filter((right) => !/^dynamodb:\w+ Table\.Arn/.test(right))
    .sort();
