import type { Item } from '../entities/define.ts';
import type { AnyEntity } from '../entities/model.ts';
import { builder } from './builder.ts';

const makeRef = <T extends object>(name: string) => builder.objectRef<T>(name);
const makeConnection = <T extends object>(name: string, ref: ReturnType<typeof makeRef<T>>) =>
  builder.connectionObject(
    { type: ref, name: `${name}Connection`, description: `A page of ${name} objects.` },
    { name: `${name}Edge`, description: `A ${name} object in a list.` },
  );

type Ref<E> = ReturnType<typeof makeRef<Item<E> & object>>;
type ConnectionRef<E> = ReturnType<typeof makeConnection<Item<E> & object>>;

/** A name with its first letter in upper case, as types are called. */
export const typeNameOf = (name: string): string => `${name[0]?.toUpperCase()}${name.slice(1)}`;

const refs = new Map<AnyEntity, unknown>();
const connections = new Map<AnyEntity, unknown>();

/** The GraphQL name of an entity: `office` is `Office`. */
export const typeName = (entity: AnyEntity): string => typeNameOf(entity.name);

/**
 * The GraphQL type of an entity, to refer to before or after it is implemented, so that types that refer to each other
 * need no imports of each other.
 */
export function typeOf<E extends AnyEntity>(entity: E): Ref<E> {
  if (!refs.has(entity)) refs.set(entity, makeRef<Item<E> & object>(typeName(entity)));
  // The map holds for each entity what was made for it.
  return refs.get(entity) as Ref<E>;
}

/** The Relay connection of an entity's type. */
export function connectionOf<E extends AnyEntity>(entity: E): ConnectionRef<E> {
  if (!connections.has(entity)) connections.set(entity, makeConnection(typeName(entity), typeOf(entity)));
  // The map holds for each entity what was made for it.
  return connections.get(entity) as ConnectionRef<E>;
}
