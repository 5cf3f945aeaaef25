import { SERVICE } from '../../../src/entities/core/electro.ts';
import { SYSTEM_ORG } from '../../../src/entities/core/keys.ts';
import { functionIn, isObject, type Json, type JsonObject, resourcesOf, type Template } from './template.ts';

/**
 * One action on one resource, as `dynamodb:Query Table.Arn/index/gsi1`; where it is bound to partition keys, with what
 * these are like, as `dynamodb:PutItem Table.Arn not $roster#org_-#*`.
 */
export type Right = string;

/** What the partition keys of Roster's own records are like. */
export const RECORDS = `$${SERVICE}#org_${SYSTEM_ORG}#*`;

/** A function of a template and the role that it runs under. */
export interface RoledFunction {
  /** Its name in `serverless.yml`: the export of `handler.ts`. */
  readonly name: string;
  /** What AWS calls it. */
  readonly functionName: string;
  /** Logical id of the role. */
  readonly role: string;
  readonly variables: Readonly<Record<string, Json>>;
}

export const functionsOf = (template: Template): RoledFunction[] =>
  resourcesOf(template, 'AWS::Lambda::Function').map(({ FunctionName, Handler, Role, Environment }: JsonObject) => ({
    name: String(Handler).split('.').at(-1) ?? '',
    functionName: String(FunctionName),
    role: textOf(Role ?? null).replace(/\.Arn$/, ''),
    variables: (isObject(Environment) && isObject(Environment['Variables']) && Environment['Variables']) || {},
  }));

/** A resource's name as text: references as `Table.Arn`, the account and the region left as they are. */
export function textOf(value: Json): string {
  const [name, given] = functionIn(value) ?? [];
  if (name === 'Fn::GetAtt') return [given].flat().join('.');
  if (name === 'Fn::Sub') return String(given).replace(/\$\{([^}]+)\}/g, (_all, of: string) => of);
  if (name === 'Fn::Join' && Array.isArray(given))
    return [given[1]]
      .flat()
      .map((each) => textOf(each ?? ''))
      .join('');
  if (name === 'Ref') return String(given);
  return String(value);
}

const list = (value: Json | undefined): Json[] => (value === undefined ? [] : ([value].flat() as Json[]));

/** The statements of a role's policies. */
export function statementsOf(template: Template, role: string): JsonObject[] {
  const { Policies } = template.Resources[role]?.Properties ?? {};
  return list(Policies).flatMap((policy) => {
    const document = isObject(policy) ? policy['PolicyDocument'] : undefined;
    return isObject(document) ? list(document['Statement']).filter(isObject) : [];
  });
}

/** All that a role may do. */
export const rightsOf = (template: Template, role: string): Right[] =>
  statementsOf(template, role).flatMap(({ Action, Resource, Condition }) =>
    list(Action).flatMap((action) =>
      list(Resource).map((resource) => `${action} ${textOf(resource)}${boundTo(Condition)}`),
    ),
  );

/** Of which partition keys it is that a statement allows something, as the end of a {@link Right}; all else as it stands. */
function boundTo(condition: Json | undefined): string {
  if (condition === undefined) return '';
  const [[operator, keys] = [], ...more] = isObject(condition) ? Object.entries(condition) : [];
  const pattern = isObject(keys) && more.length === 0 ? keys['dynamodb:LeadingKeys'] : undefined;
  if (pattern === undefined) return ` if ${JSON.stringify(condition)}`;
  if (operator === 'ForAllValues:StringLike') return ` ${pattern}`;
  if (operator === 'ForAllValues:StringNotLike') return ` not ${pattern}`;
  return ` if ${JSON.stringify(condition)}`;
}

/** What these are about has no name; see `statementProblems`, which says so of each action that is allowed. */
const ABOUT_NOTHING = ['dynamodb:ListStreams *', 'xray:PutTraceSegments *', 'xray:PutTelemetryRecords *'];
const WRITES = /^dynamodb:(PutItem|UpdateItem|DeleteItem|BatchWriteItem|ConditionCheckItem) Table\.Arn$/;
const LOG_STREAMS = /^logs:(CreateLogStream|PutLogEvents) arn:[^*]+:log-group:[^*]+:\*$/;
const API_ROUTES = /^arn:[^*]+:execute-api:[^*]+:HttpApi\/\*$/;

/** What is wider in a template than anybody needs, each in words; nothing when it is fine. */
export function excessesOf(template: Template): string[] {
  const functions = functionsOf(template);
  const roles = resourcesOf(template, 'AWS::IAM::Role');
  const shared = functions.filter(({ role }, i) => functions.findIndex((other) => other.role === role) < i);
  const elsewhere = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::RolePolicy', 'AWS::IAM::UserPolicy'];
  return [
    ...shared.map(({ name, role }) => `${name} has the role ${role} of another function`),
    ...roles.flatMap(({ id }) => roleExcesses(template, id)),
    ...elsewhere.flatMap((type) => resourcesOf(template, type).map(({ id }) => `${id} is a policy of no one role`)),
    ...resourcesOf(template, 'AWS::Lambda::Permission').flatMap(({ id, ...permission }) =>
      permissionExcesses(id, permission),
    ),
  ];
}

function roleExcesses(template: Template, id: string): string[] {
  const { ManagedPolicyArns, AssumeRolePolicyDocument } = template.Resources[id]?.Properties ?? {};
  const rights = rightsOf(template, id);
  const wide = rights
    .map((right) => right.replace(` ${RECORDS}`, ''))
    .filter((right) => right.includes('*') && !ABOUT_NOTHING.includes(right) && !LOG_STREAMS.test(right));
  const odd = statementsOf(template, id).filter((each) => 'NotAction' in each || 'NotResource' in each);
  const trusted = JSON.stringify(AssumeRolePolicyDocument).match(/"Principal":[^}]*\}/g) ?? [];
  return [
    ...(ManagedPolicyArns === undefined ? [] : [`${id} has policies that are not its own`]),
    ...wide.map((right) => `${id} may do ${right}`),
    ...rights.filter((right) => WRITES.test(right)).map((right) => `${id} may do ${right} to items of any kind`),
    ...rights.filter((right) => right.includes(' if ')).map((right) => `${id} may do ${right}, which nobody has read`),
    ...odd.map((statement) => `${id} may do all but what a statement names: ${JSON.stringify(statement)}`),
    ...trusted
      .filter((principal) => principal !== '"Principal":{"Service":"lambda.amazonaws.com"}')
      .map((principal) => `${id} can be taken by others than Lambda: ${principal}`),
  ];
}

function permissionExcesses(id: string, { SourceArn, Principal }: JsonObject): string[] {
  if (SourceArn === undefined || Principal === '*') return [`${id} lets anybody call a function`];
  const source = textOf(SourceArn);
  return source.includes('*') && !API_ROUTES.test(source) ? [`${id} lets ${source} call a function`] : [];
}
