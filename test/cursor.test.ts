import { expect, it } from 'vitest';
import { BadCursorError } from '../src/errors.ts';
import { createCursors } from '../src/schema/electrodb/cursor.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const cursors = createCursors('a secret of thirty-two characters');

// By its length, the last letter of a cursor has no bits to spare, two, or four.
it.each(['a', 'ab', 'abc'])('a cursor has one spelling: no bit of its last letter may change (%s)', (text) => {
  const cursor = cursors.encode([text], 'scope');
  expect(cursors.decode(cursor, 'scope', 'after')).toEqual([text]);
  const others = [...ALPHABET].filter((letter) => letter !== cursor.at(-1));
  for (const letter of others) {
    expect(() => cursors.decode(`${cursor.slice(0, -1)}${letter}`, 'scope', 'after')).toThrow(BadCursorError);
  }
});
