import type { AttributeValue, _Record as StreamRecord } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord, AttributeValue as LambdaAttributeValue } from 'aws-lambda';

/**
 * A record as GetRecords returns it in the shape that Lambda hands to its functions: times in seconds, binary values in
 * base64, the stream's ARN added.
 */
export function lambdaRecord(record: StreamRecord, streamArn: string): DynamoDBRecord {
  const { dynamodb: data = {}, userIdentity } = record;
  return {
    ...defined({
      eventID: record.eventID,
      eventName: record.eventName,
      eventVersion: record.eventVersion,
      eventSource: record.eventSource,
      awsRegion: record.awsRegion,
      userIdentity: userIdentity && { type: userIdentity.Type, principalId: userIdentity.PrincipalId },
    }),
    eventSourceARN: streamArn,
    dynamodb: defined({
      ApproximateCreationDateTime:
        data.ApproximateCreationDateTime && Math.floor(data.ApproximateCreationDateTime.getTime() / 1_000),
      Keys: data.Keys && lambdaImage(data.Keys),
      NewImage: data.NewImage && lambdaImage(data.NewImage),
      OldImage: data.OldImage && lambdaImage(data.OldImage),
      SequenceNumber: data.SequenceNumber,
      SizeBytes: data.SizeBytes,
      StreamViewType: data.StreamViewType,
    }),
  };
}

const lambdaImage = (image: Readonly<Record<string, AttributeValue>>): Record<string, LambdaAttributeValue> =>
  Object.fromEntries(Object.entries(image).map(([name, value]) => [name, lambdaValue(value)]));

function lambdaValue(value: AttributeValue): LambdaAttributeValue {
  if (value.B) return { B: base64(value.B) };
  if (value.BS) return { BS: value.BS.map(base64) };
  if (value.L) return { L: value.L.map(lambdaValue) };
  // DynamoDB Local leaves the type of an empty map out.
  if (value.M || Object.keys(value).length === 0) return { M: lambdaImage(value.M ?? {}) };
  // Everything else has the same shape in both; the SDK's type also names its unknown members.
  return value as LambdaAttributeValue;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Leaves out what is undefined, as JSON would. */
const defined = <T extends object>(values: T): Defined<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
