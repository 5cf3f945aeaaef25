/** Values that AWS takes where its resource definitions say no more than "text", by type and path of the property. */
export const ENUMERATIONS: Readonly<Record<string, readonly (string | number)[]>> = {
  // https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
  'AWS::Lambda::Function.Runtime': ['nodejs22.x', 'nodejs24.x'],
  'AWS::Lambda::Function.Architectures': ['arm64', 'x86_64'],
  'AWS::Lambda::Function.TracingConfig.Mode': ['Active', 'PassThrough'],
  'AWS::Lambda::EventSourceMapping.StartingPosition': ['TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP'],
  'AWS::Lambda::EventSourceMapping.FunctionResponseTypes': ['ReportBatchItemFailures'],
  'AWS::DynamoDB::Table.BillingMode': ['PAY_PER_REQUEST', 'PROVISIONED'],
  'AWS::DynamoDB::Table.AttributeDefinitions.AttributeType': ['S', 'N', 'B'],
  'AWS::DynamoDB::Table.KeySchema.KeyType': ['HASH', 'RANGE'],
  'AWS::DynamoDB::Table.GlobalSecondaryIndexes.KeySchema.KeyType': ['HASH', 'RANGE'],
  'AWS::DynamoDB::Table.GlobalSecondaryIndexes.Projection.ProjectionType': ['ALL', 'KEYS_ONLY', 'INCLUDE'],
  'AWS::DynamoDB::Table.StreamSpecification.StreamViewType': [
    'KEYS_ONLY',
    'NEW_IMAGE',
    'OLD_IMAGE',
    'NEW_AND_OLD_IMAGES',
  ],
  'AWS::CloudWatch::Alarm.ComparisonOperator': [
    'GreaterThanOrEqualToThreshold',
    'GreaterThanThreshold',
    'LessThanThreshold',
    'LessThanOrEqualToThreshold',
  ],
  'AWS::CloudWatch::Alarm.Statistic': ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'],
  'AWS::CloudWatch::Alarm.TreatMissingData': ['breaching', 'notBreaching', 'ignore', 'missing'],
  'AWS::CloudWatch::Alarm.EvaluateLowSampleCountPercentile': ['evaluate', 'ignore'],
  'AWS::ApiGatewayV2::Api.ProtocolType': ['HTTP', 'WEBSOCKET'],
  'AWS::ApiGatewayV2::Integration.IntegrationType': ['AWS_PROXY', 'HTTP_PROXY'],
  'AWS::ApiGatewayV2::Integration.PayloadFormatVersion': ['1.0', '2.0'],
  'AWS::SNS::Subscription.Protocol': ['email', 'https', 'sqs', 'lambda'],
  'AWS::Events::Rule.State': ['ENABLED', 'DISABLED'],
  // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
  'AWS::Logs::LogGroup.RetentionInDays': [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827],
};

/** What may become of a resource that leaves the stack. */
export const POLICIES: readonly string[] = ['Delete', 'Retain', 'RetainExceptOnCreate', 'Snapshot'];
