import type { AttributeSpec, AttributeSpecs } from './attributes.ts';
import { dateTime, integer, keySafe } from './formats.ts';

/** The attributes that every entity has, beside its id. All but `expires` are set by the writer. */
export const managedAttributes = {
  org: {
    type: 'string',
    required: true,
    readOnly: true,
    hidden: true,
    format: keySafe,
    description: 'The organization it belongs to.',
  },
  version: {
    type: 'number',
    required: true,
    format: integer(1, Number.MAX_SAFE_INTEGER),
    description: 'Counts the writes, from 1.',
  },
  createdAt: { type: 'string', required: true, readOnly: true, format: dateTime, description: 'When it was created.' },
  updatedAt: { type: 'string', required: true, format: dateTime, description: 'When it was last changed.' },
  expires: {
    type: 'number',
    hidden: true,
    format: integer(1, Number.MAX_SAFE_INTEGER),
    description: "The table's time-to-live attribute: Unix seconds from which on the item is gone.",
  },
} as const satisfies AttributeSpecs;

/** The attribute under the entity's own name. */
export const idAttribute = {
  type: 'string',
  required: true,
  readOnly: true,
  format: keySafe,
  description: 'The id, made by the server.',
} as const satisfies AttributeSpec;

/** All attributes of an entity: its id, those that it declares and the managed ones. */
export type AllAttributes<N extends string, A extends AttributeSpecs> = Readonly<Record<N, typeof idAttribute>> &
  A &
  typeof managedAttributes;

/** The attributes that the writer sets, whatever the caller gives. */
export type SetByWriter = Exclude<keyof typeof managedAttributes, 'expires'>;

/** Whether an attribute is one that the writer sets. */
export const isSetByWriter = (name: string): name is SetByWriter =>
  Object.hasOwn(managedAttributes, name) && name !== 'expires';
