import type { InterfaceRef, SchemaTypes } from '@pothos/core';
import { extensionsOf } from './facts.ts';
import type { AnyBuilder } from './value-types.ts';

/** What every object of an entity has. */
export interface Versioned {
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

const attribute = (name: keyof Versioned) => extensionsOf({ kind: 'attribute', names: [name] });

/** The interface of everything that counts its changes. */
export const versionedInterface = (builder: AnyBuilder): InterfaceRef<SchemaTypes, Versioned> =>
  builder.interfaceRef<Versioned>('Versioned').implement({
    description: 'An object that counts its changes.',
    fields: (t) => ({
      version: t.exposeInt('version', {
        description: 'Counts the writes, from 1. Pass it as `expectedVersion` to change only what you have seen.',
        extensions: attribute('version'),
      }),
      createdAt: t.expose('createdAt', {
        type: 'DateTime' as 'String',
        description: 'When it was created.',
        extensions: attribute('createdAt'),
      }),
      updatedAt: t.expose('updatedAt', {
        type: 'DateTime' as 'String',
        description: 'When it was last changed.',
        extensions: attribute('updatedAt'),
      }),
    }),
  });
