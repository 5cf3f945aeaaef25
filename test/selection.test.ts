import { buildSchema, type GraphQLObjectType, type GraphQLResolveInfo, getNamedType, graphql } from 'graphql';
import { expect, it } from 'vitest';
import { type SelectedField, selectedFields } from '../src/schema/electrodb/selection.ts';

// What look-ahead sees of a document, and how often it looks.

const schema = buildSchema(`
  interface Named { name: String }
  type Cat implements Named { name: String, lives: Int, friends(first: Int): [Cat] }
  type Dog implements Named { name: String, tricks: Int }
  type Query { cat: Cat, cats: [Cat] }
`);

/** What a document selects of cats, as each of its resolvers sees it, and how many fragments it has looked up. */
async function look(source: string, variableValues: Record<string, unknown> = {}) {
  const seen: (readonly SelectedField[])[] = [];
  let lookups = 0;
  const counting = (info: GraphQLResolveInfo) => ({
    ...info,
    fragments: new Proxy(info.fragments, {
      get: (fragments, name) => {
        lookups++;
        return Reflect.get(fragments, name);
      },
    }),
  });
  const resolve = (_args: object, _context: object, info: GraphQLResolveInfo) => {
    seen.push(selectedFields(counting(info), getNamedType(info.returnType) as GraphQLObjectType, info.fieldNodes));
    return { name: 'Tom', friends: resolve };
  };
  const cats = (...args: Parameters<typeof resolve>) => Array.from({ length: 50 }, () => resolve(...args));
  const { errors } = await graphql({ schema, source, variableValues, rootValue: { cat: resolve, cats } });
  expect(errors).toBeUndefined();
  return { seen, lookups, names: seen[0]?.map(({ field }) => field.name).join(' ') };
}

it('a fragment that is spread twice, which spreads one twice, is looked at once', async () => {
  const levels = Array.from({ length: 14 }, (_, i) => `fragment F${i} on Cat { ...F${i + 1} ...F${i + 1} }`);
  const { names, lookups } = await look(`{ cat { ...F0 ...F0 } } ${levels.join(' ')} fragment F14 on Cat { name }`);
  expect(names).toBe('name');
  expect(lookups).toBe(15);
});

it('what is selected of all objects of a list is worked out once', async () => {
  const { seen, lookups } = await look('{ cats { ...F } } fragment F on Cat { name lives }');
  expect(seen).toHaveLength(50);
  expect(new Set(seen).size).toBe(1);
  expect(lookups).toBe(1);
});

it('and anew with other variables, though the document is the same', async () => {
  const source = 'query($yes: Boolean!) { cat { name lives @include(if: $yes) } }';
  expect((await look(source, { yes: true })).names).toBe('name lives');
  expect((await look(source, { yes: false })).names).toBe('name');
});

it('fragments on other types are left out, those on interfaces and without a type are not', async () => {
  const { names } = await look(
    '{ cat { ... on Cat { lives } ... on Named { name ... on Dog { name } ... on Cat { l: lives } } ... { n: name } } }',
  );
  expect(names).toBe('lives name lives name');
});

it('a spread that is skipped does not stand for one that is not', async () => {
  const { names } = await look('{ cat { ...F @skip(if: true) ...F } } fragment F on Cat { lives }');
  expect(names).toBe('lives');
});
