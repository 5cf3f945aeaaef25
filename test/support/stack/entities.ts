import { entities } from '../../../src/entities/all.ts';
import type { AnyEntity } from '../../../src/entities/core/model.ts';
import * as system from '../../../src/entities/system/index.ts';

/** Every entity whose items are in the table, Roster's own included. */
export const everyEntity: readonly AnyEntity[] = [...entities, ...Object.values(system)];
