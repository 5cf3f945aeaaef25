import { PassThrough } from 'node:stream';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { doctor } from '../dev/search/commands/doctor.ts';
import type { Row } from '../src/entities/core/statements.ts';
import { createItem, updateItem } from '../src/entities/core/write.ts';
import { Office } from '../src/entities/index.ts';
import { realClock } from '../src/runtime.ts';
import { searches } from '../src/search/all.ts';
import { type Examined, examine } from '../src/search/doctor/examine.ts';
import { heal } from '../src/search/doctor/heal.ts';
import { repair } from '../src/search/doctor/repair.ts';
import { type Document, documentId } from '../src/search/document.ts';
import { EngineUnavailable } from '../src/search/engine/errors.ts';
import { officeSearch } from '../src/search/index.ts';
import { searchStates } from '../src/search/indexer/state.ts';
import { markDamaged } from '../src/search/indexer/transitions.ts';
import { createCompany } from './support/company.ts';
import { firstOnly, type Match, meanwhile, unavailable } from './support/fault-proxy.ts';
import { documentsIn, expectIndexEqualsTable, searchEngine, uidOf } from './support/index-equality.ts';
import { type ProxiedRoster, startProxiedRoster } from './support/proxied-roster.ts';
import { NOW } from './support/roster.ts';

let roster: ProxiedRoster;
const org = 'acme';
const index = officeSearch.open;

beforeAll(async () => {
  roster = await startProxiedRoster();
  await createCompany(roster, org);
  return () => roster.stop();
});

beforeEach(() => roster.indexed());

const services = () => ({ ...roster.services, clock: realClock() });
const examineAll = (patienceMs = 0) => examine(services(), searches, { patienceMs });
const place = { zip: '1', city: 'Graz', state: 'Steiermark', country: 'AT', location: { lat: 47, lng: 15 } };
const create = async (name: string) => (await createItem(roster.services, Office, org, { ...place, name })).office;
const rename = (id: string, name: string) => updateItem(roster.services, Office, { org, id }, { name });
const engineIndex = () => searchEngine(roster).index(uidOf(roster, index));
const documentOf = async (id: string): Promise<Document> => {
  const document = (await documentsIn(roster, index))[documentId(org, id)];
  if (!document) throw new Error(`there is no document of ${id}`);
  return document;
};
const put = (document: Document) =>
  engineIndex()
    .addDocuments([{ ...document }])
    .waitTask();
const row = (id: string, values: object): Row =>
  Office.put({ ...place, name: 'Expiring', org, office: id, version: 1, createdAt: NOW, updatedAt: NOW, ...values }).Put
    .Item as Row;
const drifts = (examined: readonly Examined[]) =>
  Object.fromEntries(examined.map(({ name, drift }) => [name, Object.fromEntries(drift)]));
const NONE = { employee: {}, employee_restricted: {}, office: {}, project: {}, task: {} };

it('finds nothing where indexes equal the table, and counts what they hold', async () => {
  const examined = await examineAll();
  expect(drifts(examined)).toEqual(NONE);
  const office = examined.find(({ name }) => name === 'office');
  const held = Object.keys(await documentsIn(roster, index)).length;
  expect(office).toMatchObject({ documents: held, expected: held, quarantined: 0 });
});

describe('what is wrong is found, and repaired', () => {
  /** Makes something wrong. @returns the document's id, and what it is called */
  const cases: [string, () => Promise<[id: string, drift: string]>][] = [
    [
      'a document that is missing',
      async () => {
        const id = documentId(org, await indexedOffice('lost'));
        await engineIndex().deleteDocument(id).waitTask();
        return [id, 'missing'];
      },
    ],
    [
      'a document of an earlier version',
      async () => {
        const id = await indexedOffice('now');
        await put({ ...(await documentOf(id)), name: 'then' });
        return [documentId(org, id), 'stale'];
      },
    ],
    [
      'a document with something more in it',
      async () => {
        const id = await indexedOffice('more');
        await put({ ...(await documentOf(id)), stray: true });
        return [documentId(org, id), 'stale'];
      },
    ],
    [
      'a document whose item is gone',
      async () => {
        const id = await indexedOffice('ghost');
        const document = await documentOf(id);
        await roster.services.table.batchWrite([{ Delete: { Key: Office.key(org, id) } }]);
        // Else the stream might delete it after it was put there.
        await roster.indexed();
        await put(document);
        return [document.id, 'orphan'];
      },
    ],
    [
      'a document that no item can have',
      async () => {
        await put({ id: 'by-hand', org, name: 'Made by hand' });
        return ['by-hand', 'orphan'];
      },
    ],
  ];

  async function indexedOffice(name: string): Promise<string> {
    const id = await create(name);
    await roster.indexed();
    return id;
  }

  it.each(cases)('%s', async (_case, harm) => {
    const [id, drift] = await harm();
    const examined = await examineAll();
    expect(drifts(examined)).toEqual({ ...NONE, office: { [id]: drift } });
    expect(await repair(services(), examined)).toMatchObject({ failed: 0 });
    expect(drifts(await examineAll())).toEqual(NONE);
    await expectIndexEqualsTable(roster);
  });
});

it('a document that no item can have fails the repair that can not delete it, and is gone after one that can', async () => {
  await put({ id: 'by-hand', org, name: 'Made by hand' });
  const examined = await examineAll();
  const restore = roster.meilisearch.inject(({ path }) => path.endsWith('/documents/delete-batch'), unavailable);
  await expect(repair(services(), examined)).rejects.toThrow(EngineUnavailable);
  restore();
  expect(await repair(services(), examined)).toMatchObject({ deleted: 1 });
  expect(await documentsIn(roster, index)).not.toHaveProperty('by-hand');
});

it('a document whose item has expired, and is not deleted yet, is one too many', async () => {
  const expiring = row('expiring', { expires: 2_000_000_000 });
  await roster.services.table.batchWrite([{ Put: { Item: expiring } }]);
  await roster.indexed();
  // DynamoDB may take days to delete it, and sends no record before.
  const later = { ...services(), clock: { ...realClock(), now: () => new Date(2_000_000_000_000) } };
  const examined = await examine(later, searches, { patienceMs: 0 });
  expect(drifts(examined)).toEqual({ ...NONE, office: { [documentId(org, 'expiring')]: 'expired' } });
  expect(await repair(later, examined)).toMatchObject({ applied: 1, failed: 0 });
  expect(await documentsIn(roster, index)).not.toHaveProperty(documentId(org, 'expiring'));
  await roster.services.table.batchWrite([{ Delete: { Key: Office.key(org, 'expiring') } }]);
});

it('an item in quarantine is no drift, but counted', async () => {
  const bad = { ...row('bad', {}), country: 'A'.repeat(500) };
  await roster.services.table.batchWrite([{ Put: { Item: bad } }]);
  await roster.indexed();
  const examined = await examineAll();
  expect(drifts(examined)).toEqual(NONE);
  expect(examined.find(({ name }) => name === 'office')?.quarantined).toBe(1);
  await roster.services.table.batchWrite([{ Delete: { Key: Office.key(org, 'bad') } }]);
  await roster.indexed();
  expect((await examineAll()).find(({ name }) => name === 'office')?.quarantined).toBe(0);
});

describe('no false alarm', () => {
  it('while items are written and on their way into the index', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, (_, i) => create(`busy ${i}`)));
    await roster.indexed();
    let isOver = false;
    const writing = (async () => {
      for (let n = 0; !isOver; n++) {
        await Promise.all(ids.slice(0, 10).map((id) => rename(id, `change ${n}`)));
        await roster.indexed();
      }
    })();
    const examined = await examineAll(15_000);
    isOver = true;
    await writing;
    expect(drifts(examined)).toEqual(NONE);
  });

  it('an item that changes between the scan and the look into the index', async () => {
    const id = await create('first');
    await roster.indexed();
    roster.meilisearch.inject(
      ({ path }) => path.includes('/office/documents') || path.endsWith('office/documents/fetch'),
      firstOnly(
        meanwhile(async () => {
          await rename(id, 'second');
          await roster.indexed();
        }),
      ),
    );
    expect(drifts(await examineAll(15_000))).toEqual(NONE);
  });
});

/** What the command says of offices. */
async function command({ repair }: { readonly repair: boolean }) {
  const lines: string[] = [];
  const target = {
    name: 'test',
    services: services(),
    deadLetters: () => Promise.reject(new Error('none are asked for')),
  };
  const print = (line: string) => void lines.push(line);
  const options = { entities: ['office'], repair, json: false, maxRcu: undefined, patienceMs: 50 };
  const screen = new PassThrough().resume();
  const { signal } = new AbortController();
  const code = await doctor({ name: 'doctor', ...options }, { target, print, note: print, screen, signal });
  return { code, lines };
}

describe('items that never stop changing, and whose documents differ at every look, are counted', () => {
  /** An item whose document can't be seen, and that may change at every look for it. */
  async function restless(name: string, change: (id: string) => Promise<unknown>) {
    const id = await create(name);
    await roster.indexed();
    roster.meilisearch.inject(
      ({ path }) => path.endsWith('office/documents/fetch'),
      async ({ body }, forward) => {
        const { status, body: answer } = await forward();
        if ('ids' in JSON.parse(body)) await change(id);
        const { results } = JSON.parse(answer.toString()) as { readonly results: readonly Document[] };
        const others = results.filter((document) => document.id !== documentId(org, id));
        return { status, body: Buffer.from(JSON.stringify({ results: others })) };
      },
    );
    return id;
  }
  let changes = 0;
  const change = (id: string) => rename(id, `change ${++changes}`);
  const OFFICE = { name: 'office', unverified: 1, drift: new Map() };

  it('when they change between two looks', async () => {
    const id = await restless('between', async () => undefined);
    let ms = 0;
    const clock = {
      ...realClock(),
      monotonicMs: () => ms,
      async sleep(pause: number) {
        ms += pause;
        if (ms > 60_000) throw new Error('it looks again and again');
        await change(id);
      },
    };
    expect(await examine({ ...services(), clock }, [officeSearch], { patienceMs: 10_000 })).toMatchObject([OFFICE]);
    expect(ms).toBeGreaterThan(30_000);
  });

  it('when they change during a look: they are not called equal, and a note of damage stays', async () => {
    await restless('during', change);
    await markDamaged(services(), officeSearch, 'by a test');
    expect(await examine(services(), [officeSearch], { patienceMs: 50 })).toMatchObject([OFFICE]);
    const healed = await heal(services(), [officeSearch], { patienceMs: 50 });
    expect(healed.healthy).toEqual([]);
    expect((await searchStates.get(roster.services.table, 'office'))?.damage).toMatch(/^by a test, /);
    const { code, lines } = await command({ repair: false });
    expect([code, ...lines.slice(-2)]).toEqual([
      1,
      'No difference was found.',
      'Documents that could not be verified, since their items never stopped changing: 1',
    ]);
  });
});

it('healing repairs damaged indexes and strikes the note of it, and looks again where more is noted meanwhile', async () => {
  await markDamaged(services(), officeSearch, 'by a test');
  await engineIndex().deleteAllDocuments().waitTask();
  const healed = await heal(services(), [officeSearch], { patienceMs: 0 });
  expect(healed.healthy).toEqual([officeSearch]);
  expect(healed.applied).toBeGreaterThan(3);
  expect((await searchStates.get(roster.services.table, 'office'))?.damage).toBeUndefined();
  await expectIndexEqualsTable(roster);
  await markDamaged(services(), officeSearch, 'earlier');
  const isFetch: Match = ({ path }) => path.endsWith('office/documents/fetch');
  const cease = roster.meilisearch.inject(
    isFetch,
    meanwhile(() => markDamaged(services(), officeSearch, 'later')),
  );
  expect(await heal(services(), [officeSearch], { patienceMs: 0 })).toMatchObject({ healthy: [] });
  expect((await searchStates.get(roster.services.table, 'office'))?.damage).toMatch(/^later, /);
  const { code, lines } = await command({ repair: true });
  expect([code, ...lines.slice(-2)]).toEqual([
    1,
    'The indexes equal the table.',
    'Still noted as damaged, to be repaired once more: office',
  ]);
  cease();
  roster.meilisearch.inject(isFetch, firstOnly(meanwhile(() => markDamaged(services(), officeSearch, 'last'))));
  expect(await heal(services(), [officeSearch], { patienceMs: 0 })).toMatchObject({ healthy: [officeSearch] });
  expect((await searchStates.get(roster.services.table, 'office'))?.damage).toBeUndefined();
});
