/**
 * What CloudFormation may call to create, read, update and delete a resource, by its type: the permissions of the type's
 * handlers, as AWS publishes them; for `AWS::SNS::Subscription`, which has none published, the operations of SNS that its
 * properties are read and set by. Actions that any resource takes are under an empty name, and those that it takes only
 * with a property under the property's.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resource-type-schemas.html
 */
export const HANDLER_PERMISSIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'AWS::ApiGatewayV2::Api': {
    '': 'apigateway:GET POST PUT PATCH DELETE',
    BodyS3Location: 's3:GetObject',
  },
  'AWS::ApiGatewayV2::Integration': { '': 'apigateway:GET POST PUT PATCH DELETE' },
  'AWS::ApiGatewayV2::Route': { '': 'apigateway:GET POST PUT PATCH DELETE' },
  'AWS::ApiGatewayV2::Stage': {
    '': 'apigateway:GET POST PATCH DELETE TagResource',
    // Not of its schema: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
    AccessLogSettings:
      'logs:DescribeLogGroups DescribeLogStreams CreateLogDelivery GetLogDelivery UpdateLogDelivery DeleteLogDelivery ListLogDeliveries PutResourcePolicy DescribeResourcePolicies',
  },
  'AWS::CloudWatch::Alarm': {
    '': 'cloudwatch:PutMetricAlarm DescribeAlarms DeleteAlarms TagResource UntagResource ListTagsForResource',
  },
  'AWS::DynamoDB::Table': {
    '': 'dynamodb:CreateTable UpdateTable DeleteTable DescribeTable DescribeTimeToLive UpdateTimeToLive DescribeContinuousBackups UpdateContinuousBackups DescribeContributorInsights UpdateContributorInsights DescribeKinesisStreamingDestination ListTagsOfResource TagResource UntagResource GetResourcePolicy',
    ResourcePolicy: 'dynamodb:PutResourcePolicy DeleteResourcePolicy',
    ImportSourceSpecification: 'dynamodb:ImportTable DescribeImport s3:GetObject logs:CreateLogGroup',
    KinesisStreamSpecification:
      'dynamodb:EnableKinesisStreamingDestination DisableKinesisStreamingDestination UpdateKinesisStreamingDestination kinesis:DescribeStream PutRecords iam:CreateServiceLinkedRole',
    // AWS's own key for DynamoDB says by itself that whoever may use DynamoDB may use it; one of the account's does not.
    'SSESpecification.KMSMasterKeyId': 'kms:CreateGrant Decrypt DescribeKey Encrypt RevokeGrant',
  },
  'AWS::Events::Rule': {
    '': 'events:PutRule DescribeRule DeleteRule PutTargets RemoveTargets ListTargetsByRule',
    RoleArn: 'iam:PassRole',
  },
  'AWS::IAM::Role': {
    '': 'iam:CreateRole GetRole UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy DeleteRole PutRolePolicy GetRolePolicy DeleteRolePolicy ListRolePolicies ListAttachedRolePolicies TagRole UntagRole',
    ManagedPolicyArns: 'iam:AttachRolePolicy DetachRolePolicy',
    PermissionsBoundary: 'iam:PutRolePermissionsBoundary',
  },
  'AWS::Lambda::EventInvokeConfig': {
    '': 'lambda:PutFunctionEventInvokeConfig GetFunctionEventInvokeConfig UpdateFunctionEventInvokeConfig DeleteFunctionEventInvokeConfig',
  },
  'AWS::Lambda::EventSourceMapping': {
    '': 'lambda:CreateEventSourceMapping GetEventSourceMapping UpdateEventSourceMapping DeleteEventSourceMapping ListTags TagResource UntagResource',
    KmsKeyArn: 'kms:DescribeKey GenerateDataKey Decrypt',
  },
  'AWS::Lambda::Function': {
    '': 'lambda:CreateFunction GetFunction UpdateFunctionConfiguration UpdateFunctionCode DeleteFunction PutFunctionConcurrency DeleteFunctionConcurrency GetFunctionCodeSigningConfig GetRuntimeManagementConfig PutRuntimeManagementConfig PutFunctionRecursionConfig GetFunctionRecursionConfig ListTags TagResource UntagResource iam:PassRole s3:GetObject',
    'Code.S3ObjectVersion': 's3:GetObjectVersion',
    CodeSigningConfigArn: 'lambda:GetCodeSigningConfig PutFunctionCodeSigningConfig DeleteFunctionCodeSigningConfig',
    Layers: 'lambda:GetLayerVersion',
    FileSystemConfigs: 'elasticfilesystem:DescribeMountTargets',
    VpcConfig: 'ec2:DescribeSecurityGroups DescribeSubnets DescribeVpcs DescribeNetworkInterfaces',
    KmsKeyArn: 'kms:CreateGrant Decrypt Encrypt GenerateDataKey',
  },
  'AWS::Lambda::Permission': { '': 'lambda:AddPermission GetPolicy RemovePermission' },
  'AWS::Logs::LogGroup': {
    '': 'logs:CreateLogGroup DescribeLogGroups DeleteLogGroup PutRetentionPolicy DeleteRetentionPolicy GetDataProtectionPolicy DeleteDataProtectionPolicy ListTagsForResource TagResource UntagResource DescribeResourcePolicies',
    DataProtectionPolicy: 'logs:PutDataProtectionPolicy CreateLogDelivery firehose:TagDeliveryStream',
    KmsKeyId: 'logs:AssociateKmsKey DisassociateKmsKey',
  },
  'AWS::S3::Bucket': {
    '': 's3:CreateBucket DeleteBucket ListBucket GetBucketAcl GetAccelerateConfiguration GetLifecycleConfiguration GetBucketPublicAccessBlock PutBucketPublicAccessBlock GetAnalyticsConfiguration GetBucketCORS GetEncryptionConfiguration PutEncryptionConfiguration GetInventoryConfiguration GetBucketLogging GetMetricsConfiguration GetBucketNotification GetBucketVersioning GetReplicationConfiguration GetBucketWebsite GetBucketObjectLockConfiguration GetBucketTagging PutBucketTagging GetBucketOwnershipControls GetIntelligentTieringConfiguration',
    MetadataTableConfiguration: 's3:CreateBucketMetadataTableConfiguration s3tables:CreateTable',
    ReplicationConfiguration: 's3:PutReplicationConfiguration iam:PassRole',
  },
  'AWS::S3::BucketPolicy': { '': 's3:GetBucketPolicy PutBucketPolicy DeleteBucketPolicy' },
  'AWS::SNS::Subscription': {
    '': 'sns:Subscribe Unsubscribe GetSubscriptionAttributes SetSubscriptionAttributes ListSubscriptionsByTopic',
    SubscriptionRoleArn: 'iam:PassRole',
  },
  'AWS::SNS::Topic': {
    '': 'sns:CreateTopic GetTopicAttributes SetTopicAttributes DeleteTopic Subscribe Unsubscribe ListSubscriptionsByTopic GetDataProtectionPolicy ListTagsForResource TagResource UntagResource',
    DataProtectionPolicy: 'sns:PutDataProtectionPolicy',
    DeliveryStatusLogging: 'iam:GetRole PassRole',
  },
  'AWS::SQS::Queue': {
    '': 'sqs:CreateQueue GetQueueUrl GetQueueAttributes SetQueueAttributes DeleteQueue ListQueueTags TagQueue UntagQueue',
  },
};
