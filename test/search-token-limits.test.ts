import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { searches } from '../src/search/all.ts';
import { officeSearch } from '../src/search/index.ts';
import { searchEngine, uidOf } from './support/index-equality.ts';
import { send, startTokenRoster, type TokenRoster } from './support/token-roster.ts';

let roster: TokenRoster;

beforeAll(async () => {
  roster = await startTokenRoster();
  return () => roster.stop();
});

// Meilisearch goes by the real time.
beforeEach(() => roster.clock.set(new Date().toISOString()));

describe('no filter leads to another organization', () => {
  const hostile: readonly unknown[] = [
    'org = acme',
    'org != acme OR org = acme',
    'org EXISTS OR org NOT EXISTS',
    'NOT (org = "-41-43-4d-45")',
    'id EXISTS) OR (org = acme',
    'org = acme") OR (org = "acme',
    '1 = 1 OR org = acme',
    ['org = acme OR org = "-41-43-4d-45"'],
    [['org = acme', 'org EXISTS']],
    [['org = acme', 'org = "-41-43-4d-45"'], 'org EXISTS'],
    [[]],
    [],
    '',
    null,
    ['', ''],
    '_bucket >= 0 OR org = acme',
  ];

  it.each(hostile.map((filter) => [JSON.stringify(filter), filter]))('%s', async (_name, filter) => {
    const { token, indexes } = await roster.tokenOf(roster.acme.as.employee);
    for (const { name } of indexes) {
      const index = `/indexes/${name}`;
      const parameters = new URLSearchParams({ limit: '1000', facets: 'org', filter: String(filter) });
      const query = { indexUid: name, filter };
      const all = { limit: 1_000, facets: ['org'] };
      const federation = { limit: 1_000, facetsByIndex: { [name]: ['org'] } };
      const answers = [
        await send(token, 'GET', `${index}/search?${parameters}`),
        await send(token, 'POST', `${index}/search`, { filter, ...all }),
        await send(token, 'POST', `${index}/facet-search`, { facetName: 'org', filter }),
        await send(token, 'POST', '/multi-search', { queries: [{ ...query, ...all }] }),
        await send(token, 'POST', '/multi-search', { federation, queries: [query] }),
      ];
      for (const { status, body } of answers)
        if (status === 200) expect(JSON.stringify(body)).not.toMatch(/"acme[_"]/);
        else expect(body.code).toMatch(/^invalid_(facet_)?search_/);
    }
  });
});

describe('a token leads to no more than searches of its indexes', () => {
  const refused = async (token: string, method: string, path: string, body?: unknown) => {
    const answer = await send(token, method, path, body);
    expect([answer.status, answer.body.code], `${method} ${path}`).toEqual([403, 'invalid_api_key']);
  };

  /** Asks for it in every way that there is, also beside one that may be searched. */
  async function expectUnsearchable(index: string): Promise<void> {
    const { token, indexes } = await roster.tokenOf(roster.acme.as.hr);
    const queries = [{ indexUid: indexes[0]?.name }, { indexUid: index }];
    await refused(token, 'POST', `/indexes/${index}/search`, {});
    await refused(token, 'GET', `/indexes/${index}/search`);
    await refused(token, 'POST', `/indexes/${index}/facet-search`, { facetName: 'org' });
    await refused(token, 'POST', '/multi-search', { queries });
    await refused(token, 'POST', '/multi-search', { federation: {}, queries });
  }

  it('none of restricted attributes', async () => {
    const restricted = searches.flatMap((search) => search.restricted ?? []);
    expect(restricted.map(({ name }) => name)).toEqual(['employee_restricted']);
    for (const index of restricted) await expectUnsearchable(uidOf(roster, index));
  });

  it.each([
    ['being rebuilt', () => `${uidOf(roster, officeSearch.open)}-01kw`],
    ['of a stage whose name goes on where ours ends', () => uidOf(roster, { ...officeSearch.open, name: '2-office' })],
    ['of a stage whose name is the end of ours', () => uidOf(roster, officeSearch.open).slice(5)],
  ])('none %s', async (_which, indexName) => {
    const index = indexName();
    await searchEngine(roster).createIndex(index, { primaryKey: 'id' }).waitTask();
    await expectUnsearchable(index);
    await searchEngine(roster).deleteIndex(index).waitTask();
  });

  it('none of types that the role may not read', async () => {
    const { token } = await roster.tokenOf(roster.acme.as.client);
    for (const { open } of searches.filter((search) => search !== officeSearch))
      await refused(token, 'POST', `/indexes/${uidOf(roster, open)}/search`, {});
  });

  it('no documents by id, no writes, no settings, keys or tasks', async () => {
    const { token, indexes } = await roster.tokenOf(roster.acme.as.admin);
    for (const { name } of indexes) {
      const { hits } = (await send(token, 'POST', `/indexes/${name}/search`, {})).body;
      const { id } = hits[0];
      const index = `/indexes/${name}`;
      await refused(token, 'GET', `${index}/documents/${id}`);
      await refused(token, 'GET', `${index}/documents`);
      await refused(token, 'POST', `${index}/documents/fetch`, { ids: [id] });
      await refused(token, 'POST', `${index}/documents`, [{ id: 'x' }]);
      await refused(token, 'PUT', `${index}/documents`, [{ id: 'x' }]);
      await refused(token, 'DELETE', `${index}/documents/${id}`);
      await refused(token, 'POST', `${index}/documents/delete`, { filter: 'org EXISTS' });
      await refused(token, 'GET', `${index}/settings`);
      await refused(token, 'PATCH', `${index}/settings`, { displayedAttributes: ['*'] });
      await refused(token, 'GET', `${index}/stats`);
      await refused(token, 'GET', index);
      await refused(token, 'DELETE', index);
    }
    for (const path of [
      '/indexes',
      '/keys',
      '/tasks',
      '/stats',
      '/version',
      '/metrics',
      '/network',
      '/experimental-features',
    ])
      await refused(token, 'GET', path);
    await refused(token, 'POST', '/keys', { actions: ['*'], indexes: ['*'], expiresAt: null });
    await refused(token, 'POST', '/swap-indexes', []);
    await refused(token, 'POST', '/dumps');
  });
});
