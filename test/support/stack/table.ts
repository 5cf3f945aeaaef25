import type { AnyEntity } from '../../../src/entities/core/model.ts';
import { isObject, type Json, type JsonObject, resourcesOf, type Template } from './template.ts';

const objects = (value: Json | undefined): JsonObject[] =>
  Array.isArray(value) ? (value as readonly Json[]).filter(isObject) : [];
const namesIn = (value: Json | undefined, name: string) => objects(value).map((each) => String(each[name]));

/**
 * What the table of a template lacks for entities, or defines in vain; nothing when it is fine. An index that no entity
 * uses is: it is deployed before those that will (docs/changing-keys.md).
 */
export function tableProblems(template: Template, entities: readonly AnyEntity[]): string[] {
  const [table, ...others] = resourcesOf(template, 'AWS::DynamoDB::Table');
  if (!table || others.length > 0) return [`there are ${table ? others.length + 1 : 'no'} tables`];
  const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, TimeToLiveSpecification, StreamSpecification } =
    table as JsonObject;
  const patterns = entities.flatMap(({ name, indexes }) =>
    Object.entries(indexes).map(([pattern, { index }]) => ({ index, by: `${name}.${pattern}` })),
  );
  const used = new Map(patterns.map(({ index, by }) => [index as string, by]));
  const indexes = new Map(objects(GlobalSecondaryIndexes).map((each) => [String(each['IndexName']), each]));
  const fields = ['pk', 'sk', ...[...indexes.keys()].flatMap((index) => [`${index}pk`, `${index}sk`])];
  const defined = namesIn(AttributeDefinitions, 'AttributeName');
  return [
    ...keyProblems('the table', ['pk', 'sk'], KeySchema),
    ...[...used].flatMap(([index, by]) => {
      const found = indexes.get(index);
      return found ? keyProblems(index, [`${index}pk`, `${index}sk`], found['KeySchema']) : [`${by} needs ${index}`];
    }),
    ...fields.filter((field) => !defined.includes(field)).map((field) => `${field} is not defined`),
    ...defined.filter((field) => !fields.includes(field)).map((field) => `nothing uses the key attribute ${field}`),
    ...timeToLiveProblems(TimeToLiveSpecification, entities),
    ...(isObject(StreamSpecification) && StreamSpecification['StreamViewType'] === 'NEW_AND_OLD_IMAGES'
      ? []
      : ['the stream does not show items as they were and are']),
  ];
}

function keyProblems(what: string, fields: readonly string[], schema: Json | undefined): string[] {
  const keys = objects(schema).map(({ AttributeName, KeyType }) => `${AttributeName} ${KeyType}`);
  const wanted = fields.map((field, i) => `${field} ${i === 0 ? 'HASH' : 'RANGE'}`);
  return keys.join() === wanted.join() ? [] : [`the key of ${what} is ${keys.join(', ')}, not ${wanted.join(', ')}`];
}

function timeToLiveProblems(specification: Json | undefined, entities: readonly AnyEntity[]): string[] {
  const { AttributeName, Enabled } = isObject(specification) ? specification : {};
  if (Enabled !== true) return ['items do not expire'];
  const without = entities.filter(({ attributes }) => attributes[String(AttributeName)]?.type !== 'number');
  return without.map(({ name }) => `${name} has no number ${AttributeName}, by which items expire`);
}
