import { expect, it } from 'vitest';
import { SeenIds } from '../src/search/doctor/seen.ts';
import { officeSearch, taskSearch } from '../src/search/index.ts';

it('keeps ids by entity, each once, until there are too many of them', () => {
  const seen = new SeenIds(3);
  seen.add(officeSearch, ['a', 'b']);
  seen.add(taskSearch, ['a']);
  seen.add(officeSearch, ['a']);
  expect([seen.of(officeSearch), seen.of(taskSearch)]).toEqual([new Set(['a', 'b']), new Set(['a'])]);
  seen.add(taskSearch, ['b']);
  expect([seen.of(officeSearch), seen.of(taskSearch)]).toEqual([undefined, undefined]);
  seen.add(taskSearch, ['c']);
  expect(seen.of(taskSearch)).toBeUndefined();
});

it('knows of entities that have none', () => {
  expect(new SeenIds(3).of(officeSearch)).toEqual(new Set());
});

it('knows nothing any more once some are missing', () => {
  const seen = new SeenIds(3);
  seen.add(officeSearch, ['a']);
  seen.forget();
  seen.add(officeSearch, ['b']);
  expect(seen.of(officeSearch)).toBeUndefined();
});
