import type {
  AttributeSpecs,
  BooleanAttribute,
  DerivedAttribute,
  EnumerationAttribute,
  ItemsSpec,
  ListAttribute,
  MapAttribute,
  NumberAttribute,
  PropertySpec,
  SetAttribute,
  TextAttribute,
} from './attributes.ts';
import type { Format, NumberScalar, TextScalar } from './formats.ts';
import { isKeySafe } from './keys.ts';
import type { managedAttributes } from './managed.ts';
import type { Indexes, IndexSpec } from './model.ts';

/*
 * What a declaration must keep to beyond its shape. These types map a declaration to what it should have been: they
 * leave alone what is right, so that everything is inferred from it, and put the valid names in the place of what is
 * wrong, so that the compiler's message lists them. Names stand in interfaces, since the compiler would print an alias
 * by its own name.
 */

type InKeys =
  | { readonly type: readonly string[] }
  | { readonly type: 'string'; readonly format: Format<TextScalar, 'key'> }
  // A missing number could only be stored as another one.
  | { readonly type: 'number'; readonly required: true; readonly format: Format<NumberScalar, 'key'> };

// A name that is only known at run time could be any, and is taken to be none of the others.
type Literal<N extends string> = string extends N ? never : N;

/** Names within the declaration of an entity called `N` with the attributes `A`. */
export interface Names<N extends string, A> {
  /** What may be a composite: the entity's id, enumerations, and attributes whose format is fit for keys. */
  readonly composite: string extends keyof A
    ? string
    : {
        [K in N | (keyof A & string)]: K extends N ? K : K extends keyof A ? (A[K] extends InKeys ? K : never) : never;
      }[N | (keyof A & string)];
  /** What a slug may be made of: text that is neither fit for keys as it is, nor derived itself. */
  readonly freeText: {
    [K in keyof A & string]: A[K] extends InKeys
      ? never
      : A[K] extends { readonly type: 'string'; readonly watch?: never }
        ? K
        : never;
  }[keyof A & string];
  readonly any: keyof A & string;
  /** Taken by every entity, by the table, or by GraphQL. */
  readonly reserved:
    | keyof typeof managedAttributes
    | Literal<N>
    | 'id'
    | 'pk'
    | 'sk'
    | `${IndexSpec['index']}${'pk' | 'sk'}`;
}

interface SpecByType {
  readonly string: TextAttribute;
  readonly number: NumberAttribute;
  readonly boolean: BooleanAttribute;
  readonly map: MapAttribute;
  readonly list: ListAttribute;
  readonly set: SetAttribute;
}

type SpecOf<T> = T extends { readonly watch: unknown }
  ? DerivedAttribute
  : T extends { readonly type: infer Type }
    ? Type extends keyof SpecByType
      ? SpecByType[Type]
      : EnumerationAttribute
    : never;

type OptionOfEach<T> = T extends unknown ? keyof T : never;

/** Names within the declaration of one attribute, property or list's items. */
interface Options<T> {
  readonly attribute: { [P in keyof SpecOf<T>]-?: P }[keyof SpecOf<T>];
  readonly property: Extract<keyof SpecOf<T>, OptionOfEach<PropertySpec>>;
  readonly items: Extract<keyof SpecOf<T>, OptionOfEach<ItemsSpec>>;
  readonly index: { [P in keyof IndexSpec]-?: P }[keyof IndexSpec];
}

/** Stands where no option is, to be printed by the compiler. */
interface NoSuchOption<Valid> {
  readonly valid: Valid;
}
/** Stands where an attribute has a name that it can't have, to be printed by the compiler. */
interface ReservedName<Reserved> {
  readonly reserved: Reserved;
}

/** One option's value, as it should be. */
type CheckedOption<T, P extends keyof T> = P extends 'default'
  ? T extends { readonly type: readonly (infer Value)[] }
    ? Value | (() => string)
    : T[P]
  : P extends 'properties'
    ? { readonly [K in keyof T[P]]: CheckedProperty<T[P][K]> }
    : P extends 'items'
      ? CheckedItems<T[P]>
      : T[P];

type CheckedProperty<T> = {
  readonly [P in keyof T]: P extends Options<T>['property']
    ? CheckedOption<T, P>
    : NoSuchOption<Options<T>['property']>;
};

// The items of a set are a type by name or an enumeration, and have no options.
type CheckedItems<T> = T extends { readonly type: unknown }
  ? {
      readonly [P in keyof T]: P extends Options<T>['items'] ? CheckedOption<T, P> : NoSuchOption<Options<T>['items']>;
    }
  : T;

type CheckedAttribute<T, FreeText, Any> = {
  readonly [P in keyof T]: P extends Options<T>['attribute']
    ? P extends 'slugOf'
      ? FreeText
      : P extends 'watch'
        ? readonly [Any]
        : CheckedOption<T, P>
    : NoSuchOption<Options<T>['attribute']>;
};

/** The attributes `A` of an entity called `N`, as they should be. */
export type CheckedAttributes<N extends string, A> = {
  readonly [K in keyof A]: K extends Names<N, A>['reserved']
    ? ReservedName<Names<N, A>['reserved']>
    : CheckedAttribute<A[K], Names<N, A>['freeText'], Names<N, A>['any']>;
};

type OthersIndex<I, K> = {
  [J in keyof I]: J extends K ? never : I[J] extends { readonly index: infer Index } ? Index : never;
}[keyof I];

/** The indexes `I` of an entity called `N`, as they should be: an index of the table holds one access pattern of it. */
export type CheckedIndexes<N extends string, I> = {
  readonly [K in keyof I]: K extends Literal<N>
    ? ReservedName<N>
    : {
        readonly [P in keyof I[K]]: P extends 'index'
          ? Exclude<IndexSpec['index'], OthersIndex<I, K>>
          : P extends keyof IndexSpec
            ? I[K][P]
            : NoSuchOption<Options<I[K]>['index']>;
      };
};

const NAME = /^[a-z][A-Za-z0-9]*$/;

/** Checks what the types above can't. @throws Error that names the attribute */
export function assertDeclared(entity: string, attributes: AttributeSpecs, indexes: Indexes): void {
  for (const name of [entity, ...Object.keys(attributes), ...Object.keys(indexes)]) {
    if (!NAME.test(name))
      throw new Error(
        `${entity}: "${name}" can't be a name in keys and GraphQL; use letters and digits, a small one first`,
      );
  }
  for (const name of new Set(Object.values(indexes).flatMap(({ pk, sk }) => [...pk, ...sk]))) {
    const type = attributes[name]?.type;
    const unfit = typeof type === 'object' ? type.filter((value) => !isKeySafe(value)) : [];
    if (unfit.length > 0)
      throw new Error(
        `${entity}.${name} is a composite, and ${JSON.stringify(unfit)} can't be in a key; use letters, digits, "_" and "-", a letter or digit first`,
      );
  }
}
