import type { AnyEntity } from '../../entities/core/model.ts';

/** A name as types have it: `in-progress` is `InProgress`. */
export const pascalCase = (name: string): string =>
  name.replace(/(?:^|[^A-Za-z0-9]+)([A-Za-z0-9])/g, (_match, letter: string) => letter.toUpperCase());

/** The GraphQL name of an entity's type: `office` is `Office`. */
export const typeName = (entity: AnyEntity): string => pascalCase(entity.name);

/** A name as sentences have it: `salesOrder` is `sales order`. */
export const wordsOf = (name: string): string =>
  name.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** A noun with its article: `an office`. */
export const withArticle = (noun: string): string => (/^[aeiou]/i.test(noun) ? `an ${noun}` : `a ${noun}`);

/** The beginning of a sentence. */
export const capitalized = (text: string): string => `${text[0]?.toUpperCase()}${text.slice(1)}`;
