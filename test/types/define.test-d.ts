import { defineEntity, slugOf } from '../../src/entities/core/define.ts';
import {
  country,
  currency,
  date,
  dateTime,
  integer,
  keySafe,
  line,
  slugged,
  text,
} from '../../src/entities/core/formats.ts';
import { defineRegistry } from '../../src/entities/core/registry.ts';
import { EmailTakenError } from '../../src/errors.ts';
import { type Equal, proven } from './equal.ts';

/** A name and a description, for entities that are about something else. */
const note = { name: 'note', description: 'A note.' } as const;
const about = { description: 'What it is.' } as const;
const author = { type: 'string', format: keySafe, references: 'author', ...about } as const;
const indexes = {};

// What may be a composite, in the order of the declaration.
const Note = defineEntity({
  ...note,
  attributes: {
    author,
    state: { type: ['draft', 'done'], ...about },
    day: { type: 'string', format: date, ...about },
    place: { type: 'string', format: country, ...about },
    coin: { type: 'string', format: currency, ...about },
    rank: { type: 'number', required: true, format: integer(0, 99), ...about },
    title: { type: 'string', format: line(80), ...about },
    titleKey: slugOf('title'),
    code: { type: 'string', format: slugged, ...about },
  },
  indexes: {
    byAuthor: {
      index: 'gsi1',
      pk: ['author'],
      sk: ['state', 'day', 'place', 'coin', 'rank', 'titleKey', 'code', 'note'],
    },
    all: { index: 'gsi2', collection: 'everything', type: 'clustered', pk: [], sk: ['note'] },
  },
});
proven<
  Equal<typeof Note.indexes.byAuthor.sk, readonly ['state', 'day', 'place', 'coin', 'rank', 'titleKey', 'code', 'note']>
>();
proven<Equal<typeof Note.indexes.all.collection, 'everything'>>();
proven<Equal<typeof Note.attributes.state.type, readonly ['draft', 'done']>>();
proven<Equal<typeof Note.references, readonly 'author'[]>>();

const gsi1 = { index: 'gsi1', pk: ['author'] } as const;

// @ts-expect-error no attribute is called that
defineEntity({ ...note, attributes: { author }, indexes: { by: { index: 'gsi1', pk: ['autor'], sk: [] } } });

const free = { type: 'string', format: line(80), ...about } as const;
// @ts-expect-error free text
defineEntity({ ...note, attributes: { author, free }, indexes: { by: { ...gsi1, sk: ['free'] } } });

const long = { type: 'string', format: text(80), ...about } as const;
// @ts-expect-error text of several lines
defineEntity({ ...note, attributes: { author, long }, indexes: { by: { ...gsi1, sk: ['long'] } } });

const any = { type: 'string', ...about } as const;
// @ts-expect-error text without a format
defineEntity({ ...note, attributes: { author, any }, indexes: { by: { ...gsi1, sk: ['any'] } } });

const at = { type: 'string', format: dateTime, ...about } as const;
// @ts-expect-error a moment holds ":" and "."
defineEntity({ ...note, attributes: { author, at }, indexes: { by: { ...gsi1, sk: ['at'] } } });

const flag = { type: 'boolean', required: true, ...about } as const;
// @ts-expect-error a boolean
defineEntity({ ...note, attributes: { author, flag }, indexes: { by: { ...gsi1, sk: ['flag'] } } });

const place = { type: 'map', properties: {}, ...about } as const;
// @ts-expect-error a map
defineEntity({ ...note, attributes: { author, place }, indexes: { by: { ...gsi1, sk: ['place'] } } });

const lines = { type: 'list', items: { type: 'string', format: keySafe }, ...about } as const;
// @ts-expect-error a list, whatever its items
defineEntity({ ...note, attributes: { author, lines }, indexes: { by: { ...gsi1, sk: ['lines'] } } });

const tags = { type: 'set', items: ['a', 'b'], ...about } as const;
// @ts-expect-error a set, whatever its items
defineEntity({ ...note, attributes: { author, tags }, indexes: { by: { ...gsi1, sk: ['tags'] } } });

const offset = { type: 'number', required: true, format: integer(-3, 3), ...about } as const;
// @ts-expect-error a number that may be negative
defineEntity({ ...note, attributes: { author, offset }, indexes: { by: { ...gsi1, sk: ['offset'] } } });

const rating = { type: 'number', format: integer(0, 3), ...about } as const;
// @ts-expect-error a number that may be absent
defineEntity({ ...note, attributes: { author, rating }, indexes: { by: { ...gsi1, sk: ['rating'] } } });

const size = { type: 'number', required: true, ...about } as const;
// @ts-expect-error a number that need not be whole
defineEntity({ ...note, attributes: { author, size }, indexes: { by: { ...gsi1, sk: ['size'] } } });

const least: number = 0;
const limited = { type: 'number', required: true, format: integer(least, 3), ...about } as const;
// @ts-expect-error the compiler does not know the least number
defineEntity({ ...note, attributes: { author, limited }, indexes: { by: { ...gsi1, sk: ['limited'] } } });

// @ts-expect-error no attribute is called that
defineEntity({ ...note, attributes: { title: free, titleKey: slugOf('titel') }, indexes });
// @ts-expect-error not text
defineEntity({ ...note, attributes: { place, placeKey: slugOf('place') }, indexes });
// @ts-expect-error fit for keys as it is
defineEntity({ ...note, attributes: { author, authorKey: slugOf('author') }, indexes });
// @ts-expect-error derived itself
defineEntity({ ...note, attributes: { title: free, a: slugOf('title'), b: slugOf('a') }, indexes });

// @ts-expect-error misspelt option of an attribute
defineEntity({ ...note, attributes: { title: { type: 'string', requird: true, ...about } }, indexes });
const inner = { type: 'string', requird: true, ...about } as const;
// @ts-expect-error misspelt option of a property
defineEntity({ ...note, attributes: { a: { type: 'map', properties: { inner }, ...about } }, indexes });
const middle = { type: 'map', properties: { inner }, ...about } as const;
// @ts-expect-error misspelt option of a property of a property
defineEntity({ ...note, attributes: { a: { type: 'map', properties: { middle }, ...about } }, indexes });
const items = { type: 'string', formt: date } as const;
// @ts-expect-error misspelt option of a list's items
defineEntity({ ...note, attributes: { a: { type: 'list', items, ...about } }, indexes });
const unsuited = { type: 'string', unique: EmailTakenError, ...about } as const;
// @ts-expect-error nothing within a map is unique
defineEntity({ ...note, attributes: { a: { type: 'map', properties: { unsuited }, ...about } }, indexes });
// @ts-expect-error misspelt option of an index
defineEntity({ ...note, attributes: { author }, indexes: { by: { ...gsi1, sk: [], colection: 'x' } } });
// @ts-expect-error misspelt option of an index, beside a right one
defineEntity({ ...note, attributes: { author }, indexes: { by: { ...gsi1, sk: [], collection: 'x', typ: 'y' } } });

// @ts-expect-error no such type
defineEntity({ ...note, attributes: { title: { type: 'strnig', ...about } }, indexes });
// @ts-expect-error ElectroDB's type for anything has no GraphQL type
defineEntity({ ...note, attributes: { title: { type: 'any', ...about } }, indexes });
// @ts-expect-error no such type of a set's items
defineEntity({ ...note, attributes: { tags: { type: 'set', items: 'strnig', ...about } }, indexes });
// @ts-expect-error a map needs properties
defineEntity({ ...note, attributes: { place: { type: 'map', ...about } }, indexes });
// @ts-expect-error every attribute is described
defineEntity({ ...note, attributes: { title: { type: 'string' } }, indexes });
// @ts-expect-error every property is described
defineEntity({ ...note, attributes: { a: { type: 'map', properties: { b: { type: 'string' } }, ...about } }, indexes });
// @ts-expect-error every entity is described
defineEntity({ name: 'note', attributes: {}, indexes });

// @ts-expect-error not of the enumeration
defineEntity({ ...note, attributes: { state: { type: ['open', 'done'], default: 'opened', ...about } }, indexes });
const state = { type: ['open', 'done'], default: 'opened', ...about } as const;
// @ts-expect-error not of the enumeration, within a map
defineEntity({ ...note, attributes: { a: { type: 'map', properties: { state }, ...about } }, indexes });
// @ts-expect-error not a number
defineEntity({ ...note, attributes: { size: { type: 'number', default: '1', ...about } }, indexes });
// @ts-expect-error a format of text
defineEntity({ ...note, attributes: { size: { type: 'number', format: date, ...about } }, indexes });
// @ts-expect-error a format of numbers
defineEntity({ ...note, attributes: { title: { type: 'string', format: integer(0, 9), ...about } }, indexes });

// @ts-expect-error numbers are not unique
defineEntity({ ...note, attributes: { size: { type: 'number', unique: EmailTakenError, ...about } }, indexes });
// @ts-expect-error enumerations neither
defineEntity({ ...note, attributes: { state: { type: ['a'], unique: EmailTakenError, ...about } }, indexes });
const taken = (value: string) => new EmailTakenError(value);
// @ts-expect-error the class, not a function that makes the error
defineEntity({ ...note, attributes: { mail: { type: 'string', unique: taken, ...about } }, indexes });

// @ts-expect-error every entity has it
defineEntity({ ...note, attributes: { version: { type: 'number', ...about } }, indexes });
// @ts-expect-error the id has that name
defineEntity({ ...note, attributes: { note: { type: 'string', ...about } }, indexes });
// @ts-expect-error the table's own key has that name
defineEntity({ ...note, attributes: { author }, indexes: { note: { ...gsi1, sk: [] } } });
// @ts-expect-error no such index
defineEntity({ ...note, attributes: { author }, indexes: { by: { index: 'gsi4', pk: ['author'], sk: [] } } });
const by = { ...gsi1, sk: [] } as const;
// @ts-expect-error one access pattern of an entity for each index
defineEntity({ ...note, attributes: { author }, indexes: { by, also: { ...gsi1, sk: ['note'] } } });

const named = { type: 'string', ...about } as const;
// @ts-expect-error GraphQL's global id
defineEntity({ ...note, attributes: { id: named }, indexes });
// @ts-expect-error the table's key
defineEntity({ ...note, attributes: { sk: named }, indexes });
// @ts-expect-error the key of an index
defineEntity({ ...note, attributes: { gsi3pk: named }, indexes });
// @ts-expect-error what joins filters
defineEntity({ ...note, attributes: { not: named }, indexes });
// @ts-expect-error what updates take beside attributes
defineEntity({ ...note, attributes: { expectedVersion: named }, indexes });
// @ts-expect-error what every object inherits
defineEntity({ ...note, attributes: { constructor: named }, indexes });
// @ts-expect-error what filters ask of every map
defineEntity({ ...note, attributes: { a: { type: 'map', properties: { exists: named }, ...about } }, indexes });
// These are free: lists take them for arguments of their own only where they would be arguments.
defineEntity({ ...note, attributes: { order: named, first: named, filter: named }, indexes });

const some: boolean = Math.random() > 0.5;
// @ts-expect-error whether it is hidden must be known to the compiler
defineEntity({ ...note, attributes: { title: { type: 'string', hidden: some, ...about } }, indexes });
// @ts-expect-error whether it is required, too
defineEntity({ ...note, attributes: { title: { type: 'string', required: some, ...about } }, indexes });
// @ts-expect-error and whether it can be changed
defineEntity({ ...note, attributes: { title: { type: 'string', readOnly: some, ...about } }, indexes });
const vague = { type: 'string', hidden: some, ...about } as const;
// @ts-expect-error within a map, too
defineEntity({ ...note, attributes: { a: { type: 'map', properties: { vague }, ...about } }, indexes });
defineEntity({ ...note, attributes: { title: { type: 'string', required: false, hidden: false, ...about } }, indexes });

// @ts-expect-error an enumeration of nothing
defineEntity({ ...note, attributes: { state: { type: [], ...about } }, indexes });
// @ts-expect-error a set of nothing
defineEntity({ ...note, attributes: { states: { type: 'set', items: [], ...about } }, indexes });

// Defaults that are computed are of the attribute's type.
defineEntity({
  ...note,
  attributes: {
    state: { type: ['open', 'done'], default: () => 'open', ...about },
    ranks: { type: 'set', items: 'number', default: () => [1, 2], ...about },
    states: { type: 'set', items: ['open', 'done'], default: () => ['done'], ...about },
    lines: { type: 'list', items: { type: 'string' }, default: () => ['a'], ...about },
    a: {
      type: 'map',
      properties: { b: { type: 'string', required: true, ...about } },
      default: () => ({ b: '' }),
      ...about,
    },
  },
  indexes,
});
// @ts-expect-error not of the enumeration
defineEntity({ ...note, attributes: { a: { type: ['b'], default: () => 'c', ...about } }, indexes });
// @ts-expect-error a set of numbers
defineEntity({ ...note, attributes: { a: { type: 'set', items: 'number', default: () => ['1'], ...about } }, indexes });
// @ts-expect-error a set of an enumeration's values
defineEntity({ ...note, attributes: { a: { type: 'set', items: ['b'], default: () => ['c'], ...about } }, indexes });
const text1 = { type: 'string' } as const;
// @ts-expect-error a list of text
defineEntity({ ...note, attributes: { a: { type: 'list', items: text1, default: () => [1], ...about } }, indexes });
const required = { type: 'string', required: true, ...about } as const;
const box = { type: 'map', properties: { required }, ...about } as const;
// @ts-expect-error a map of something else
defineEntity({ ...note, attributes: { a: { ...box, default: () => ({}) } }, indexes });

const secret = { type: 'string', required: true, hidden: true, ...about } as const;
// @ts-expect-error nobody can give it
defineEntity({ ...note, attributes: { a: { type: 'map', properties: { secret }, ...about } }, indexes });
const filled = { ...secret, default: 'x' } as const;
defineEntity({ ...note, attributes: { a: { type: 'map', properties: { filled }, ...about } }, indexes });

// @ts-expect-error the partition has it already
defineEntity({ ...note, attributes: { author }, indexes: { by: { ...gsi1, sk: ['author'] } } });
// @ts-expect-error twice
defineEntity({ ...note, attributes: { author }, indexes: { by: { ...gsi1, sk: ['note', 'note'] } } });
// @ts-expect-error twice in the partition
defineEntity({ ...note, attributes: { author }, indexes: { by: { index: 'gsi1', pk: ['author', 'author'], sk: [] } } });

const Author = defineEntity({ name: 'author', description: 'Who writes.', attributes: {}, indexes });
proven<Equal<ReturnType<typeof registered>, readonly [typeof Note, typeof Author]>>();
function registered() {
  return defineRegistry([Note, Author]);
}
// @ts-expect-error its author is no entity of the registry
defineRegistry([Note]);
