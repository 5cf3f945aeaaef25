import { functionIn, isObject, type Json, type JsonObject, type Template } from './template.ts';

const [REGION, ACCOUNT] = ['eu-central-1', '123456789012'];
/** The id of the HTTP API. */
export const API_ID = 'ab12cd34ef';
/** What CloudFormation ends the names with that it makes. */
const SUFFIX = '1ABCDEF2GHIJ';

const API = `arn:aws:apigateway:${REGION}::/apis/${API_ID}`;

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Partition': 'aws',
  'AWS::Region': REGION,
  'AWS::StackName': 'roster-prod',
};

const regional = (service: string, name: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${name}`;

/** What resources are called in an account, as ARN, by what they are. */
const ARNS: Readonly<Record<string, (properties: JsonObject, id: string, stack: string) => string>> = {
  'AWS::ApiGatewayV2::Api': () => API,
  'AWS::ApiGatewayV2::Integration': () => `${API}/integrations/a1b2c3d`,
  'AWS::CloudWatch::Alarm': ({ AlarmName }) => regional('cloudwatch', `alarm:${AlarmName}`),
  'AWS::DynamoDB::Table': ({ TableName }) => regional('dynamodb', `table/${TableName}`),
  'AWS::Events::Rule': (_, id, stack) => regional('events', `rule/${stack}-${id}-${SUFFIX}`),
  'AWS::IAM::ManagedPolicy': ({ ManagedPolicyName }) => `arn:aws:iam::${ACCOUNT}:policy/${ManagedPolicyName}`,
  'AWS::IAM::Role': (_, id, stack) => `arn:aws:iam::${ACCOUNT}:role/${stack}-${id}-${SUFFIX}`,
  'AWS::Lambda::EventSourceMapping': () =>
    regional('lambda', 'event-source-mapping:8d3b6b1e-0000-4000-8000-000000000000'),
  'AWS::Lambda::Function': ({ FunctionName }) => regional('lambda', `function:${FunctionName}`),
  'AWS::Logs::LogGroup': ({ LogGroupName }) => regional('logs', `log-group:${LogGroupName}`),
  'AWS::S3::Bucket': (_, id, stack) => `arn:aws:s3:::${stack}-${id.toLowerCase()}-${SUFFIX.toLowerCase()}`,
  'AWS::SNS::Topic': ({ TopicName }) => regional('sns', String(TopicName)),
  'AWS::SQS::Queue': ({ QueueName }) => regional('sqs', String(QueueName)),
};

/** A template as it stands in an account: its values with names in place of references. */
export class Account {
  readonly #template: Template;
  readonly #values: Readonly<Record<string, string>>;
  readonly #stack: string;

  /** @param values of parameters and pseudo parameters that are not as in any account */
  constructor(template: Template, stack: string, values: Readonly<Record<string, string>> = {}) {
    this.#template = template;
    this.#stack = stack;
    this.#values = { ...PSEUDO, 'AWS::StackName': stack, ...values };
  }

  /** @throws Error for a resource of a type whose ARN nobody has said */
  arn(id: string): string {
    const { Type, Properties = {} } = this.#template.Resources[id] ?? {};
    const arn = ARNS[String(Type)];
    if (!arn) throw new Error(`nobody has said what the ARN of ${id} is`);
    return arn(this.value(Properties) as JsonObject, id, this.#stack);
  }

  /** A value with texts for the functions in it. */
  value(value: Json): Json {
    const [name, given = null] = functionIn(value) ?? [];
    if (name === 'Ref') return this.#reference(String(given));
    if (name === 'Fn::GetAtt') return this.#reference([given].flat().join('.'));
    if (name === 'Fn::Sub') return String(given).replace(/\$\{([^}]+)\}/g, (_all, of: string) => this.#reference(of));
    if (name === 'Fn::Join' && Array.isArray(given))
      return [this.value((given as readonly Json[])[1] ?? [])].flat().map(String).join(String(given[0]));
    if (Array.isArray(value)) return value.map((each: Json) => this.value(each));
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, this.value(each)]));
  }

  #reference(reference: string): string {
    const known = this.#values[reference];
    if (known !== undefined) return known;
    const [id = '', attribute] = reference.split('.');
    // Streams have their table's ARN and a name of their own.
    return attribute === 'StreamArn' ? `${this.arn(id)}/stream/2026-01-01T00:00:00.000` : this.arn(id);
  }
}
