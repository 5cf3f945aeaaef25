import type {
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
import type { ValueOf } from './items.ts';
import type { Reserved, ReservedName, reservedNames, reservedProperties } from './reserved.ts';

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

/** A name that is only known at run time could be any, and is taken to be none of the others. */
export type Literal<N extends string> = string extends N ? never : N;

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
}

/** Stands where no option is, to be printed by the compiler. */
export interface NoSuchOption<Valid> {
  readonly valid: Valid;
}
/** Stands where an option must be known to the compiler, to be printed by it. */
interface Literally<Valid> {
  readonly valid: Valid;
}
/** Stands where nobody could ever give a value, to be printed by the compiler. */
interface NeedsDefault<Because> {
  readonly because: Because;
}

/** Options that decide on types. */
type Flag = 'required' | 'hidden' | 'readOnly';

/** One option's value, as it should be. */
type CheckedOption<T, P extends keyof T> = P extends 'default'
  ? CheckedDefault<T, T[P]>
  : P extends 'properties'
    ? { readonly [K in keyof T[P]]: CheckedProperty<K, T[P][K]> }
    : P extends 'items'
      ? CheckedItems<T[P]>
      : P extends Flag
        ? boolean extends T[P]
          ? Literally<true | false>
          : T[P]
        : P extends 'type'
          ? NotEmpty<T[P]>
          : T[P];

type NotEmpty<Values> = Values extends readonly [] ? readonly [string, ...string[]] : Values;

/** A default, or a function that makes one. */
type CheckedDefault<T, Default> = T extends { readonly type: readonly (infer Value)[] }
  ? Value | (() => Value)
  : T extends { readonly type: 'map' | 'list' | 'set' }
    ? () => ValueOf<T, 'write'>
    : Default;

// Clients never see it, and so can't give it.
type NeverGiven = { readonly hidden: true; readonly required: true; readonly default?: never };

type CheckedProperty<K, T> = [Reserved<K, typeof reservedProperties>] extends [never]
  ? {
      readonly [P in keyof T]: P extends Options<T>['property']
        ? [P, T] extends ['hidden', NeverGiven]
          ? NeedsDefault<'hidden and required'>
          : CheckedOption<T, P>
        : NoSuchOption<Options<T>['property']>;
    }
  : Reserved<K, typeof reservedProperties>;

// The items of a set are a type by name or an enumeration, and have no options.
type CheckedItems<T> = T extends { readonly type: unknown }
  ? {
      readonly [P in keyof T]: P extends Options<T>['items'] ? CheckedOption<T, P> : NoSuchOption<Options<T>['items']>;
    }
  : NotEmpty<T>;

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
  readonly [K in keyof A]: K extends Literal<N>
    ? ReservedName<'the id', N>
    : [Reserved<K, typeof reservedNames>] extends [never]
      ? CheckedAttribute<A[K], Names<N, A>['freeText'], Names<N, A>['any']>
      : Reserved<K, typeof reservedNames>;
};

/**
 * Says of every attribute that a default which is computed may be a literal, so that the compiler infers it as one:
 * `() => 'open'` would be any text otherwise.
 */
export type LiteralDefaults = Readonly<Record<string, AnyOptions>>;

interface AnyOptions {
  readonly [option: string]: unknown;
  readonly default?: Computed | (() => Computed | readonly Computed[]);
}
type Computed = 'literal' | (string & {}) | number | boolean | object;
