import { builder } from './builder.ts';

builder.queryFields((t) => ({
  node: t.nodeById(),
  nodes: t.nodesByIds(),
}));
