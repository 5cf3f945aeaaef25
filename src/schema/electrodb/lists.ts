import type { ArgBuilder, ArgumentRef, InputRef, SchemaTypes } from '@pothos/core';
import { holdsAlways } from '../../entities/core/filter.ts';
import type { AnyEntity } from '../../entities/core/model.ts';
import { BadInputError } from '../../errors.ts';
import { type Inferring, readFilter } from './filter-reading.ts';
import type { ListRequest } from './list.ts';
import type { ConnectionArgs } from './page-args.ts';
import type { RangeTypes } from './range-types.ts';
import { type Place, placeOf } from './value-types.ts';
import { decodeValue } from './values.ts';

/** The arguments that connections have beside those that follow from their access pattern. */
const LIST_ARGUMENTS = ['first', 'after', 'last', 'before', 'order', 'filter'] as const;
/** One of {@link LIST_ARGUMENTS}. */
export type ListArgument = (typeof LIST_ARGUMENTS)[number];

/** An access pattern as a connection shows it. */
export interface ListSpec {
  readonly entity: AnyEntity;
  /** The access pattern's name in the entity. */
  readonly pattern: string;
  /** The composite of the partition key that holds the parent's id. */
  readonly parent?: string;
  readonly by: readonly string[];
  readonly range: string | undefined;
  readonly order: 'ASC' | 'DESC';
  readonly filter: boolean;
}

/** A composite as an argument. */
interface Condition {
  readonly composite: string;
  /** The argument's name: the composite's own, or that of the attribute that it is derived from. */
  readonly argument: string;
  readonly place: Place;
  readonly required: boolean;
  /** The composite's value, from the argument's. */
  read(value: unknown): string | number;
}

/** How a connection's arguments become the part of an index that it shows. */
export class ListArguments {
  readonly spec: ListSpec;
  readonly #types: RangeTypes;
  readonly #filterInput: () => InputRef;
  readonly #partition: readonly Condition[];
  readonly #by: readonly Condition[];
  readonly #range: Condition | undefined;

  constructor(spec: ListSpec, types: RangeTypes, filterInput: () => InputRef) {
    const { entity, pattern, parent, by, range } = spec;
    this.spec = spec;
    this.#types = types;
    this.#filterInput = filterInput;
    const index = entity.indexes[pattern];
    if (!index)
      throw new Error(
        `${entity.name} has no access pattern "${pattern}"; it has ${Object.keys(entity.indexes).join(', ')}`,
      );
    this.#partition = index.pk.filter((name) => name !== parent).map((name) => conditionOf(entity, name, true));
    this.#by = by.map((name) => conditionOf(entity, name, false));
    this.#range = range === undefined ? undefined : conditionOf(entity, range, false);
    assertDistinct(`${entity.name}.${pattern}`, this.argumentNames);
  }

  /** The names of the arguments that narrow down the index, from the left. */
  get argumentNames(): string[] {
    return [...this.#partition, ...this.#by, ...(this.#range ? [this.#range] : [])].map(({ argument }) => argument);
  }

  /**
   * True when the key holds a restricted attribute, be it as a slug: by the arguments, the order or the parent alone,
   * such a list tells its values.
   */
  get isByRestricted(): boolean {
    const { entity, pattern } = this.spec;
    const { pk = [], sk = [] } = entity.indexes[pattern] ?? {};
    return [...pk, ...sk].some((name) => {
      const { restricted, watch = [] } = entity.attributes[name] ?? {};
      return restricted || watch.some((source) => entity.attributes[source]?.restricted);
    });
  }

  /** The GraphQL arguments, paging aside. */
  args(arg: ArgBuilder<SchemaTypes>): Record<string, ArgumentRef<SchemaTypes, unknown>> {
    const { order, filter } = this.spec;
    const range = this.#range;
    const before = [...this.#by];
    return {
      ...Object.fromEntries(
        [...this.#partition, ...this.#by].map((condition) => {
          const needs = before[before.indexOf(condition) - 1];
          return [
            condition.argument,
            arg({
              type: this.#types.values.input(condition.place) as InputRef,
              required: condition.required,
              description: `Only this \`${condition.argument}\`${needs ? `; needs \`${needs.argument}\`` : ''}.`,
            }),
          ];
        }),
      ),
      ...(range
        ? {
            [range.argument]: arg({
              type: this.#types.input(range.place),
              description: `Only this run of \`${range.argument}\`${before.length > 0 ? `; needs \`${before.at(-1)?.argument}\`` : ''}.`,
            }),
          }
        : {}),
      ...(filter
        ? {
            filter: arg({
              type: this.#filterInput(),
              description: 'Only what this holds for; looked for page by page.',
            }),
          }
        : {}),
      order: arg({
        type: this.#types.order(),
        required: true,
        defaultValue: order,
        description: 'Ascending or descending.',
      }),
    };
  }

  /**
   * What the arguments ask for.
   *
   * @param field the GraphQL field, which cursors are bound to
   * @throws BadInputError where values are left out in between, or the filter is at fault
   */
  read(
    field: string,
    args: Readonly<Record<string, unknown>>,
    parentId: string | undefined,
    assertMayInfer: Inferring,
  ): ListRequest {
    const { entity, pattern, parent, order } = this.spec;
    const composites: Record<string, string | number> = {};
    if (parent !== undefined && parentId !== undefined) composites[parent] = parentId;
    for (const condition of this.#partition) composites[condition.composite] = condition.read(args[condition.argument]);
    let missing: Condition | undefined;
    const assertNoGap = ({ argument }: Condition) => {
      if (missing) throw new BadInputError(argument, `needs ${missing.argument} as well; narrow down from the left`);
    };
    for (const condition of this.#by) {
      const value = args[condition.argument];
      if (value === null || value === undefined) missing ??= condition;
      else {
        assertNoGap(condition);
        composites[condition.composite] = condition.read(value);
      }
    }
    const range = this.#range;
    const run = range && (args[range.argument] as Run | null | undefined);
    if (range && run) assertNoGap(range);
    const given = args['filter'];
    const filter = given ? readFilter(entity, given, assertMayInfer) : undefined;
    return {
      entity,
      field,
      index: pattern,
      composites,
      order: (args['order'] as 'ASC' | 'DESC' | undefined) ?? order,
      // Pothos's paging arguments are among them.
      args: args as ConnectionArgs,
      ...(range && run ? { bounds: { composite: range.composite, ...boundsOf(range, run) } } : {}),
      // One that lets everything pass is none: its list can come along with its parent.
      ...(filter && !holdsAlways(filter) ? { filter } : {}),
    };
  }
}

/** Refuses what would be lost among the other arguments. @throws Error naming the argument */
function assertDistinct(pattern: string, names: readonly string[]): void {
  const clash = names.find((name, i) => names.indexOf(name) < i || LIST_ARGUMENTS.some((other) => other === name));
  if (clash)
    throw new Error(`${pattern} would have two arguments "${clash}"; lists have ${LIST_ARGUMENTS.join(', ')} already`);
}

/** A run of values as clients give it. */
interface Run {
  readonly from?: unknown;
  readonly to?: unknown;
  readonly startsWith?: unknown;
}

function boundsOf(range: Condition, { from, to, startsWith }: Run) {
  const given = (value: unknown) => value !== null && value !== undefined;
  if (given(startsWith) && (given(from) || given(to)))
    throw new BadInputError(`${range.argument}.startsWith`, "can't be combined with from and to; give either");
  return {
    ...(given(from) ? { from: range.read(from) } : {}),
    ...(given(to) ? { to: range.read(to) } : {}),
    ...(given(startsWith) ? { beginsWith: String(range.read(startsWith)) } : {}),
  };
}

function conditionOf(entity: AnyEntity, composite: string, required: boolean): Condition {
  const own = placeOf(entity, composite);
  const [source] = own.value.watch ?? [];
  if (placeOf(entity, source ?? composite).value.hidden)
    throw new Error(`${entity.name}.${composite} is hidden and can't be an argument`);
  const { set } = own.value;
  if (source !== undefined && set) {
    // Clients give what a hidden attribute, such as a slug, is computed from.
    const place = placeOf(entity, source);
    return {
      composite,
      argument: source,
      place,
      required,
      read: (value) => set(undefined, { [source]: String(value) }),
    };
  }
  const value = composite === entity.name ? { ...own.value, references: entity.name } : own.value;
  const read = (given: unknown) => decodeValue(value, given, composite) as string | number;
  return { composite, argument: composite, place: { ...own, value }, required, read };
}
