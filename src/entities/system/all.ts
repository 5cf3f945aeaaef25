import { entities } from '../all.ts';
import type { AnyEntity } from '../core/model.ts';
import * as own from './index.ts';

/** Every entity whose items are in the table: those of the graph and Roster's own. */
export const everyEntity: readonly AnyEntity[] = [...entities, ...Object.values(own)];
