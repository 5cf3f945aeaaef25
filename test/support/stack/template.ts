/** Anything that a template may hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** An object of a template. */
export type JsonObject = { readonly [name: string]: Json };

/** A resource of a template. */
export interface Resource {
  readonly Type: string;
  readonly Properties?: JsonObject;
  readonly DependsOn?: Json;
  readonly Condition?: string;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** What CloudFormation is given. */
export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: Json }>>;
  readonly Conditions?: Readonly<Record<string, Json>>;
  readonly Parameters?: Readonly<Record<string, Json>>;
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The function of CloudFormation that an object stands for, such as `Fn::Sub`, and what it is given. */
export function functionIn(value: Json): readonly [name: string, given: Json] | undefined {
  if (!isObject(value)) return undefined;
  const [entry, ...more] = Object.entries(value);
  return entry && more.length === 0 && (entry[0] === 'Ref' || entry[0].startsWith('Fn::')) ? entry : undefined;
}

const NO_VALUE = { Ref: 'AWS::NoValue' } as const;

/**
 * A template as CloudFormation carries it out: conditions are decided, and what they leave out is gone.
 *
 * @throws Error for a condition that is not there, or that is made of anything but texts, `Fn::Equals` and `Fn::Not`
 */
export function decided(template: Template): Template {
  const holds = (condition: Json): boolean => {
    const [name, given] = functionIn(condition) ?? [];
    const [left, right] = Array.isArray(given) ? (given as readonly Json[]) : [];
    if (name === 'Fn::Not' && left !== undefined) return !holds(left);
    // CloudFormation compares texts only.
    if (name === 'Fn::Equals' && typeof left === 'string' && typeof right === 'string') return left === right;
    throw new Error(`a condition is ${JSON.stringify(condition)}`);
  };
  const isMet = (name: Json | undefined): boolean => {
    const condition = template.Conditions?.[String(name)];
    if (condition === undefined) throw new Error(`there is no condition ${name}`);
    return holds(condition);
  };
  const walk = (value: Json): Json => {
    const [name, given] = functionIn(value) ?? [];
    if (name === 'Fn::If' && Array.isArray(given)) return walk((isMet(given[0]) ? given[1] : given[2]) ?? null);
    if (Array.isArray(value)) return value.map(walk).filter((each) => !isNoValue(each));
    if (!isObject(value)) return value;
    const entries = Object.entries(value).map(([key, each]) => [key, walk(each)] as const);
    return Object.fromEntries(entries.filter(([, each]) => !isNoValue(each)));
  };
  const Resources = Object.entries(template.Resources)
    .filter(([, { Condition }]) => Condition === undefined || isMet(Condition))
    .map(([id, resource]) => [id, { ...resource, Properties: walk(resource.Properties ?? {}) as JsonObject }]);
  return { ...template, Resources: Object.fromEntries(Resources) };
}

const isNoValue = (value: Json): boolean => isObject(value) && value['Ref'] === NO_VALUE.Ref;

/** The resources of a type, with their logical ids. */
export const resourcesOf = ({ Resources }: Template, type: string) =>
  Object.entries(Resources).flatMap(([id, { Type, Properties = {} }]) =>
    Type === type ? [{ id, ...Properties }] : [],
  );
