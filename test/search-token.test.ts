import { spawnSync } from 'node:child_process';
import { beforeAll, beforeEach, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { readApiConfig, TOKEN_VARIABLES } from '../src/api-config.ts';
import { may, readPermission } from '../src/auth/policy.ts';
import { ROLES } from '../src/auth/viewer.ts';
import { Office } from '../src/entities/index.ts';
import { searches } from '../src/search/all.ts';
import { identityOf, PLACE } from '../src/search/document.ts';
import { createServer } from '../src/server.ts';
import { createApiServices } from '../src/services.ts';
import { searchEngine, uidOf } from './support/index-equality.ts';
import { codeBlocks } from './support/markdown.ts';
import {
  createSigningKey,
  master,
  PUBLIC_HOST,
  send,
  startTokenRoster,
  TOKEN_QUERY,
  type TokenRoster,
} from './support/token-roster.ts';

const TTL_SECONDS = 900;
/** Words that both companies have. */
const WORDS = ['', 'lander', 'example', 'campus', 'apollo', 'software engineer'];

let roster: TokenRoster;

beforeAll(async () => {
  roster = await startTokenRoster();
  return () => roster.stop();
});

// Meilisearch goes by the real time.
beforeEach(() => roster.clock.set(new Date().toISOString()));

interface Hit {
  readonly id: string;
}
const orgsOf = (hits: readonly Hit[]) => [...new Set(hits.map(({ id }) => identityOf(id)?.org))];
const countIn = async (uid: string, org: string) =>
  (await searchEngine(roster).index(uid).getDocuments({ limit: 1_000 })).results.filter(
    ({ id }) => identityOf(id as string)?.org === org,
  ).length;

describe('a token', () => {
  it.each(ROLES)('is for the types that %s may read, in their open indexes alone', async (role) => {
    const { indexes, host, expiresAt } = await roster.tokenOf({ org: 'acme', role });
    const readable = searches.filter(({ entity }) =>
      may({ org: 'acme', subject: '', role, employee: undefined }, readPermission(entity.name)),
    );
    expect(indexes).toEqual(
      readable.map(({ entity, open }) => ({ type: entity.name.toUpperCase(), name: uidOf(roster, open) })),
    );
    if (role === 'CLIENT') expect(indexes.map(({ type }) => type)).toEqual(['OFFICE']);
    expect(host).toBe(PUBLIC_HOST);
    const lifeMs = Date.parse(expiresAt) - roster.clock.now().getTime();
    expect(lifeMs).toBeLessThanOrEqual(TTL_SECONDS * 1_000);
    expect(lifeMs).toBeGreaterThan((TTL_SECONDS - 1) * 1_000);
  });

  it("finds all of its own organization's documents and no other's, by any of the searches", async () => {
    for (const { org, as } of [roster.acme, roster.umbrella]) {
      const { token, indexes } = await roster.tokenOf(as.employee);
      expect(indexes).toHaveLength(searches.length);
      for (const { name } of indexes) {
        const all = await send(token, 'POST', `/indexes/${name}/search`, { limit: 1_000 });
        expect(all.body.hits).toHaveLength(await countIn(name, org));
        expect(orgsOf(all.body.hits)).toEqual([org]);
        for (const q of WORDS) {
          const answers = [
            await send(token, 'GET', `/indexes/${name}/search?limit=1000&q=${encodeURIComponent(q)}`),
            await send(token, 'POST', '/multi-search', { queries: [{ indexUid: name, q, limit: 1_000 }] }),
            await send(token, 'POST', '/multi-search', {
              federation: { limit: 1_000 },
              queries: indexes.map((index) => ({ indexUid: index.name, q })),
            }),
          ];
          for (const { status, body } of answers) {
            expect(status).toBe(200);
            const hits: Hit[] = body.hits ?? body.results.flatMap((result: { readonly hits: Hit[] }) => result.hits);
            expect([[], [org]]).toContainEqual(orgsOf(hits));
          }
        }
      }
    }
  });

  it("knows no facet values and counts of another organization's documents", async () => {
    const { token, indexes } = await roster.tokenOf(roster.acme.as.employee);
    for (const { name } of indexes) {
      const { body } = await send(token, 'POST', `/indexes/${name}/search`, { facets: ['*'] });
      expect(Object.keys(body.facetDistribution.org)).toEqual(['-41-43-4d-45']);
      expect(body.estimatedTotalHits).toBe(await countIn(name, 'ACME'));
      const facet = await send(token, 'POST', `/indexes/${name}/facet-search`, { facetName: 'org', facetQuery: '' });
      expect(facet.body.facetHits).toEqual([{ value: '-41-43-4d-45', count: await countIn(name, 'ACME') }]);
    }
  });

  it('shows of a document the attributes that everyone in the organization may read, and the rest of it never', async () => {
    const { token, indexes } = await roster.tokenOf(roster.acme.as.employee);
    for (const [i, { name }] of indexes.entries()) {
      const { open, spec } = searches[i] ?? {};
      const attributes = [...(open?.attributes ?? [])].map((attribute) =>
        attribute === spec?.geo ? PLACE : attribute,
      );
      const options = {
        attributesToRetrieve: ['*', 'org', 'expires'],
        attributesToHighlight: ['*'],
        showRankingScore: true,
      };
      const { body } = await send(token, 'POST', `/indexes/${name}/search`, options);
      for (const { _formatted, _rankingScore, ...hit } of body.hits)
        for (const shown of [hit, _formatted])
          expect(['id', 'version', ...attributes]).toEqual(expect.arrayContaining(Object.keys(shown)));
    }
  });

  it('answers InstantSearch, whose hits lead to the objects of the graph', async () => {
    const { token, indexes } = await roster.tokenOf(roster.acme.as.client);
    // What instant-meilisearch 0.31 sends for a word and a refinement.
    const { body } = await send(token, 'POST', '/multi-search', {
      queries: [
        {
          indexUid: indexes[0]?.name,
          q: 'campus',
          facets: ['country'],
          filter: [['"country"="DE"']],
          attributesToHighlight: ['*'],
          highlightPreTag: '__ais-highlight__',
          highlightPostTag: '__/ais-highlight__',
          limit: 21,
          offset: 0,
        },
      ],
    });
    const [hit] = body.results[0].hits;
    expect(hit).toMatchObject({ name: 'Campus', _formatted: { name: '__ais-highlight__Campus__/ais-highlight__' } });
    // As docs/search-token.md makes it.
    const id = btoa(`Office:${hit.id.split('_')[1]}`).replaceAll('=', '');
    expect(id).toBe(roster.acme.ids.garching);
    expect(
      (await roster.graphql(roster.acme.as.client, `{ node(id: "${id}") { ... on Office { name } } }`)).data,
    ).toEqual({
      node: { name: 'Campus' },
    });
  });

  it('leaves out what will have expired when it does', async () => {
    const { expiresAt } = await roster.tokenOf(roster.acme.as.client);
    const until = Date.parse(expiresAt) / 1_000;
    const place = { zip: '1', city: 'Graz', state: 'Steiermark', country: 'AT', location: { lat: 47, lng: 15 } };
    const now = roster.clock.now().toISOString();
    const managed = { org: 'ACME', ...place, version: 1, createdAt: now, updatedAt: now };
    for (const [office, expires] of [
      ['within', until],
      ['after', until + 1],
    ] as const) {
      const { Item } = Office.put({ ...managed, office, name: 'Popup', expires }).Put;
      await roster.services.table.batchWrite([{ Put: { Item } }]);
    }
    await roster.indexed();
    const { token, indexes } = await roster.tokenOf(roster.acme.as.client);
    const { body } = await send(token, 'POST', `/indexes/${indexes[0]?.name}/search`, { q: 'popup' });
    expect(body.hits.map(({ id }: Hit) => identityOf(id)?.id)).toEqual(['after']);
  });

  it('dies at its time', async () => {
    const LEFT_MS = 5_000;
    roster.clock.set(new Date(Date.now() - TTL_SECONDS * 1_000 + LEFT_MS).toISOString());
    const { token, indexes } = await roster.tokenOf(roster.acme.as.client);
    const search = () => send(token, 'POST', `/indexes/${indexes[0]?.name}/search`, {});
    expect((await search()).status).toBe(200);
    await vi.waitUntil(async () => (await search()).status === 403, { timeout: 4 * LEFT_MS, interval: 100 });
  });

  it('dies with the key that has signed it', async () => {
    const key = await createSigningKey();
    const config = readApiConfig({ ...roster.env, SEARCH_TOKEN_KEY: key.key, SEARCH_TOKEN_KEY_UID: key.uid });
    const tokens = createApiServices(config, { clock: roster.clock }).searchTokens;
    const { token, indexes } = (await tokens?.issue('acme', searches)) ?? { token: '', indexes: [] };
    const search = async () => (await send(token, 'POST', `/indexes/${indexes[0]?.name}/search`, {})).status;
    expect(await search()).toBe(200);
    await master().deleteKey(key.uid);
    expect(await search()).toBe(403);
  });
});

it('docs/search-token.md makes a key that signs good tokens and may do nothing but search', async () => {
  const [command = ''] = (await codeBlocks('docs/search-token.md'))
    .filter(({ language }) => language === 'sh')
    .map(({ text }) => text);
  const { host, apiKey } = inject('meilisearch');
  const { stdout } = spawnSync(
    '/bin/sh',
    ['-c', command.replace('roster-prod-', roster.env['SEARCH_INDEX_PREFIX'] ?? '')],
    { env: { ...process.env, MEILI_HOST: host, MEILI_API_KEY: apiKey }, encoding: 'utf8' },
  );
  const { key, uid, actions } = JSON.parse(stdout);
  onTestFinished(() =>
    master()
      .deleteKey(uid)
      .then(() => undefined),
  );
  expect(actions).toEqual(['search']);
  const config = readApiConfig({ ...roster.env, SEARCH_TOKEN_KEY: key, SEARCH_TOKEN_KEY_UID: uid });
  const issued = await createApiServices(config, { clock: roster.clock }).searchTokens?.issue('acme', searches);
  for (const { name } of issued?.indexes ?? [])
    expect((await send(issued?.token ?? '', 'POST', `/indexes/${name}/search`, {})).status).toBe(200);
  expect(issued?.indexes).toHaveLength(searches.length);
});

it('is off unless it is configured, and says what to set', async () => {
  const env = Object.fromEntries(
    Object.entries(roster.env).filter(([name]) => !(TOKEN_VARIABLES as readonly string[]).includes(name)),
  );
  const server = createServer(createApiServices(readApiConfig(env), { clock: roster.clock }));
  const response = await server.fetch('http://roster.test/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${await roster.token(roster.acme.as.hr)}` },
    body: JSON.stringify({ query: TOKEN_QUERY }),
  });
  const { data, errors } = await response.json();
  expect(data).toEqual({ searchToken: null, viewer: { role: 'HR' } });
  expect(errors).toMatchObject([
    {
      message: expect.stringMatching(/SEARCH_TOKEN_KEY and SEARCH_TOKEN_KEY_UID/),
      extensions: { code: 'SEARCH_TOKEN_DISABLED' },
    },
  ]);
});
