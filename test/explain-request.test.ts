import { beforeAll, beforeEach, expect, it } from 'vitest';
import { EXPLAIN_HEADER } from '../src/plugins/explain.ts';
import { createServer } from '../src/server.ts';
import { type Company, createCompany } from './support/company.ts';
import { startRoster, type TestRoster } from './support/roster.ts';

const ON = { [EXPLAIN_HEADER]: '1' };
const query = '{ offices { edges { node { name } } } }';
const offices = { offices: { edges: ['Campus', 'Altstadt', 'Congress'].map((name) => ({ node: { name } })) } };

let roster: TestRoster;
let acme: Company;

beforeAll(async () => {
  roster = await startRoster();
  acme = await createCompany(roster, 'acme');
  return () => roster.stop();
});

beforeEach(() => {
  roster.calls.length = 0;
});

it('an operation by GET is explained, too', async () => {
  const headers = { ...ON, authorization: `Bearer ${await roster.token(acme.as.admin)}` };
  const response = await roster.fetch(`/graphql?query=${encodeURIComponent(query)}`, { headers });
  expect((await response.json()).extensions.explain.totals.calls).toBe(1);
});

it('nothing is explained without the header, or when it is 0', async () => {
  for (const headers of [{}, { [EXPLAIN_HEADER]: '0' }]) {
    const answer = await roster.graphql(acme.as.admin, query, {}, headers);
    expect(answer.data).toEqual(offices);
    expect(answer).not.toHaveProperty('extensions');
  }
});

it.each(['yes', 'true', '2', '', '1, 1'])('the header\'s value "%s" is refused', async (value) => {
  const { status, data, errors } = await roster.graphql(acme.as.admin, query, {}, { [EXPLAIN_HEADER]: value });
  expect([status, data]).toEqual([400, undefined]);
  expect(errors).toMatchObject([
    {
      message: `the header x-roster-explain is "${value}"; send 1 to see what the operation costs, or leave it out`,
      extensions: { code: 'BAD_USER_INPUT' },
    },
  ]);
  expect(roster.calls).toEqual([]);
});

it.each(['client', 'employee', 'manager', 'hr'] as const)(
  'the role of %s is answered, and told why nothing is explained',
  async (who) => {
    const answer = await roster.graphql(acme.as[who], query, {}, ON);
    expect(answer.data).toEqual(offices);
    expect(answer.extensions).toEqual({
      explain: {
        refused: `what operations cost is not open to the role ${who.toUpperCase()}; ask as ADMIN, or leave out the header x-roster-explain`,
      },
    });
  },
);

it('every role is told where EXPLAIN is "everyone"', async () => {
  const { services } = roster;
  const server = createServer({ ...services, config: { ...services.config, explain: 'everyone' } });
  const headers = { ...ON, authorization: `Bearer ${await roster.token(acme.as.client)}` };
  const response = await server.fetch(`http://roster.test/graphql?query=${encodeURIComponent(query)}`, { headers });
  expect((await response.json()).extensions.explain.totals.calls).toBe(1);
});

it('nobody is told anything without a token', async () => {
  const response = await roster.fetch(`/graphql?query=${encodeURIComponent(query)}`, { headers: ON });
  expect(response.status).toBe(401);
  expect(await response.json()).not.toHaveProperty('extensions');
});
