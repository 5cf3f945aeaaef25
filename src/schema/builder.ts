import SchemaBuilder from '@pothos/core';
import ErrorsPlugin from '@pothos/plugin-errors';
import RelayPlugin from '@pothos/plugin-relay';
import ScopeAuthPlugin, { type ForbiddenResult } from '@pothos/plugin-scope-auth';
import { may, openTo, type Permission, readPermission } from '../auth/policy.ts';
import { entities } from '../entities/all.ts';
import { ForbiddenError } from '../errors.ts';
import type { Context } from './context.ts';
import { decodeGlobalId, encodeGlobalId } from './electrodb/global-id.ts';
import { PAGE_SIZES } from './electrodb/page-args.ts';
import ElectroDBPlugin from './electrodb/plugin.ts';
import { failuresOf } from './failures.ts';
import { scalars } from './scalars.ts';

type Text = { Input: string; Output: string };

interface Types {
  Context: Context;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: { list: false; items: false };
  DefaultNodeNullability: false;
  AuthScopes: { may: Permission };
  Scalars: {
    ID: { Input: string; Output: string };
    Date: Text;
    DateTime: Text;
    CountryCode: Text;
    CurrencyCode: Text;
    SafeInt: { Input: number; Output: number };
  };
}

/** The one schema builder. Files of types import it; `index.ts` makes the schema of it. */
export const builder = new SchemaBuilder<Types>({
  // Errors stands first, so that its unions hold what the plugins behind it throw.
  plugins: [ErrorsPlugin, ScopeAuthPlugin, RelayPlugin, ElectroDBPlugin],
  defaultFieldNullability: false,
  errors: {
    directResult: true,
    defaultUnionOptions: {
      name: ({ fieldName }) => `${fieldName[0]?.toUpperCase()}${fieldName.slice(1)}Result`,
      description: 'The object as it is now, or why nothing was changed.',
    },
  },
  scopeAuth: {
    authScopes: ({ viewer }) => ({ may: (permission: Permission) => may(viewer, permission) }),
    unauthorizedError: (_parent, { viewer }, info, { failure }) =>
      new ForbiddenError(
        `${info.parentType.name}.${info.fieldName} is not open to the role ${viewer.role}`,
        whoMay(failure),
      ),
  },
  electrodb: {
    entities,
    operation: (context) => context,
    typeOptions: ({ name }) => ({ authScopes: { may: readPermission(name) } }),
    // Checked before anything is read, where the type's own scopes are checked for each object.
    fieldOptions: (entity, action) =>
      action === 'read'
        ? { authScopes: { may: readPermission(entity.name) } }
        : { errors: { types: failuresOf(entity, action) } },
  },
  relay: {
    encodeGlobalID: (typename, id) => encodeGlobalId(typename, String(id)),
    decodeGlobalID: (globalId) => decodeGlobalId(globalId, 'id'),
    cursorType: 'String',
    edgesFieldOptions: { nullable: { list: false, items: false }, description: 'The objects with their cursors.' },
    nodeFieldOptions: { nullable: false, description: 'The object.' },
    cursorFieldOptions: { description: 'Where the object stands in the list; pass it as `after` or `before`.' },
    pageInfoFieldOptions: { description: 'Whether and how to page on.' },
    pageInfoTypeOptions: { description: 'Where a page stands in its list.' },
    hasNextPageFieldOptions: {
      description:
        'Whether objects follow this page; true as well where telling would exceed the work budget. With `before` it is true without a look: the object of that cursor followed when the cursor was given out.',
    },
    hasPreviousPageFieldOptions: {
      description:
        'Whether objects stand before this page; true as well where telling would exceed the work budget. With `after` it is true without a look: the object of that cursor stood there when the cursor was given out.',
    },
    startCursorFieldOptions: { description: "The first object's cursor, null on an empty page." },
    endCursorFieldOptions: { description: "The last object's cursor, null on an empty page." },
    firstArgOptions: { description: `How many objects from the start or behind \`after\`: ${PAGE_SIZES}.` },
    lastArgOptions: { description: `How many objects from the end or before \`before\`: ${PAGE_SIZES}.` },
    afterArgOptions: { description: 'Only objects behind this cursor.' },
    beforeArgOptions: { description: 'Only objects before this cursor.' },
    nodeTypeOptions: { description: 'An object with an id that is unique over all types.' },
    // node.ts has fields of its own: bounded, and checked against the policy before anything is read.
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    idFieldOptions: { description: 'The global id.' },
  },
});

/** Whom to ask for a scope that the viewer lacks. */
function whoMay(failure: ForbiddenResult['failure']): string | undefined {
  if ('failures' in failure) return failure.failures.map(whoMay).find((who) => who !== undefined);
  // The one scope that there is, whose parameters are permissions.
  return 'parameter' in failure && failure.scope === 'may' ? openTo(failure.parameter as Permission) : undefined;
}

for (const [name, scalar] of Object.entries(scalars)) builder.addScalarType(name as keyof typeof scalars, scalar);
builder.queryType({ description: 'Everything that can be read.' });
builder.mutationType({ description: 'Everything that can be changed.' });
