import { builder } from './builder.ts';

const authScopes = { may: 'nodes:read' } as const;

builder.queryFields((t) => ({
  node: t.nodeById({ authScopes }),
  nodes: t.nodesByIds({ authScopes }),
}));
