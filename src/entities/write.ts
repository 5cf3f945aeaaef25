import { InUseError, NotFoundError, type RosterError, VersionConflictError } from '../errors.ts';
import type { Clock, Ids } from '../runtime.ts';
import type { Item, NewItem } from './define.ts';
import { entities, entityNamed } from './index.ts';
import { NONE } from './keys.ts';
import type { AnyEntity } from './model.ts';
import { type Check, ConditionFailed, isExpired, type Row, type Statement } from './statements.ts';
import type { Table } from './table.ts';
import { Unique, uniqueId } from './unique.ts';
import { assertValid } from './validate.ts';

/** The side effects of a write. */
export interface WriteServices {
  readonly table: Table;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** Which item, in whose organization. */
export interface ItemKey {
  readonly org: string;
  readonly id: string;
}

/** Values to set; `null` removes an optional attribute, what is left out stays. */
export type Changes<E> = { readonly [K in keyof NewItem<E>]?: NewItem<E>[K] | null | undefined };

type Values = Readonly<Record<string, unknown>>;

/** A statement, and the error that tells why its condition did not hold. */
interface Step {
  readonly statement: Statement;
  /** Undefined means that the statement took effect all the same. */
  readonly refusal: (row: Row | undefined) => Error | undefined;
}

/**
 * Writes a new item with its guards, in one transaction when there are any.
 *
 * @throws ValidationError, NotFoundError for a reference to nothing, or the error of a taken unique value
 */
export async function createItem<E extends AnyEntity>(
  services: WriteServices,
  entity: E,
  org: string,
  values: NewItem<E>,
): Promise<Item<E>> {
  const now = services.clock.now();
  const id = services.ids.next();
  const at = now.toISOString();
  const item = { ...present(values), org, [entity.name]: id, version: 1, createdAt: at, updatedAt: at };
  assertValid(entity.attributes, item, 'new');
  const put = entity.put(item);
  await run(services.table, [
    // The id is new, so an item that has it is this one, written by an attempt whose answer was lost.
    { statement: put, refusal: () => undefined },
    ...guards(entity, { org, id }, item, {}, at),
    ...references(entity, org, item, now),
  ]);
  return entity.parse(put.Put.Item as Row) as Item<E>;
}

/**
 * Changes an item: one UpdateItem when neither keys, guards nor references are touched, else a consistent read and a
 * write on condition of the version read, tried again when somebody else was faster.
 *
 * @param expectedVersion refuse unless the item is still at this version
 * @throws ValidationError, NotFoundError, VersionConflictError, or the error of a taken unique value
 */
export async function updateItem<E extends AnyEntity>(
  services: WriteServices,
  entity: E,
  key: ItemKey,
  changes: Changes<E>,
  expectedVersion?: number | null,
): Promise<Item<E>> {
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  assertValid(entity.attributes, given, 'change');
  if (!needsRead(entity, given)) {
    return entity.parse(await updateBlindly(services, entity, key, given, expectedVersion ?? undefined)) as Item<E>;
  }
  return unlessOvertaken(services, expectedVersion, async () => {
    const row = await liveRow(services, entity, key, expectedVersion);
    const now = services.clock.now();
    const change = split(entity, given, now);
    await run(services.table, updateSteps(entity, key, row, given, change, now));
    // The condition on the version guarantees that nothing else in the row has changed.
    const after = { ...row, ...change.set, version: versionOf(row) + 1 };
    return entity.parse(
      Object.fromEntries(Object.entries(after).filter(([name]) => !change.remove.includes(name))) as Row,
    ) as Item<E>;
  });
}

/**
 * Deletes an item and its guards, unless items that an index can find refer to it.
 *
 * The check for references reads secondary indexes, which follow the table within moments: a reference written at the
 * same time can slip through and then reads as null.
 *
 * @throws NotFoundError, VersionConflictError, InUseError
 */
export async function deleteItem<E extends AnyEntity>(
  services: WriteServices,
  entity: E,
  key: ItemKey,
  expectedVersion?: number | null,
): Promise<Item<E>> {
  return unlessOvertaken(services, expectedVersion, async () => {
    const [row, referrer] = await Promise.all([
      liveRow(services, entity, key, expectedVersion),
      firstReferrer(services, entity, key),
    ]);
    if (referrer) throw new InUseError(entity.name, referrer);
    await run(services.table, deleteSteps(entity, key, row));
    return entity.parse(row) as Item<E>;
  });
}

const CONTENTION_ATTEMPTS = 6;

/** Runs a read and the write that depends on it again when somebody else wrote in between, unless the caller minds. */
async function unlessOvertaken<T>(
  services: WriteServices,
  expectedVersion: number | null | undefined,
  work: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof VersionConflictError) || expectedVersion || attempt === CONTENTION_ATTEMPTS) throw error;
      await services.clock.backOff(attempt);
    }
  }
}

const versionOf = (row: Row): number => row['version'] as number;

const present = (values: object): Values =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null));

const compositesOf = (entity: AnyEntity): string[][] =>
  Object.values(entity.indexes).map(({ pk, sk }) => [...pk, ...sk]);

/** Attributes that change along: those themselves and the hidden ones that watch them. */
const touched = (entity: AnyEntity, changes: Values): Set<string> =>
  new Set([
    ...Object.keys(changes),
    ...Object.entries(entity.attributes).flatMap(([name, attribute]) =>
      'watch' in attribute && Array.isArray(attribute.watch) && attribute.watch.some((source) => source in changes)
        ? [name]
        : [],
    ),
  ]);

function needsRead(entity: AnyEntity, changes: Values): boolean {
  const names = touched(entity, changes);
  const keys = new Set(compositesOf(entity).flat());
  return [...names].some(
    (name) => keys.has(name) || entity.attributes[name]?.unique || entity.attributes[name]?.references,
  );
}

async function updateBlindly(
  services: WriteServices,
  entity: AnyEntity,
  key: ItemKey,
  changes: Values,
  version?: number,
): Promise<Row> {
  const now = services.clock.now();
  const statement = entity.patch(key, { ...split(entity, changes, now), ...(version ? { version } : {}), now });
  try {
    // A lone update always returns the new item.
    return (await services.table.write([statement])) as Row;
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    const current = error.items.get(0);
    throw current && !isExpired(current, now) && version
      ? conflict(entity, version, current)
      : new NotFoundError(entity.name, 'id');
  }
}

function updateSteps(entity: AnyEntity, key: ItemKey, row: Row, changes: Values, change: Split, now: Date): Step[] {
  const names = touched(entity, changes);
  const shared = compositesOf(entity).filter((composites) => composites.some((name) => names.has(name)));
  const kept = shared.flat().filter((name) => name !== entity.name && !names.has(name));
  const version = versionOf(row);
  const composites = Object.fromEntries(kept.map((name) => [name, row[name] ?? NONE]));
  return [
    {
      statement: entity.patch(key, { ...change, composites, version, now }),
      refusal: (current) => conflict(entity, version, current),
    },
    ...guards(entity, key, { ...row, ...changes }, row, now.toISOString()),
    ...references(entity, key.org, present(changes), now),
  ];
}

interface Split {
  readonly set: Values;
  readonly remove: readonly string[];
}

function deleteSteps(entity: AnyEntity, key: ItemKey, row: Row): Step[] {
  const version = versionOf(row);
  const statement = {
    Delete: {
      Key: entity.key(key.org, key.id),
      ConditionExpression: '#version = :version',
      ExpressionAttributeNames: { '#version': 'version' },
      ExpressionAttributeValues: { ':version': version },
    },
  };
  return [{ statement, refusal: (current) => conflict(entity, version, current) }, ...guards(entity, key, {}, row, '')];
}

/** What to set and what to remove; an absent composite is set to its sentinel, since its key stays. */
function split(entity: AnyEntity, changes: Values, now: Date): Split {
  const keys = new Set(compositesOf(entity).flat());
  const set: Record<string, unknown> = { updatedAt: now.toISOString() };
  const remove: string[] = [];
  for (const [name, value] of Object.entries(changes)) {
    if (value !== null) set[name] = value;
    else if (keys.has(name)) set[name] = NONE;
    else remove.push(name);
  }
  return { set, remove };
}

const conflict = (entity: AnyEntity, expected: number, current: Row | undefined): RosterError =>
  current ? new VersionConflictError(expected, versionOf(current)) : new NotFoundError(entity.name, 'id');

/** Guards to write for new unique values and to delete for old ones. */
function guards(entity: AnyEntity, { org, id }: ItemKey, after: Values, before: Values, at: string): Step[] {
  return Object.entries(entity.attributes).flatMap(([name, { unique }]) => {
    if (!unique) return [];
    const [old, next] = [before[name], after[name]].map((value) =>
      typeof value === 'string' ? uniqueId(entity.name, name, value) : undefined,
    );
    if (old === next) return [];
    const put = next && Unique.put({ org, unique: next, owner: id, version: 1, createdAt: at, updatedAt: at });
    const taken = () => unique(String(after[name]));
    return [
      ...(put ? [{ statement: put, refusal: taken }] : []),
      ...(old ? [{ statement: { Delete: { Key: Unique.key(org, old) } }, refusal: taken }] : []),
    ];
  });
}

/** Checks that what the values refer to exists and has not expired. */
function references(entity: AnyEntity, org: string, values: Values, now: Date): Step[] {
  return Object.entries(entity.attributes).flatMap(([name, { references: target }]) => {
    const id = values[name];
    if (!target || typeof id !== 'string') return [];
    const statement: Check = { ConditionCheck: { Key: entityNamed(target).key(org, id), ...existsAt(now) } };
    return [{ statement, refusal: () => new NotFoundError(target, name) }];
  });
}

const existsAt = (now: Date) => ({
  ConditionExpression: 'attribute_exists(pk) AND (attribute_not_exists(expires) OR expires > :now)',
  ExpressionAttributeValues: { ':now': Math.floor(now.getTime() / 1_000) },
});

async function liveRow(
  services: WriteServices,
  entity: AnyEntity,
  { org, id }: ItemKey,
  expectedVersion?: number | null,
): Promise<Row> {
  const row = await services.table.get(entity.key(org, id), { consistent: true });
  if (!row || isExpired(row, services.clock.now())) throw new NotFoundError(entity.name, 'id');
  if (expectedVersion && expectedVersion !== versionOf(row))
    throw new VersionConflictError(expectedVersion, versionOf(row));
  return row;
}

/** The name of an entity that has an item referring to this one, by every index that could find it. */
async function firstReferrer(
  { table, clock }: WriteServices,
  entity: AnyEntity,
  { org, id }: ItemKey,
): Promise<string | undefined> {
  const now = clock.now();
  const found = await Promise.all(
    entities.flatMap((other) =>
      Object.entries(other.indexes).flatMap(([index, { pk }]) => {
        const [attribute] = pk;
        if (
          pk.length !== 1 ||
          attribute === undefined ||
          (other as AnyEntity).attributes[attribute]?.references !== entity.name
        )
          return [];
        return [
          table
            .query(other.range(index, { org, [attribute]: id }), { limit: 10 })
            .then(({ rows }) => (rows.some((row) => !isExpired(row, now)) ? other.name : undefined)),
        ];
      }),
    ),
  );
  return found.find((name) => name !== undefined);
}

async function run(table: Table, steps: readonly Step[]): Promise<void> {
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
