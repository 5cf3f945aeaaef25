import type { AnyEntity } from './model.ts';

/** An entity among others: it refers to none but these. */
type Registrable<Names extends string> = AnyEntity & { readonly references: readonly Names[] };

/**
 * All entities of a table. An entity that refers to one which is not among them does not compile.
 *
 * @throws Error when two entities have one name, or the members of a collection are in different indexes
 * @example export const entities = defineRegistry([Office, Employee]);
 */
export function defineRegistry<const E extends readonly Registrable<E[number]['name']>[]>(entities: E): E {
  const members: readonly AnyEntity[] = entities;
  const [again] = members.map(({ name }) => name).filter((name, i, names) => names.indexOf(name) < i);
  if (again) throw new Error(`two entities are called "${again}"; their items would share keys`);
  const collections = new Map<string, string>();
  for (const { name, indexes } of members) {
    for (const { collection, index, type = 'isolated' } of Object.values(indexes)) {
      if (collection === undefined) continue;
      const place = `${type} in ${index}`;
      const other = collections.get(collection) ?? place;
      if (other !== place)
        throw new Error(`the collection "${collection}" is ${other}, but ${name} has it ${place}; make them equal`);
      collections.set(collection, place);
    }
  }
  return entities;
}

/** The entity of a name. @throws Error when there is none */
export function entityNamed(entities: readonly AnyEntity[], name: string): AnyEntity {
  const entity = entities.find((candidate) => candidate.name === name);
  if (!entity)
    throw new Error(`no entity is called "${name}"; the registry has ${entities.map((each) => each.name).join(', ')}`);
  return entity;
}
