import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { Account, API_ID } from './account.ts';
import { cloudFormationCalls, frameworkCalls } from './deploy-calls.ts';
import { allows, type Call, statementProblems } from './policy.ts';
import { statementsOf } from './rights.ts';
import { decided, isObject, type JsonObject, resourcesOf, type Template } from './template.ts';

const FILE = 'stack/deploy-role.yml';

/** The template of the role by which GitHub deploys, of the first stage of an account, some text of it changed. */
export async function readDeployRole(from = '', to = ''): Promise<Template> {
  // CloudFormation takes YAML without aliases: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
  const text = JSON.stringify(parse(await readFile(FILE, 'utf8'), { maxAliasCount: 0 }));
  if (!text.includes(from)) throw new Error(`${FILE} does not say ${from}`);
  return decided(JSON.parse(text.replaceAll(from, to).replaceAll('{"Ref":"ProviderArn"}', '""')));
}

/** Every call that a deployment of a stack makes, of CloudFormation and of the framework. */
export async function deploymentCalls(stack: Template): Promise<Call[]> {
  const account = new Account(stack, 'roster-prod');
  return [...(await cloudFormationCalls(stack, account)), ...(await frameworkCalls(account))];
}

/** What that role can not do for a stack, or could do in vain, and what its boundary would not let functions do, in words. */
export async function deployRoleProblems(role: Template, stack: Template, calls: readonly Call[]): Promise<string[]> {
  const first = statementsIn(role, '*');
  // Its API is there by then.
  const later = statementsIn(role, API_ID);
  return [
    ...refused(calls, first, 'the first deployment'),
    ...refused(calls, later, 'a later deployment'),
    ...allowed(calls.flatMap(ofAnotherStage), first, 'the first deployment'),
    ...allowed(calls.flatMap(ofAnotherApi), later, 'a later deployment'),
    ...allowed(calls.flatMap(forAnybody), first, 'the first deployment'),
    ...inVain(first, calls),
    ...(await boundaryProblems(role, stack)),
    ...(await statementProblems(first)),
  ];
}

const changed = (text: string, from: string, to: string): string[] =>
  text.includes(from) ? [text.replaceAll(from, to)] : [];

/** A call for what another stage has, and one under conditions that another stage is to meet. */
function ofAnotherStage({ action, resource, context }: Call): Call[] {
  const other = (text: string) => changed(text, 'roster-prod', 'roster-prodeu');
  const [elsewhere] = Object.entries(context).flatMap(([key, value]) => other(value).map((each) => [[key, each]]));
  return [
    ...other(resource).map((each) => ({ action, resource: each, context })),
    ...(elsewhere ? [{ action, resource, context: Object.fromEntries(elsewhere) }] : []),
  ];
}

const ofAnotherApi = ({ action, resource, context }: Call): Call[] =>
  changed(resource, API_ID, 'zz00zz00zz').map((each) => ({ action, resource: each, context }));

/** A call that lets a service call a function, for anybody instead. */
const forAnybody = ({ action, resource, context }: Call): Call[] =>
  'lambda:Principal' in context ? [{ action, resource, context: { ...context, 'lambda:Principal': '*' } }] : [];

const valuesFor = (apiId: string) => ({ Stage: 'prod', Repository: 'example/roster', ApiId: apiId });

function statementsIn(role: Template, apiId: string): JsonObject[] {
  const account = new Account(role, 'roster-github-prod', valuesFor(apiId));
  return statementsOf(role, 'DeployRole').map((statement) => account.value(statement) as JsonObject);
}

const refused = (calls: readonly Call[], statements: readonly JsonObject[], what: string): string[] =>
  calls
    .filter((call) => !allows(statements, call))
    .map(({ action, resource }) => `${what} may not do ${action} to ${resource}`);

const allowed = (calls: readonly Call[], statements: readonly JsonObject[], what: string): string[] =>
  calls
    .filter((call) => allows(statements, call))
    .map(({ action, resource, context }) => `${what} may do ${action} to ${resource} ${JSON.stringify(context)}`);

/** Actions that are named and never called. None is a pattern: nobody could say which of what it is like is called. */
function inVain(statements: readonly JsonObject[], calls: readonly Call[], who = 'deployment'): string[] {
  const called = new Set(calls.map(({ action }) => action));
  const named = statements.flatMap(({ Action }) => [Action ?? []].flat().map(String));
  return named.filter((action) => !called.has(action)).map((action) => `no ${who} calls ${action}`);
}

async function boundaryProblems(role: Template, stack: Template): Promise<string[]> {
  const { PolicyDocument } = new Account(role, 'roster-github-prod', valuesFor('*')).value(
    role.Resources['Boundary']?.Properties ?? {},
  ) as JsonObject;
  const boundary = ((isObject(PolicyDocument) && PolicyDocument['Statement']) || []) as readonly JsonObject[];
  const account = new Account(stack, 'roster-prod');
  const own = resourcesOf(stack, 'AWS::IAM::Role').flatMap(({ id }) =>
    statementsOf(stack, id).map((statement) => account.value(statement) as JsonObject),
  );
  const rights = own.flatMap(({ Action, Resource }) =>
    [Action ?? []]
      .flat()
      .flatMap((action) =>
        [Resource ?? []]
          .flat()
          .map((resource) => ({ action: String(action), resource: String(resource), context: {} })),
      ),
  );
  return [
    ...refused(rights, boundary, 'a function'),
    ...inVain(boundary, rights, 'function'),
    ...(await statementProblems([...boundary, ...own])),
  ];
}
