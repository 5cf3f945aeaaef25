import type { AnyEntity } from './core/model.ts';
import { defineRegistry } from './core/registry.ts';
import * as declared from './index.ts';

/** Every entity of the graph, as generic code takes them. */
export const entities: readonly AnyEntity[] = defineRegistry(Object.values(declared));
