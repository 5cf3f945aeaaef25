import type { RosterError } from '../../errors.ts';
import type { Format, NumberScalar, TextScalar } from './formats.ts';

/** What may be said of an attribute of any type. */
interface Facts {
  /** One sentence; it becomes the GraphQL description. */
  readonly description: string;
  readonly required?: boolean;
  /** Stored, but never seen by readers. A property of a map stays as it is when the map is changed without it. */
  readonly hidden?: boolean;
  /** Set when the item is created, never changed. */
  readonly readOnly?: boolean;
  /**
   * Not everyone in the organization may read it: it stays out of the search index that everyone may query, and lists
   * with it in their key are for those who may filter by it.
   */
  readonly restricted?: true;
  /** May hold kilobytes; left out of reads that don't select it. */
  readonly wide?: true;
}

/** The GraphQL type of an enumeration or a map. */
export interface GraphqlType {
  /** @defaultValue the type's name and the attribute's: `ProjectStatus` */
  readonly name: string;
  /** @defaultValue the attribute's description */
  readonly description?: string;
}

/** The error of a value that is taken. */
export type UniqueError = new (value: string) => RosterError;

/** Text, or whatever else its format makes of a string: ids, dates, codes. */
export interface TextAttribute extends Facts {
  readonly type: 'string';
  readonly format?: Format<TextScalar>;
  /** The entity whose id this attribute holds; a write is refused unless that item exists. */
  readonly references?: string;
  /** Makes values unique within the organization, ignoring case. */
  readonly unique?: UniqueError;
  readonly default?: string | (() => string);
}

/** A number; without a format any that DynamoDB can hold. */
export interface NumberAttribute extends Facts {
  readonly type: 'number';
  readonly format?: Format<NumberScalar>;
  readonly default?: number | (() => number);
}

/** True or false. */
export interface BooleanAttribute extends Facts {
  readonly type: 'boolean';
  readonly default?: boolean | (() => boolean);
}

/** One of several values. */
export interface EnumerationAttribute extends Facts {
  readonly type: readonly string[];
  readonly graphql?: GraphqlType;
  readonly default?: string | (() => string);
}

/** An object of named properties. */
export interface MapAttribute extends Facts {
  readonly type: 'map';
  readonly properties: Readonly<Record<string, PropertySpec>>;
  readonly graphql?: GraphqlType;
  /** A function, so that no two items share an object. */
  readonly default?: () => Readonly<Record<string, unknown>>;
}

/** Values in an order, repeated ones included. Enumerations make sets, see {@link SetAttribute}. */
export interface ListAttribute extends Facts {
  readonly type: 'list';
  readonly items: ItemsSpec;
  /** A function, so that no two items share a list. */
  readonly default?: () => readonly unknown[];
}

/** Different values without an order, stored as DynamoDB's set; readers see them sorted. Never empty, but absent. */
export interface SetAttribute extends Facts {
  readonly type: 'set';
  readonly items: 'string' | 'number' | readonly string[];
  /** What each value must look like. */
  readonly format?: Format;
  readonly graphql?: GraphqlType;
  /** A function, so that no two items share a list. */
  readonly default?: () => readonly (string | number)[];
}

/** A hidden attribute that ElectroDB sets from another one whenever that is written. */
export interface DerivedAttribute {
  readonly type: 'string';
  readonly description: string;
  readonly hidden: true;
  /** The attribute that it follows from. An update gives `set` no other, so that there can be no second. */
  readonly watch: readonly [string];
  readonly set: (value: unknown, item: Readonly<Record<string, unknown>>) => string;
  readonly format?: Format<TextScalar>;
  /** The text attribute that it holds in key form. */
  readonly slugOf?: string;
}

/** What only attributes of an item can be, not properties of a map. */
type OfItems = 'readOnly' | 'restricted' | 'wide' | 'references' | 'unique';

/** A property of a map. */
export type PropertySpec =
  | Omit<TextAttribute, OfItems>
  | Omit<NumberAttribute, OfItems>
  | Omit<BooleanAttribute, OfItems>
  | Omit<EnumerationAttribute, OfItems>
  | Omit<MapAttribute, OfItems>
  | Omit<ListAttribute, OfItems>
  | Omit<SetAttribute, OfItems>;

/** What the items of a list are; the list's own description is theirs too. */
export type ItemsSpec =
  | Pick<TextAttribute, 'type' | 'format'>
  | Pick<NumberAttribute, 'type' | 'format'>
  | Pick<MapAttribute, 'type' | 'properties' | 'graphql'>;

/** An attribute as an entity declares it: ElectroDB's options, and Roster's facts. */
export type AttributeSpec =
  | TextAttribute
  | NumberAttribute
  | BooleanAttribute
  | EnumerationAttribute
  | MapAttribute
  | ListAttribute
  | SetAttribute
  | DerivedAttribute;

/** The attributes that an entity declares, by name. */
export type AttributeSpecs = Readonly<Record<string, AttributeSpec>>;

/** A value as generic code sees it: an attribute, a property of a map or an item of a list, of whatever type. */
export interface AnyValue {
  readonly type: AttributeSpec['type'];
  readonly required?: boolean;
  readonly hidden?: boolean;
  readonly format?: Format;
  readonly graphql?: GraphqlType;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, AnyValue & Pick<Facts, 'description'>>>;
  readonly items?: SetAttribute['items'] | AnyValue;
}

/** An attribute as generic code sees it. */
export interface Attribute extends AnyValue, Facts {
  readonly required?: boolean;
  readonly hidden?: boolean;
  readonly references?: string;
  readonly unique?: UniqueError;
  readonly watch?: readonly string[];
  readonly set?: DerivedAttribute['set'];
  readonly slugOf?: string;
}

/** The attributes of an entity by name. */
export type Attributes = Readonly<Record<string, Attribute>>;

/** What each item of a list or set is; undefined for values of other types. */
export function itemsOf({ items, format }: AnyValue): AnyValue | undefined {
  if (items === undefined || (typeof items === 'object' && 'type' in items)) return items;
  return { type: items, ...(format ? { format } : {}) };
}
