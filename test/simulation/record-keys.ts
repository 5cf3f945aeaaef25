import type { TableKey } from '../../src/entities/core/statements.ts';

/** True for the key of one of Roster's own records of this entity. */
export const isRecordOf = (entity: string, { pk }: TableKey): boolean => pk.startsWith(`$roster#org_-#${entity}_`);
