import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { PERMISSIONS, rolesThatMay } from '../src/auth/policy.ts';
import { builder } from '../src/schema/builder.ts';
import { schema } from '../src/schema/index.ts';
import { assertCovered } from '../src/schema/policy-coverage.ts';

const text = { type: 'String', nullable: true, resolve: () => 'told' } as const;
const built = () => assertCovered(builder.toSchema());

// Each test adds to the schema of the one before, which is the product's own to begin with.

it('covers the schema that is served', () => {
  expect(assertCovered(schema)).toBe(schema);
});

it('refuses mutations that ask for no permission to write', () => {
  builder.mutationField('forgetAll', (t) => t.field({ ...text, authScopes: { may: 'directory:read' } }));
  expect(built).toThrow('no permission to write is asked for by Mutation.forgetAll; ask for one that ends in ":write"');
});

it('refuses fields and types without a policy, all at once, and says how to give them one', () => {
  builder.queryField('motto', (t) => t.field(text));
  builder.queryField('vision', (t) => t.field({ ...text, authScopes: {} }));
  builder.queryField('strategy', (t) => t.field({ ...text, authScopes: { $any: {} } }));
  builder.mutationField('rename', (t) => t.field(text));
  builder.node(builder.objectRef<{ id: string }>('Badge'), {
    id: { resolve: ({ id }) => id },
    loadOne: (id) => ({ id }),
    authScopes: { may: 'directory:read' },
    fields: (t) => ({ color: t.field(text), owner: t.field({ ...text, skipTypeScopes: true }) }),
  });
  builder.node(builder.objectRef<{ id: string }>('Medal'), {
    id: { resolve: ({ id }) => id },
    loadOne: (id) => ({ id }),
  });
  // Only what is covered may stay out of the list: `Badge.color` is for those who may see a badge.
  expect(built).toThrow(
    'no policy says who may use Query.motto, Query.strategy, Query.vision, Mutation.rename, Medal, Badge.owner; ' +
      'give each `authScopes: { may: … }` with a permission of src/auth/policy.ts',
  );
});

it('docs/authorization.md lists every permission with the roles that have it', async () => {
  const rows = (await readFile('docs/authorization.md', 'utf8')).matchAll(/^\| `([a-z:-]+)` \| .* \| (.*) \|$/gm);
  const listed = [...rows].map(([, permission, roles]) => [permission, roles]);
  expect(listed).toEqual(PERMISSIONS.map((permission) => [permission, rolesThatMay(permission).join(', ')]));
});
