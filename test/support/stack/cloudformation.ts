import { loadAwsServiceSpec } from '@aws-cdk/aws-service-spec';
import type { PropertyType, SpecDatabase } from '@aws-cdk/service-spec-types';
import { ENUMERATIONS, POLICIES } from './enumerations.ts';
import { functionIn, isObject, type Json, type JsonObject, type Resource, type Template } from './template.ts';

/** What a resource or a part of it may have. */
type Properties = Readonly<Record<string, { readonly type: PropertyType; readonly required?: boolean }>>;

/** CloudFormation's own definitions of resources, which take most of a second to load. */
export const loadSpec = (): Promise<SpecDatabase> => loadAwsServiceSpec();

/** What CloudFormation would refuse in a template whose conditions are decided, each with its path; nothing when it is fine. */
export function problemsOf(template: Template, spec: SpecDatabase): string[] {
  const resources = Object.entries(template.Resources).flatMap(([id, resource]) => [
    ...resourceProblems(resource, id, spec),
    ...referenceProblems({ ...resource.Properties }, id, template, spec),
    ...dependencies(resource)
      .filter((each) => !(each in template.Resources))
      .map((each) => `${id}: depends on ${each}, which there is not`),
  ]);
  const outputs = Object.entries(template.Outputs ?? {}).flatMap(([id, { Value }]) =>
    referenceProblems(Value, `output ${id}`, template, spec),
  );
  return [...resources, ...outputs];
}

const dependencies = ({ DependsOn = [] }: Resource): string[] => [DependsOn].flat().map(String);

const definitionOf = (type: string, spec: SpecDatabase) =>
  spec.lookup('resource', 'cloudFormationType', 'equals', type)[0];

function resourceProblems(resource: Resource, id: string, spec: SpecDatabase): string[] {
  const { Type, Properties = {}, DeletionPolicy, UpdateReplacePolicy } = resource;
  const definition = definitionOf(Type, spec);
  if (!definition) return [`${id}: there is no resource ${Type}`];
  const policies = [DeletionPolicy, UpdateReplacePolicy].filter(
    (each) => each !== undefined && !POLICIES.includes(each),
  );
  return [
    ...policies.map((policy) => `${id}: there is no policy ${policy}`),
    ...objectProblems(Properties, definition.properties, { path: id, place: Type, spec }),
  ];
}

/** Where a value stands: for people, and as {@link ENUMERATIONS} name it. */
interface At {
  readonly path: string;
  readonly place: string;
  readonly spec: SpecDatabase;
}

const inside = ({ path, place, spec }: At, name: string): At => ({
  path: `${path}.${name}`,
  place: `${place}.${name}`,
  spec,
});

function objectProblems(value: JsonObject, properties: Properties, at: At): string[] {
  const missing = Object.entries(properties)
    .filter(([name, { required }]) => required && value[name] === undefined)
    .map(([name]) => `${at.path}: ${name} is missing`);
  const given = Object.entries(value).flatMap(([name, each]) => {
    const property = properties[name];
    if (!property) return [`${at.path}: there is no property ${name}`];
    return valueProblems(each, property.type, inside(at, name));
  });
  return [...missing, ...given];
}

function valueProblems(value: Json, type: PropertyType, at: At): string[] {
  if (functionIn(value)) return [];
  switch (type.type) {
    case 'union': {
      const each = type.types.map((one) => valueProblems(value, one, at));
      return each.toSorted((a, b) => a.length - b.length)[0] ?? [];
    }
    case 'ref': {
      const { properties } = at.spec.get('typeDefinition', type.reference.$ref);
      return isObject(value) ? objectProblems(value, properties, at) : [wrong(value, at, 'an object')];
    }
    case 'array':
      if (!Array.isArray(value)) return [wrong(value, at, 'a list')];
      return value.flatMap((each: Json, i) => valueProblems(each, type.element, { ...at, path: `${at.path}[${i}]` }));
    case 'map':
      if (!isObject(value)) return [wrong(value, at, 'an object')];
      return Object.entries(value).flatMap(([key, each]) => valueProblems(each, type.element, inside(at, key)));
    default:
      return plainProblems(value, type, at);
  }
}

const wrong = (value: Json, { path }: At, wanted: string) => `${path}: ${JSON.stringify(value)} is not ${wanted}`;

/** CloudFormation takes texts for numbers and for truth values. */
const PLAIN: Readonly<Record<string, (value: Json) => boolean>> = {
  string: (value) => typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean',
  integer: (value) => /^-?\d+$/.test(String(value)),
  number: (value) => /^-?\d+(\.\d+)?$/.test(String(value)),
  boolean: (value) => /^(true|false)$/.test(String(value)),
};

function plainProblems(value: Json, type: PropertyType, at: At): string[] {
  if (PLAIN[type.type]?.(value) === false) return [wrong(value, at, `of type ${type.type}`)];
  const allowed = 'allowedValues' in type ? type.allowedValues : undefined;
  const values: readonly unknown[] | undefined = ENUMERATIONS[at.place] ?? allowed;
  return values && !values.includes(value) ? [wrong(value, at, `one of ${values.join(', ')}`)] : [];
}

const PSEUDO = ['AccountId', 'Partition', 'Region', 'StackId', 'StackName', 'URLSuffix', 'NoValue'];

/** References to what there is not, anywhere in a value. */
function referenceProblems(value: Json, path: string, template: Template, spec: SpecDatabase): string[] {
  const problem = (reference: string) => {
    const [id = '', ...attribute] = reference.split('.');
    if (PSEUDO.some((name) => reference === `AWS::${name}`)) return [];
    if (reference in (template.Parameters ?? {})) return [];
    const resource = template.Resources[id];
    if (!resource) return [`${path}: refers to ${id}, which there is not`];
    const name = attribute.join('.');
    const known = name === '' || name in (definitionOf(resource.Type, spec)?.attributes ?? {});
    return known ? [] : [`${path}: ${id} has no attribute ${name}`];
  };
  const walk = (each: Json): string[] => {
    const [name, given] = functionIn(each) ?? [];
    if (name === 'Ref') return problem(String(given));
    if (name === 'Fn::GetAtt') return problem([given].flat().join('.'));
    if (name === 'Fn::Sub') return [...String(given).matchAll(/\$\{([^!}]+)\}/g)].flatMap(([, of = '']) => problem(of));
    if (Array.isArray(each)) return each.flatMap(walk);
    return isObject(each) ? Object.values(each).flatMap(walk) : [];
  };
  return walk(value);
}
