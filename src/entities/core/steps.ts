import { isDeepStrictEqual } from 'node:util';
import { NotFoundError, type RosterError, ValidationError, VersionConflictError } from '../../errors.ts';
import { EXPIRY, isExpired } from './expiry.ts';
import { leavesOutHidden } from './hidden.ts';
import { NONE } from './keys.ts';
import type { AnyEntity } from './model.ts';
import { entityNamed } from './registry.ts';
import { type Check, ConditionFailed, keyText, type Put, type Row, type Statement } from './statements.ts';
import { storedValue } from './stored.ts';
import type { Table } from './table.ts';
import { Unique, uniqueId } from './unique.ts';

/** Which item, in whose organization. */
export interface ItemKey {
  readonly org: string;
  readonly id: string;
}

/** Attribute values by name. */
export type Values = Readonly<Record<string, unknown>>;

/** A statement, and the error that tells why its condition did not hold. */
export interface Step {
  readonly statement: Statement;
  /** Undefined means that the statement took effect all the same. */
  readonly refusal: (row: Row | undefined) => Error | undefined;
}

/** Sends the statements of all steps as one. @throws the refusal of the first one whose condition did not hold */
export async function run(table: Table, steps: readonly Step[]): Promise<void> {
  try {
    await table.write(steps.map(({ statement }) => statement));
  } catch (error) {
    const [position] = error instanceof ConditionFailed ? error.failed : [];
    const step = position === undefined ? undefined : steps[position];
    if (!step || !(error instanceof ConditionFailed) || position === undefined) throw error;
    const refusal = step.refusal(error.items.get(position));
    if (refusal) throw refusal;
  }
}

/** The version that an item is at. */
export const versionOf = (row: Row): number => row['version'] as number;

/** Leaves out what is null or undefined. */
export const present = (values: object): Values =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null));

const compositesOf = (entity: AnyEntity): string[][] =>
  Object.values(entity.indexes).map(({ pk, sk }) => [...pk, ...sk]);

/** Attributes that change along: those themselves and the hidden ones that watch them. */
const touched = (entity: AnyEntity, changes: Values): Set<string> =>
  new Set([...Object.keys(changes), ...watchersOf(entity, Object.keys(changes))]);

const watchersOf = (entity: AnyEntity, sources: readonly string[]): string[] =>
  Object.entries(entity.attributes).flatMap(([name, { watch }]) =>
    watch?.some((source) => sources.includes(source)) ? [name] : [],
  );

/**
 * Whether a change touches keys, guards or references, or leaves out what is hidden in a map: each takes knowing the item
 * as it is.
 *
 * @param changes as they are given, without defaults
 */
export function needsRead(entity: AnyEntity, changes: Values): boolean {
  const names = touched(entity, changes);
  const keys = new Set(compositesOf(entity).flat());
  return [...names].some((name) => {
    const attribute = entity.attributes[name];
    if (!attribute) return false;
    return keys.has(name) || attribute.unique || attribute.references || leavesOutHidden(attribute, changes[name]);
  });
}

/** A change as a patch takes it. */
export interface Split {
  readonly set: Values;
  readonly remove: readonly string[];
}

/** What to set and what to remove, an empty set among it; an absent composite becomes its sentinel, as its key stays. */
export function split(entity: AnyEntity, changes: Values, now: Date): Split {
  const set: Record<string, unknown> = { updatedAt: now.toISOString() };
  const remove: string[] = [];
  for (const [name, value] of Object.entries(changes)) {
    const attribute = entity.attributes[name];
    const kept = value === null || !attribute ? undefined : storedValue(attribute, value);
    if (kept !== undefined) set[name] = kept;
    else if (entity.optionalComposites.has(name)) set[name] = NONE;
    else remove.push(name);
  }
  // ElectroDB sets what watches an attribute when that is set, but not when it is removed.
  for (const name of watchersOf(entity, remove)) set[name] = NONE;
  return { set, remove };
}

/** True for an item that a change has brought one version further: by an attempt whose answer was lost, say. */
export const isWrittenAlready = (current: Row, { set, remove }: Split, version: number): boolean =>
  versionOf(current) === version + 1 &&
  Object.entries(set).every(([name, value]) => isDeepStrictEqual(current[name], value)) &&
  remove.every((name) => !(name in current));

/** Writes a change to a row that was read, on condition of its version. */
export function updateSteps(
  entities: readonly AnyEntity[],
  entity: AnyEntity,
  key: ItemKey,
  row: Row,
  changes: Values,
  change: Split,
  now: Date,
): Step[] {
  const names = touched(entity, changes);
  const shared = compositesOf(entity).filter((composites) => composites.some((name) => names.has(name)));
  const kept = shared.flat().filter((name) => name !== entity.name && !names.has(name));
  const version = versionOf(row);
  const composites = Object.fromEntries(kept.map((name) => [name, row[name] ?? NONE]));
  return [
    {
      statement: entity.patch(key, { ...change, composites, version, now }),
      refusal: (current) =>
        current && isWrittenAlready(current, change, version) ? undefined : conflict(entity, version, current, now),
    },
    ...guards(entity, key, { ...row, ...changes }, row, now),
    ...references(entities, entity, key, present(changes), now),
  ];
}

/** Deletes a row that was read, on condition of its version. */
export function deleteSteps(entity: AnyEntity, key: ItemKey, row: Row, now: Date): Step[] {
  const version = versionOf(row);
  const statement = {
    Delete: {
      Key: entity.key(key.org, key.id),
      ConditionExpression: '#version = :version',
      ExpressionAttributeNames: { '#version': 'version' },
      ExpressionAttributeValues: { ':version': version },
    },
  };
  // The row was there a moment ago: what is gone now is deleted, be it by an attempt whose answer was lost.
  const refusal = (current: Row | undefined) => current && conflict(entity, version, current, now);
  return [{ statement, refusal }, ...guards(entity, key, {}, row, now)];
}

/** Why a condition on a version did not hold: an item that has expired since it was read is at that version still. */
export const conflict = (entity: AnyEntity, expected: number, current: Row | undefined, now: Date): RosterError =>
  current && !isExpired(current, now)
    ? new VersionConflictError(expected, versionOf(current))
    : new NotFoundError(entity.name, 'id');

/** Guards to write for new unique values and to delete for old ones. */
export function guards(entity: AnyEntity, { org, id }: ItemKey, after: Values, before: Values, now: Date): Step[] {
  return Object.entries(entity.attributes).flatMap(([name, { unique }]) => {
    if (!unique) return [];
    const [old, next] = [before[name], after[name]].map((value) =>
      typeof value === 'string' ? uniqueId(entity.name, name, value) : undefined,
    );
    if (old === next) return [];
    const put = next && guard(org, next, id, after['expires'], now);
    const taken = () => new unique(String(after[name]));
    return [
      ...(put ? [{ statement: put, refusal: taken }] : []),
      ...(old ? [{ statement: { Delete: { Key: Unique.key(org, old) } }, refusal: taken }] : []),
    ];
  });
}

/** The guard of a value: it expires with its owner, and one that has expired is as good as none. */
function guard(org: string, unique: string, owner: string, expires: unknown, now: Date): Put {
  const at = now.toISOString();
  const life = typeof expires === 'number' ? { expires } : {};
  const { Put: put } = Unique.put({ org, unique, owner, version: 1, createdAt: at, updatedAt: at, ...life });
  const { ExpressionAttributeNames: _names, ...statement } = put;
  return {
    Put: {
      ...statement,
      ConditionExpression: `attribute_not_exists(pk) OR ${EXPIRY.expired}`,
      ExpressionAttributeValues: EXPIRY.values(now),
    },
  };
}

/**
 * Checks that what the values refer to exists and has not expired.
 *
 * @throws ValidationError when an item refers to itself, which no transaction could check
 */
export function references(
  entities: readonly AnyEntity[],
  entity: AnyEntity,
  { org, id: ownId }: ItemKey,
  values: Values,
  now: Date,
): Step[] {
  const exists = {
    ConditionExpression: `attribute_exists(pk) AND ${EXPIRY.live}`,
    ExpressionAttributeValues: EXPIRY.values(now),
  };
  // A transaction takes each item once, however many attributes refer to it.
  const steps = new Map<string, Step>();
  for (const [name, { references: target }] of Object.entries(entity.attributes)) {
    const id = values[name];
    if (!target || typeof id !== 'string') continue;
    if (target === entity.name && id === ownId) {
      throw new ValidationError([{ path: name, message: `can't be the ${entity.name} itself; choose another` }]);
    }
    const Key = entityNamed(entities, target).key(org, id);
    const statement: Check = { ConditionCheck: { Key, ...exists } };
    steps.set(keyText(Key), { statement, refusal: () => new NotFoundError(target, name) });
  }
  return [...steps.values()];
}
