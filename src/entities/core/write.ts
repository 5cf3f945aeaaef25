import { InUseError, NotFoundError, UnavailableError, VersionConflictError } from '../../errors.ts';
import type { Clock, Ids } from '../../runtime.ts';
import { isExpired } from './expiry.ts';
import { withHidden } from './hidden.ts';
import type { Changes, Item, NewItem } from './items.ts';
import type { AnyEntity } from './model.ts';
import { ConditionFailed, type Row, type TableKey } from './statements.ts';
import {
  conflict,
  deleteSteps,
  guards,
  type ItemKey,
  isWrittenAlready,
  needsRead,
  present,
  references,
  run,
  split,
  updateSteps,
  type Values,
  versionOf,
} from './steps.ts';
import { nestedDefaults, withDefaults } from './stored.ts';
import type { QueryRange, StartKey, Table } from './table.ts';
import { assertValid } from './validate.ts';

/** The side effects of a write, and the entities that it may refer to. */
export interface WriteServices {
  readonly entities: readonly AnyEntity[];
  readonly table: Table;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Told of each item as it is after a write, be it one of nothing; undefined when it is deleted. Keys of indexes may be older. */
  readonly onWritten?: (key: TableKey, row: Row | undefined) => void;
}

/**
 * Writes a new item, defaults included, with its guards, in one transaction when there are any.
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
  const given = withDefaults(entity.attributes, present(values));
  const item = { ...given, org, [entity.name]: id, version: 1, createdAt: at, updatedAt: at };
  assertValid(entity.attributes, item, 'new');
  const put = entity.put(item);
  await run(services.table, [
    // The id is new, so an item that has it is this one, written by an attempt whose answer was lost.
    { statement: put, refusal: () => undefined },
    ...guards(entity, { org, id }, item, {}, now),
    ...references(services.entities, entity, { org, id }, item, now),
  ]);
  return entity.parse(written(services, put.Put.Item as Row)) as Item<E>;
}

/**
 * Changes an item: one UpdateItem when neither keys, guards nor references are touched, and no map whose hidden properties
 * must be kept; else a consistent read and a write on condition of the version read, tried again when somebody else was
 * faster. A change of nothing writes nothing.
 *
 * @param changes values, or a function that tells them from the item as it is
 * @param expectedVersion refuse unless the item is still at this version
 * @throws ValidationError, NotFoundError, VersionConflictError, UnavailableError, or the error of a taken unique value
 */
export async function updateItem<E extends AnyEntity>(
  services: WriteServices,
  entity: E,
  key: ItemKey,
  changes: Changes<E> | ((current: Item<E>) => Changes<E>),
  expectedVersion?: number | null,
): Promise<Item<E>> {
  const given = typeof changes === 'function' ? undefined : defined(changes);
  const fixed = given && checked(entity, given);
  if (fixed && Object.keys(fixed).length > 0 && !needsRead(entity, given)) {
    const row = await updateBlindly(services, entity, key, fixed, expectedVersion ?? undefined);
    return entity.parse(written(services, row)) as Item<E>;
  }
  return unlessOvertaken(services, expectedVersion, async () => {
    const row = await liveRow(services, entity, key, expectedVersion);
    const current = entity.parse(row) as Item<E>;
    const values = checked(entity, given ?? defined(typeof changes === 'function' ? changes(current) : changes), row);
    if (Object.keys(values).length === 0) {
      written(services, row);
      return current;
    }
    const now = services.clock.now();
    const change = split(entity, values, now);
    await run(services.table, updateSteps(services.entities, entity, key, row, values, change, now));
    // The condition on the version guarantees that nothing else in the row has changed.
    const after = Object.entries({ ...row, ...change.set, version: versionOf(row) + 1 });
    const kept = Object.fromEntries(after.filter(([name]) => !change.remove.includes(name)));
    return entity.parse(written(services, kept as Row)) as Item<E>;
  });
}

/** Tells of a row as it is after a write. */
function written({ onWritten }: WriteServices, row: Row): Row {
  onWritten?.({ pk: row.pk, sk: row.sk }, row);
  return row;
}

const defined = (changes: object): Values =>
  Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));

/**
 * Changes with what they leave out within maps: what is hidden, from the row, and defaults.
 *
 * @throws ValidationError
 */
function checked(entity: AnyEntity, changes: Values, row: Row | undefined = undefined): Values {
  const kept = Object.entries(changes).map(([name, value]) => {
    const attribute = entity.attributes[name];
    return [name, attribute ? withHidden(attribute, value, row?.[name]) : value] as const;
  });
  const whole = nestedDefaults(entity.attributes, Object.fromEntries(kept));
  assertValid(entity.attributes, whole, 'change');
  return whole;
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
    await run(services.table, deleteSteps(entity, key, row, services.clock.now()));
    services.onWritten?.(entity.key(key.org, key.id), undefined);
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
      if (!(error instanceof VersionConflictError) || typeof expectedVersion === 'number') throw error;
      if (attempt === CONTENTION_ATTEMPTS) {
        throw new UnavailableError('too many writers changed the item at once; try again', { cause: error });
      }
      await services.clock.backOff(attempt);
    }
  }
}

async function updateBlindly(
  services: WriteServices,
  entity: AnyEntity,
  key: ItemKey,
  changes: Values,
  version?: number,
): Promise<Row> {
  const now = services.clock.now();
  const change = split(entity, changes, now);
  const statement = entity.patch(key, { ...change, ...(version === undefined ? {} : { version }), now });
  try {
    // A lone update always returns the new item.
    return (await services.table.write([statement])) as Row;
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    const current = error.items.get(0);
    if (!current || isExpired(current, now) || version === undefined) throw new NotFoundError(entity.name, 'id');
    if (isWrittenAlready(current, change, version)) return current;
    throw conflict(entity, version, current, now);
  }
}

async function liveRow(
  services: WriteServices,
  entity: AnyEntity,
  { org, id }: ItemKey,
  expectedVersion?: number | null,
): Promise<Row> {
  const row = await services.table.get(entity.key(org, id), { consistent: true });
  if (!row || isExpired(row, services.clock.now())) throw new NotFoundError(entity.name, 'id');
  if (typeof expectedVersion === 'number' && expectedVersion !== versionOf(row)) {
    throw new VersionConflictError(expectedVersion, versionOf(row));
  }
  return row;
}

/** The name of an entity that has a live item referring to this one, by every index that could find it. */
async function firstReferrer(
  services: WriteServices,
  entity: AnyEntity,
  { org, id }: ItemKey,
): Promise<string | undefined> {
  const indexes = services.entities.flatMap((other) =>
    Object.entries(other.indexes).flatMap(([index, { pk }]) => {
      const [attribute = '', ...rest] = pk;
      const finds = rest.length === 0 && other.attributes[attribute]?.references === entity.name;
      return finds ? [{ name: other.name, range: other.range(index, { org, [attribute]: id }) }] : [];
    }),
  );
  const found = await Promise.all(
    indexes.map(async ({ name, range }) => ((await holdsLiveRow(services, range)) ? name : undefined)),
  );
  return found.find((name) => name !== undefined);
}

async function holdsLiveRow({ table, clock }: WriteServices, range: QueryRange): Promise<boolean> {
  const now = clock.now();
  let after: StartKey | undefined;
  for (;;) {
    const { rows, next } = await table.query(range, { limit: 10, after });
    if (rows.some((row) => !isExpired(row, now))) return true;
    if (!next) return false;
    after = next;
  }
}
