import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Account, API_ID } from './account.ts';
import { HANDLER_PERMISSIONS } from './handler-permissions.ts';
import { type Call, isLike, resourcesFor } from './policy.ts';
import { isObject, type Json, type JsonObject, type Resource, type Template } from './template.ts';

/** Actions of a list such as `sqs:CreateQueue DeleteQueue sns:Publish`. */
function actionsIn(text: string): string[] {
  let service = '';
  return text.split(' ').map((each) => {
    const [name = '', prefix] = each.split(':').reverse();
    service = prefix ?? service;
    return `${service}:${name}`;
  });
}

/** Every call that CloudFormation may make for the resources of a template. @throws Error for a type of which nobody has said */
export async function cloudFormationCalls(template: Template, account: Account): Promise<Call[]> {
  const calls = Object.entries(template.Resources).map(async ([id, resource]) => {
    const properties = account.value(resource.Properties ?? {}) as JsonObject;
    const arns = arnsFor(id, resource, properties, template, account);
    const context = contextOf(properties);
    const each = neededActions(resource.Type, properties).map(async (action) =>
      (await resourcesOfCall(action, arns)).map((about) => ({ action, resource: about, context: context(action) })),
    );
    return (await Promise.all(each)).flat();
  });
  return (await Promise.all(calls)).flat();
}

function neededActions(type: string, properties: JsonObject): string[] {
  const permissions = HANDLER_PERMISSIONS[type];
  if (!permissions) throw new Error(`nobody has said what CloudFormation calls for a resource of type ${type}`);
  return Object.entries(permissions).flatMap(([property, actions]) =>
    property === '' || isGiven(properties, property) ? actionsIn(actions) : [],
  );
}

const isGiven = (properties: JsonObject, path: string): boolean =>
  path.split('.').reduce<Json | undefined>((value, name) => (isObject(value) ? value[name] : undefined), properties) !==
  undefined;

/** What calls for a resource can be about, first of all itself. */
function arnsFor(
  id: string,
  { Type }: Resource,
  properties: JsonObject,
  template: Template,
  account: Account,
): string[] {
  const api = `arn:aws:apigateway:eu-central-1::/apis`;
  const of = (name: string) =>
    Object.keys(template.Resources).filter((each) => template.Resources[each]?.Type === name);
  switch (Type) {
    case 'AWS::ApiGatewayV2::Api':
      return [
        api,
        `${api}/${API_ID}`,
        `arn:aws:apigateway:eu-central-1::/tags/${encodeURIComponent(`${api}/${API_ID}`)}`,
      ];
    case 'AWS::ApiGatewayV2::Stage':
      return [
        `${api}/${API_ID}/stages`,
        `${api}/${API_ID}/stages/$default`,
        ...of('AWS::Logs::LogGroup').map((each) => account.arn(each)),
      ];
    case 'AWS::ApiGatewayV2::Integration':
      return [`${api}/${API_ID}/integrations`, `${api}/${API_ID}/integrations/a1b2c3d`];
    case 'AWS::ApiGatewayV2::Route':
      return [`${api}/${API_ID}/routes`, `${api}/${API_ID}/routes/a1b2c3d`];
    case 'AWS::Lambda::Function': {
      const bucket = of('AWS::S3::Bucket').map((each) => account.arn(each));
      return [account.arn(id), String(properties['Role']), ...bucket.map((each) => `${each}/serverless/roster.zip`)];
    }
    case 'AWS::Lambda::EventInvokeConfig':
    case 'AWS::Lambda::Permission':
      return [String(properties['FunctionName'])];
    case 'AWS::S3::BucketPolicy':
      return [String(properties['Bucket'])];
    case 'AWS::SNS::Subscription':
      return [String(properties['TopicArn']), `${properties['TopicArn']}:8d3b6b1e-0000-4000-8000-000000000000`];
    default:
      return [account.arn(id)];
  }
}

/** Which of these a call is about, `*` when it is about nothing. */
async function resourcesOfCall(action: string, arns: readonly string[]): Promise<readonly string[]> {
  const [service, name] = action.split(':');
  // AWS's lists of API Gateway's actions leave out some of the second version's. What is new is posted to what it is in.
  if (service === 'apigateway') {
    const own = arns.filter((arn) => arn.startsWith('arn:aws:apigateway:'));
    return name === 'POST' ? own.slice(0, 1) : own.slice(1);
  }
  const patterns = await resourcesFor(action);
  if (patterns.length === 0) return ['*'];
  const about = arns.filter((arn) => patterns.some((pattern) => isLike(arn, pattern)));
  if (about.length === 0) throw new Error(`nobody has said what ${action} is about, of ${arns.join(', ')}`);
  return about;
}

/** What is written into roles that have a boundary, and to which functions records are led. */
const BOUND = /^iam:(CreateRole|PutRolePolicy|DeleteRolePolicy|PutRolePermissionsBoundary)$/;
const LED = /^lambda:(Create|Update|Delete)EventSourceMapping$/;

/** What conditions may look at when a resource is made or changed. */
const contextOf =
  ({ FunctionName, PermissionsBoundary, Principal }: JsonObject) =>
  (action: string): Readonly<Record<string, string>> => {
    if (action === 'lambda:AddPermission') return { 'lambda:Principal': String(Principal) };
    if (action === 'iam:PassRole') return { 'iam:PassedToService': 'lambda.amazonaws.com' };
    if (LED.test(action)) return { 'lambda:FunctionArn': String(FunctionName) };
    if (BOUND.test(action) && PermissionsBoundary) return { 'iam:PermissionsBoundary': String(PermissionsBoundary) };
    return {};
  };

/** Actions that commands of AWS's SDK take, where they are called otherwise; none where the framework has no use for one here. */
const COMMANDS: Readonly<Record<string, string>> = {
  HeadBucketCommand: 's3:ListBucket',
  ListObjectsV2Command: 's3:ListBucket',
  HeadObjectCommand: 's3:GetObject',
  DeleteObjectsCommand: 's3:DeleteObject',
  Upload: 's3:PutObject AbortMultipartUpload',
  GetFunctionCommand: 'lambda:GetFunction',
  // For functions that follow logs, and for those made of images.
  DescribeSubscriptionFiltersCommand: '',
  DeleteSubscriptionFilterCommand: '',
  DescribeRepositoriesCommand: '',
};

/** What is called by name where the framework deploys, such as `CreateStackCommand`. */
async function commandsInFramework(): Promise<string[]> {
  const root = join(dirname(createRequire(import.meta.url).resolve('serverless/package.json')), 'lib/plugins/aws');
  const folders = ['deploy/lib', 'lib'].map((name) => join(root, name));
  const files = await Promise.all(
    folders.map(async (folder) => (await readdir(folder)).map((name) => join(folder, name))),
  );
  const texts = await Promise.all(files.flat().map((file) => readFile(file, 'utf8')));
  const names = texts.flatMap((text) => [...text.matchAll(/new (\w+Command|Upload)\(/g)].map(([, name = '']) => name));
  return [...new Set(names)].sort();
}

/** Every call that the framework makes for a deployment, and that of `scripts/after-deploy.cjs`. */
export async function frameworkCalls(account: Account): Promise<Call[]> {
  const bucket = account.arn('ServerlessDeploymentBucket');
  const functionArn = account.arn('MaintainLambdaFunction');
  const stack =
    'arn:aws:cloudformation:eu-central-1:123456789012:stack/roster-prod/8d3b6b1e-0000-4000-8000-000000000000';
  const arns = [stack, bucket, `${bucket}/serverless/roster.zip`, functionArn];
  const commands = (await commandsInFramework()).flatMap((command) => {
    // The others are of CloudFormation.
    const actions = COMMANDS[command] ?? `cloudformation:${command.replace(/Command$/, '')}`;
    return actions === '' ? [] : actionsIn(actions);
  });
  // provider.js; and the stack has a tag, by create-stack.js and update-stack.js.
  const others = [
    ...actionsIn('cloudformation:DescribeStackResource ListStackResources TagResource UntagResource'),
    'lambda:InvokeFunction',
  ];
  const calls = [...commands, ...others].map(async (action) =>
    (await resourcesOfCall(action, arns)).map((resource) => ({ action, resource, context: {} })),
  );
  return (await Promise.all(calls)).flat();
}
