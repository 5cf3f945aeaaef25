import { randomUUID } from 'node:crypto';
import { Meilisearch } from 'meilisearch';
import { beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { SearchIndex } from '../src/search/define.ts';
import type { Document } from '../src/search/document.ts';
import { problemOf } from '../src/search/indexer/problems.ts';
import { documentWriter } from './support/document-writer.ts';

const filterable = ['org', 'text', 'number', 'map', 'list', '_geo'];
const index: SearchIndex = {
  name: 'problems',
  settings: { searchableAttributes: ['text', 'long'], filterableAttributes: filterable, sortableAttributes: ['_geo'] },
  attributes: new Set(),
  document: () => document({}),
};
const { host, apiKey } = inject('meilisearch');
const indexPrefix = `test-${randomUUID()}-`;
const engine = new Meilisearch({ host, apiKey, defaultWaitOptions: { interval: 5, timeout: 60_000 } });

const writer = documentWriter({ host, apiKey, indexPrefix });

beforeAll(() => writer.makeIndex(index));

beforeEach(async () => {
  await engine.index(`${indexPrefix}${index.name}`).deleteAllDocuments().waitTask();
});

// Values that the type of a document does not allow are what these tests are about.
const document = (values: Readonly<Record<string, unknown>>) => ({ id: 'a', org: 'acme', ...values }) as Document;
const found = async (filter: string) =>
  (await engine.index(`${indexPrefix}${index.name}`).search('', { filter, limit: 10 })).hits.map(({ id }) => id);
const write = (values: Readonly<Record<string, unknown>>) => writer.write(index, [document(values)], []);
const quoted = (text: string) => JSON.stringify(text);
/** `map.map.map…` */
const nested = (levels: number, value: unknown): unknown => (levels === 0 ? value : [nested(levels - 1, value)]);

type Values = Readonly<Record<string, unknown>>;

describe('a document that fails its whole request is refused', () => {
  it.each<[string, Values, string]>([
    ['an id of 512 characters', { id: 'x'.repeat(512) }, 'id is not 1 to 511'],
    ['an empty id', { id: '' }, 'id is not 1 to 511'],
    ['an id with a letter that is not ASCII', { id: 'ä' }, 'id is not 1 to 511'],
    ['half of a surrogate pair', { text: 'a\ud83d' }, 'text holds half'],
    ['half of a surrogate pair that is not even filterable', { long: '\udc00b' }, 'long holds half'],
    ['half of a surrogate pair in a list in a map', { map: { inner: ['ok', '\ud83d'] } }, 'map.inner holds half'],
    ['a point that is none', { _geo: 'here' }, '_geo.lat is not'],
    ['a point as a list', { _geo: [1, 2] }, '_geo.lat is not'],
    ['an empty point', { _geo: {} }, '_geo.lat is not'],
    ['a point of nulls', { _geo: { lat: null, lng: null } }, '_geo.lat is not'],
    ['a point without longitude', { _geo: { lat: 1 } }, '_geo.lng is not'],
    ['a point with an altitude', { _geo: { lat: 1, lng: 2, alt: 3 } }, '_geo holds more than'],
  ])('%s', async (_case, values, problem) => {
    expect(problemOf(document(values), filterable)).toContain(problem);
    expect([...(await write(values)).keys()]).toEqual([document(values).id]);
  });
});

describe('a document that Meilisearch would take for another one is refused', () => {
  it.each<[string, string, number]>([
    ['plain letters', 'x', 469],
    ['letters that are two when taken apart', 'ä', 157],
    ['syllables that are three letters', '한', 53],
    ['a ligature that is a sentence', 'ﷺ', 15],
    ['letters that grow when they are small', 'İ', 157],
  ])('a filterable text too long, of %s: filters see it cut off', async (_case, letter, count) => {
    const [long, short] = [letter.repeat(count), letter.repeat(count - 1)];
    expect(problemOf(document({ text: long }), filterable)).toBe(
      'text is filterable and longer than 468 bytes in lower-case compatibility form (NFKD)',
    );
    await write({ text: long });
    expect(await found(`text = ${quoted(long)}`)).toEqual([]);
    expect(problemOf(document({ text: short }), filterable)).toBeUndefined();
    await write({ text: short });
    expect(await found(`text = ${quoted(short)}`)).toEqual(['a']);
  });

  it.each<[string, Values]>([
    ['in a map', { map: { inner: 'x'.repeat(469) } }],
    ['in a list', { list: ['x', 'x'.repeat(469)] }],
  ])('a filterable text too long, %s', (_case, values) => {
    expect(problemOf(document(values), filterable)).toMatch(/^(map.inner|list) is filterable and longer/);
  });

  it('a number that can not be told from its neighbour', async () => {
    expect(problemOf(document({ number: 2 ** 53 }), filterable)).toBe(
      'number is beyond ±2^53, where numbers lose precision',
    );
    await write({ number: 2 ** 53 });
    expect(await found('number = 9007199254740993')).toEqual(['a']);
    await write({ number: 2 ** 53 - 1 });
    expect(await found('number = 9007199254740992')).toEqual([]);
  });

  it('a number that JSON turns into null', async () => {
    for (const number of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(problemOf(document({ number }), filterable)).toBe('number is no number that JSON can hold');
      await write({ number });
      expect(await found('number IS NULL')).toEqual(['a']);
    }
  });

  it('a point that is not on the globe', async () => {
    for (const _geo of [
      { lat: 90.001, lng: 0 },
      { lat: 0, lng: -180.001 },
      { lat: '1', lng: '2' },
    ]) {
      expect(problemOf(document({ _geo }), filterable)).toMatch(/^_geo.(lat|lng) is not degrees/);
      await write({ _geo });
    }
  });

  it('a value that JSON has no form for', async () => {
    expect(problemOf(document({ text: new Uint8Array([1, 2]) }), filterable)).toMatch(/^text is neither text/);
    await write({ text: new Uint8Array([1, 2]) });
    expect(await found('text.0 = 1')).toEqual(['a']);
    // And these can't even be sent.
    expect(problemOf(document({ number: 2n ** 60n }), filterable)).toMatch(/^number is beyond/);
    expect(problemOf(document({ list: [() => 1] }), filterable)).toMatch(/^list is neither text/);
  });
});

it('reasons name fields and never values', () => {
  const secrets = [
    { number: 2 ** 60 },
    { text: `987654321${'x'.repeat(500)}` },
    { id: '987654321 ' },
    { _geo: { lat: 987654321, lng: 1 } },
  ];
  for (const values of secrets) {
    const problem = problemOf(document(values), filterable);
    expect(problem).toBeTruthy();
    expect(problem).not.toMatch(/987654321|1152921504606846976/);
  }
});

describe('a document without a problem is indexed as it is', () => {
  it.each<[string, Values, string]>([
    ['an id of 511 characters', { id: 'x'.repeat(511) }, 'org = acme'],
    ['no values at all', {}, 'text NOT EXISTS'],
    ['nulls', { text: null, number: null, list: [null], _geo: null }, 'text IS NULL'],
    ['empty values', { text: '', list: [], map: {} }, 'list IS EMPTY AND map IS EMPTY'],
    ['a text of 468 bytes', { text: 'X'.repeat(468) }, `text = ${quoted('x'.repeat(468))}`],
    ['a long text that is not filterable', { long: 'ä '.repeat(5_000) }, 'org = acme'],
    ['control characters and quotes', { text: 'a\u0000"\\\n\u2028' }, `text = ${quoted('a\u0000"\\\n\u2028')}`],
    ['a whole surrogate pair', { text: '😀' }, 'text = "😀"'],
    ['the largest and the smallest number', { list: [2 ** 53 - 1, -(2 ** 53) + 1] }, 'list = -9007199254740991'],
    ['a small fraction and minus zero', { list: [5e-324, -0, 0.1] }, 'list = 0 AND list = 0.1'],
    ['truth values', { list: [true, false] }, 'list = true AND list = false'],
    ['the poles and the date line', { _geo: { lat: -90, lng: 180 } }, '_geoRadius(-90, 0, 1)'],
    ['something undefined', { text: undefined, map: { inner: undefined } }, 'text NOT EXISTS'],
    ['as many levels as DynamoDB can hold', { long: nested(32, 'x') }, 'org = acme'],
    ['a name with a point', { map: { 'a.b': 1 } }, 'map.a.b = 1'],
  ])('%s', async (_case, values, filter) => {
    expect(problemOf(document(values), filterable)).toBeUndefined();
    await write(values);
    expect(await found(filter)).toEqual([document(values).id]);
  });
});
