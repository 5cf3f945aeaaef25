import { Meilisearch } from 'meilisearch';
import { expect, inject } from 'vitest';
import type { Persona } from '../../dev/identity.ts';
import { type Company, createCompany } from './company.ts';
import { startRoster, type TestRoster } from './roster.ts';

/** A Roster that gives out search tokens, with two companies whose names Meilisearch's equality would take for one. */
export interface TokenRoster extends TestRoster {
  readonly acme: Company;
  readonly umbrella: Company;
  /** Asks for a token as somebody. */
  tokenOf(persona: Persona): Promise<TokenAnswer>;
}

/** `Query.searchToken`. */
export interface TokenAnswer {
  readonly token: string;
  readonly host: string;
  readonly expiresAt: string;
  readonly indexes: readonly { readonly type: string; readonly name: string }[];
}

export const PUBLIC_HOST = 'https://search.example.com';
export const TOKEN_QUERY = '{ searchToken { token host expiresAt indexes { type name } } viewer { role } }';

/** A client of the tests' Meilisearch that may do everything. */
export const master = () => new Meilisearch(inject('meilisearch'));

/** A key that may search all indexes of all stages: what its tokens can't reach, they can't by themselves. */
export const createSigningKey = () => master().createKey({ actions: ['search'], indexes: ['*'], expiresAt: null });

/** Starts it, with everything indexed; to be stopped by its own `stop`. */
export async function startTokenRoster(): Promise<TokenRoster> {
  const { key, uid } = await createSigningKey();
  const roster = await startRoster({
    SEARCH_TOKEN_KEY: key,
    SEARCH_TOKEN_KEY_UID: uid,
    SEARCH_PUBLIC_HOST: PUBLIC_HOST,
  });
  const [acme, umbrella] = [await createCompany(roster, 'ACME'), await createCompany(roster, 'acme')];
  await roster.indexed();
  return {
    ...roster,
    acme,
    umbrella,
    async tokenOf(persona) {
      const { data, errors } = await roster.graphql(persona, TOKEN_QUERY);
      expect(errors).toBeUndefined();
      return data.searchToken;
    },
    async stop() {
      await roster.stop();
      await master().deleteKey(uid);
    },
  };
}

/** Sends a request to Meilisearch with a token in the place of a key. */
export async function send(token: string, method: string, path: string, body?: unknown) {
  const response = await fetch(`${inject('meilisearch').host}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}
