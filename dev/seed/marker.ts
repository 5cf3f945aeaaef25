import { SYSTEM_ORG } from '../../src/entities/core/keys.ts';
import { ConditionFailed } from '../../src/entities/core/statements.ts';
import type { WriteServices } from '../../src/entities/core/write.ts';
import { Marker } from '../../src/entities/system/marker.ts';

/** The side effects of seeding. */
export type SeedServices = Pick<WriteServices, 'table' | 'clock'>;

/** How far seeding got, and with which seed. */
export interface Progress {
  readonly state: 'started' | 'done';
  readonly seed: number;
}

const KEY = { org: SYSTEM_ORG, id: 'seed' } as const;

const textOf = ({ state, seed }: Progress): string => `${state} ${seed}`;

/** How far seeding got, read consistently; undefined when it never began. */
export async function readProgress({ table }: SeedServices): Promise<Progress | undefined> {
  const row = await table.get(Marker.key(KEY.org, KEY.id), { consistent: true });
  if (!row) return undefined;
  const text = Marker.parse(row)?.state ?? '';
  const [state, seed] = text.split(' ');
  if ((state !== 'started' && state !== 'done') || !Number.isSafeInteger(Number(seed)))
    throw new Error(`the seed marker says "${text}"; expected "started" or "done" and a number: delete the table`);
  return { state, seed: Number(seed) };
}

/** Marks seeding as started; false when somebody else was faster. */
export async function markStarted({ table, clock }: SeedServices, seed: number): Promise<boolean> {
  const at = clock.now().toISOString();
  const state = textOf({ state: 'started', seed });
  try {
    await table.write([Marker.put({ org: KEY.org, marker: KEY.id, state, version: 1, createdAt: at, updatedAt: at })]);
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}

/** Marks seeding as done. */
export async function markDone({ table, clock }: SeedServices, seed: number): Promise<void> {
  const now = clock.now();
  const set = { state: textOf({ state: 'done', seed }), updatedAt: now.toISOString() };
  await table.write([Marker.patch(KEY, { set, now })]);
}
